//! Where a task stands as a whole.

use serde::{Deserialize, Serialize};

/// Where a task stands as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It takes annotators as long as it has a place for them.
    #[default]
    Open,
    /// Its annotators agree well enough, on this answer.
    Agreed(String),
    /// Its annotators don't agree, and it can have no more of them.
    Disputed,
    /// Somebody decided what its answers are.
    Adjudicated,
}

impl Standing {
    /// The name under which it is stored.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Agreed(_) => "agreed",
            Self::Disputed => "disputed",
            Self::Adjudicated => "adjudicated",
        }
    }
}
