//! The task of a mapping: where its key, its content and its responses stand.

use std::collections::BTreeSet;

use serde::Deserialize;
use stele_domain::task::{ContentKind, MAX_FIELDS, MAX_RESPONSES};

use super::Flaw;
use crate::import::source::Source;

/// What a task is made of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct TaskMapping {
    /// What rows about the same task have in common.
    pub(in crate::import) key: Source,
    /// What the task shows.
    pub(in crate::import) content: Vec<ContentMapping>,
    /// The responses to judge.
    #[serde(default)]
    pub(in crate::import) responses: Vec<ResponseMapping>,
    /// The order of the responses.
    #[serde(default)]
    pub(in crate::import) order: ResponseOrder,
}

/// One field of a task's content.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct ContentMapping {
    /// The field's name.
    pub(in crate::import) name: String,
    /// How it is shown.
    #[serde(default = "plain_text")]
    pub(in crate::import) kind: ContentKind,
    /// What it says.
    pub(in crate::import) from: Source,
    /// The name of the data subject whom it belongs to; absent if it is nobody's.
    pub(in crate::import) subject: Option<Source>,
}

/// One response.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::import) struct ResponseMapping {
    /// The model that gave it.
    pub(in crate::import) model: Option<Source>,
    /// What it says.
    pub(in crate::import) text: Source,
}

/// In which order a task's responses stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::import) enum ResponseOrder {
    /// As the mapping lists them.
    #[default]
    Listed,
    /// By the names of their models, preferences turned with them: for data that shows one task in both orders.
    ByModel,
}

impl TaskMapping {
    pub(super) fn check(&self) -> Result<(), Flaw> {
        if self.content.is_empty() || self.content.len() > MAX_FIELDS {
            return Err(Flaw::new("task.content", format!("a task has 1 to {MAX_FIELDS} content fields")));
        }
        if self.responses.len() > MAX_RESPONSES {
            return Err(Flaw::new("task.responses", format!("a task has at most {MAX_RESPONSES} responses")));
        }
        let mut names = BTreeSet::new();
        for (index, field) in self.content.iter().enumerate() {
            let reason = if field.name.trim().is_empty() || field.name.chars().count() > 64 {
                "a content field's name has 1 to 64 characters".to_owned()
            } else if !names.insert(&field.name) {
                format!("two content fields are called {}", field.name)
            } else {
                continue;
            };
            return Err(Flaw::new(format!("task.content[{index}].name"), reason));
        }
        if let Some(index) = self.content.iter().position(|field| !field.kind.is_text()) {
            let reason = format!("{} can't be imported, only texts", self.content[index].kind.noun());
            return Err(Flaw::new(format!("task.content[{index}].kind"), reason));
        }
        if self.order == ResponseOrder::ByModel && self.responses.iter().any(|response| response.model.is_none()) {
            return Err(Flaw::new("task.order", "only responses that all name their model can be put in this order"));
        }
        Ok(())
    }
}

const fn plain_text() -> ContentKind {
    ContentKind::Text
}
