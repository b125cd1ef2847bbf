//! Guidelines: what annotators are told about judging well.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::edition::editions;

editions! {
    /// Which edition of a project's guidelines: 1 for the first, one more at each revision.
    GuidelinesVersion;
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
