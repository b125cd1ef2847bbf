//! What may have happened to a project.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Guidelines, Redundancy, Workflow};
use crate::{
    event::{Payload, events},
    form::Form,
};

events! {
    /// What may have happened to a project.
    ProjectEvent {
        /// It was begun.
        ProjectCreated @ 4 since 1,
        /// Its form got a new version.
        FormRevised @ 3 since 1,
        /// Its guidelines got a new version.
        GuidelinesRevised @ 1,
        /// Its new tasks go to more or fewer annotators.
        RedundancyChanged @ 1,
        /// Other things happen to its tasks.
        WorkflowChanged @ 1,
    }
}

/// A project was begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectCreated {
    /// What it is called.
    pub name: String,
    /// What annotators are told about judging well: the first version of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidelines: Option<String>,
    /// Its first form.
    pub form: Form,
    /// How many annotators each task gets, at most.
    pub redundancy: Redundancy,
    /// What happens to its tasks.
    #[serde(default, skip_serializing_if = "Workflow::is_default")]
    pub workflow: Workflow,
}

/// A project's form got a new version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormRevised {
    /// The form from now on.
    pub form: Form,
}

/// A project's guidelines got a new version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GuidelinesRevised {
    /// The guidelines from now on.
    pub guidelines: Guidelines,
}

/// A project's new tasks go to more or fewer annotators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedundancyChanged {
    /// How many annotators each new task gets.
    pub redundancy: Redundancy,
}

/// Other things happen to a project's tasks from now on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkflowChanged {
    /// All of it, from now on.
    pub workflow: Workflow,
}

impl Payload for ProjectCreated {}
impl Payload for FormRevised {}
impl Payload for GuidelinesRevised {}
impl Payload for RedundancyChanged {}
impl Payload for WorkflowChanged {}
