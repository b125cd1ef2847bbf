//! When a task's turn comes and who may do it, on the wire.

use std::collections::BTreeSet;

use async_graphql::{InputObject, SimpleObject};
use stele_domain::{task::Routing, word::WordError};

use super::refusal::Refusal;

/// When a task's turn comes, and who may do it.
#[derive(Default, InputObject, SimpleObject)]
#[graphql(name = "Routing", input_name = "RoutingInput")]
pub(super) struct RoutingObject {
    /// Tasks of a higher priority come first; among equals, the older ones. -32,768 to 32,767.
    #[graphql(default)]
    priority: i16,
    /// What the task is sorted by, such as `batch:7`: at most 32 words of a-z, 0-9, `-`, `_`, `.` and `:`.
    #[graphql(default)]
    tags: Vec<String>,
    /// What an annotator must be able to do, such as `lang:de`: at most 32 words.
    #[graphql(default)]
    skills: Vec<String>,
}

impl RoutingObject {
    pub(super) fn read(self) -> Result<Routing, Refusal> {
        Ok(Routing { priority: self.priority, tags: words(self.tags)?, skills: words(self.skills)? })
    }
}

impl From<Routing> for RoutingObject {
    fn from(routing: Routing) -> Self {
        Self {
            priority: routing.priority,
            tags: routing.tags.into_iter().map(Into::into).collect(),
            skills: routing.skills.into_iter().map(Into::into).collect(),
        }
    }
}

/// Tags or skills, each once.
pub(super) fn words<T>(texts: Vec<String>) -> Result<BTreeSet<T>, Refusal>
where
    T: TryFrom<String, Error = WordError> + Ord,
{
    texts.into_iter().map(|text| text.try_into().map_err(|error| Refusal::new("BAD_WORD", &error))).collect()
}
