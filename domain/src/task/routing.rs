//! Which tasks come first, and who may do them.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::word::{Skill, Tag};

/// The most tags, and the most skills, of one task.
pub const MAX_WORDS: usize = 32;

/// Which tasks come first, and who may do them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Routing {
    /// Tasks of a higher priority come first; among equals, the older ones.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i16,
    /// What the task is sorted by.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub tags: BTreeSet<Tag>,
    /// What an annotator must be able to do.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub skills: BTreeSet<Skill>,
}

impl Routing {
    /// Whether there is nothing special about it.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it has no more words than a task may have.
    pub(super) fn is_bounded(&self) -> bool {
        self.tags.len() <= MAX_WORDS && self.skills.len() <= MAX_WORDS
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks like that")]
const fn is_zero(priority: &i16) -> bool {
    *priority == 0
}
