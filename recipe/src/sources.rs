//! Which tasks and whose judgments a dataset is made of.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use stele_domain::{
    Skill, Tag,
    form::FormVersion,
    participant::ParticipantKind,
    task::{Response, Routing},
};

use crate::is_default;

/// Which of the project's tasks and judgments are used; all of them by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sources {
    /// Only tasks with one of these tags, as it is at the position.
    pub tags: Option<BTreeSet<Tag>>,
    /// Only tasks whose responses are all of these models.
    pub models: Option<BTreeSet<String>>,
    /// Only tasks in one of these languages: such as ask for the skill `lang:de`, where `de` is listed.
    #[serde(skip_serializing_if = "is_default")]
    pub languages: Option<BTreeSet<String>>,
    /// Only judgments that answer one of these versions of the form.
    #[serde(skip_serializing_if = "is_default")]
    pub form_versions: Option<BTreeSet<FormVersion>>,
    /// Only judgments of people, or of machines.
    #[serde(skip_serializing_if = "is_default")]
    pub annotators: Option<ParticipantKind>,
}

impl Sources {
    /// Whether a task of this routing and these responses is used.
    #[must_use]
    pub fn have(&self, routing: &Routing, responses: &[Response]) -> bool {
        let are_of = |wanted: &BTreeSet<String>| {
            let mut models = responses.iter().map(|response| response.model.as_ref());
            models.all(|model| model.is_some_and(|model| wanted.contains(model)))
        };
        self.tags.as_ref().is_none_or(|wanted| !wanted.is_disjoint(&routing.tags))
            && self.models.as_ref().is_none_or(are_of)
            && self.languages.as_ref().is_none_or(|wanted| routing.skills.iter().any(|skill| speaks(skill, wanted)))
    }
}

fn speaks(skill: &Skill, languages: &BTreeSet<String>) -> bool {
    skill.as_str().strip_prefix("lang:").is_some_and(|language| languages.contains(language))
}
