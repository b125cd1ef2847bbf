//! Which tasks a dataset is made of.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use stele_domain::Tag;

use crate::replay::JudgedTask;

/// Which of the project's tasks are used; all of them by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sources {
    /// Only tasks with one of these tags, as it is at the position.
    pub tags: Option<BTreeSet<Tag>>,
    /// Only tasks whose responses are all of these models.
    pub models: Option<BTreeSet<String>>,
}

impl Sources {
    pub(crate) fn have(&self, task: &JudgedTask) -> bool {
        let are_of = |wanted: &BTreeSet<String>| {
            let mut models = task.responses.iter().map(|response| response.model.as_ref());
            models.all(|model| model.is_some_and(|model| wanted.contains(model)))
        };
        self.tags.as_ref().is_none_or(|wanted| !wanted.is_disjoint(&task.tags))
            && self.models.as_ref().is_none_or(are_of)
    }
}
