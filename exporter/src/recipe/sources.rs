//! Which tasks a dataset is made of.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use stele_domain::{Tag, task::Response};

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
    pub(crate) fn have_tags(&self, tags: &BTreeSet<Tag>) -> bool {
        self.tags.as_ref().is_none_or(|wanted| !wanted.is_disjoint(tags))
    }

    pub(crate) fn have_models(&self, responses: &[Response]) -> bool {
        let is_wanted = |wanted: &BTreeSet<String>, response: &Response| {
            response.model.as_ref().is_some_and(|model| wanted.contains(model))
        };
        self.models.as_ref().is_none_or(|wanted| responses.iter().all(|response| is_wanted(wanted, response)))
    }
}
