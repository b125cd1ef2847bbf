//! Guidelines: what annotators are told about judging well.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which edition of a project's guidelines: 1 for the first, one more at each revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct GuidelinesVersion(u32);

impl GuidelinesVersion {
    /// The first edition.
    pub const FIRST: Self = Self(1);

    /// The edition after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The number, from 1.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for GuidelinesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What annotators are told about judging well, in one edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Guidelines {
    /// Which edition this is.
    pub version: GuidelinesVersion,
    /// What it says, as `CommonMark`.
    pub text: String,
}
