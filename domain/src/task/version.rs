//! What a task shows changes now and then: each time it gets a version.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::edition::editions;

editions! {
    /// Which version of what a task shows: 1 as it was created, one more at each revision.
    TaskVersion;
}

impl TaskVersion {
    /// The version of this number; `None` for 0, as they are counted from 1.
    #[must_use]
    pub const fn numbered(number: u32) -> Option<Self> {
        if number == 0 { None } else { Some(Self(number)) }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks like that")]
    pub(super) const fn is_first(&self) -> bool {
        self.get() == 1
    }
}

/// What a revision makes of the annotations that were given before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EarlierAnnotations {
    /// They answer the new version as well, and count.
    Kept,
    /// They count no longer, and the task is done anew.
    Superseded,
}

impl EarlierAnnotations {
    /// The name under which it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Superseded => "superseded",
        }
    }
}
