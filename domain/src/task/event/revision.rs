//! What may have happened when what a task shows was changed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::content_fields;
use crate::{
    AnnotationId, ParticipantId, Personal, ProjectId, SubjectId,
    event::Payload,
    personal::PersonalFields,
    task::{ContentField, EarlierAnnotations, Response, TaskVersion, content},
};

/// What a task shows changed.
///
/// What follows from that for its leases, its annotations and where it stands is said by the events after this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskRevised {
    /// The task's project.
    pub project: ProjectId,
    /// Which version this is.
    pub version: TaskVersion,
    /// What it shows from now on, in order.
    pub content: Vec<ContentField>,
    /// The responses to judge, in order.
    pub responses: Vec<Response>,
    /// What becomes of the annotations that were given before.
    pub annotations: EarlierAnnotations,
    /// Why, in the words of whoever revised it, which belong to them.
    pub reason: Personal<String>,
}

/// An annotation answers an earlier version of its task, and counts no longer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnnotationSuperseded {
    /// The task's project.
    pub project: ProjectId,
    /// The annotation.
    pub annotation: AnnotationId,
    /// Whose it is.
    pub annotator: ParticipantId,
}

impl Payload for TaskRevised {
    fn personal_fields(&mut self) -> PersonalFields<'_> {
        let mut fields = content_fields(&mut self.content);
        fields.push(("reason".to_owned(), &mut self.reason));
        fields
    }

    fn media_subjects(&self) -> Vec<SubjectId> {
        content::media_subjects(&self.content)
    }
}

impl Payload for AnnotationSuperseded {}
