//! The demonstration's questions and answers.

use anyhow::Context;
use serde::Deserialize;
use stele_domain::form::PreferenceOutcome;

/// Two responses to a prompt, and the truth about them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Comparison {
    pub(super) prompt: String,
    pub(super) left: String,
    pub(super) right: String,
    pub(super) better: PreferenceOutcome,
}

/// The comparisons of the demonstration.
pub(super) fn comparisons() -> anyhow::Result<Vec<Comparison>> {
    serde_saphyr::from_str(include_str!("content.yaml")).context("the demonstration's content")
}
