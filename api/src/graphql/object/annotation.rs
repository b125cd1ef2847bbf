//! One annotator's answers to one task.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use stele_domain::StreamType;
use stele_ledger::StreamKey;
use stele_projections::task_detail::AnnotationView;
use uuid::Uuid;

use crate::graphql::answer::{AnswerObject, PersonalText};

pub(super) struct AnnotationObject(AnnotationView);

impl From<AnnotationView> for AnnotationObject {
    fn from(view: AnnotationView) -> Self {
        Self(view)
    }
}

/// One annotator's answers to one task, as they stand after all revisions.
#[Object(name = "Annotation")]
impl AnnotationObject {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.id.uuid()
    }

    /// The task that it answers.
    async fn task_id(&self) -> Uuid {
        self.0.task.uuid()
    }

    /// Whose it is.
    async fn annotator_id(&self) -> Uuid {
        self.0.annotator.uuid()
    }

    /// What has become of it: submitted, `changes_requested`, approved, rejected, withdrawn or superseded.
    async fn status(&self) -> &str {
        &self.0.status
    }

    /// The form version that it answers.
    async fn form_version(&self) -> u32 {
        self.0.form_version
    }

    /// The version of the task that it answers.
    async fn task_version(&self) -> u32 {
        self.0.task_version
    }

    /// The version of the guidelines that were in force; null where the project had none.
    async fn guidelines_version(&self) -> Option<u32> {
        self.0.guidelines_version
    }

    /// How often it was revised.
    async fn revision(&self) -> u32 {
        self.0.revision
    }

    /// When the present answers were given.
    async fn answered_at(&self) -> DateTime<Utc> {
        self.0.answered_at.to_utc()
    }

    /// The present answers, in the form's order.
    async fn answers(&self, context: &Context<'_>) -> Result<Vec<AnswerObject>> {
        AnswerObject::open_all(context, self.0.task, self.0.answers_event, "answers", &self.0.answers).await
    }

    /// Who reviewed it last.
    async fn reviewer_id(&self) -> Option<Uuid> {
        self.0.reviewer.map(stele_domain::ParticipantId::uuid)
    }

    /// The answers that the reviewer proposes; null unless changes were requested with some.
    async fn review_correction(&self, context: &Context<'_>) -> Result<Option<Vec<AnswerObject>>> {
        let (Some(correction), Some(event)) = (&self.0.review_correction, self.0.review_event) else {
            return Ok(None);
        };
        AnswerObject::open_all(context, self.0.task, event, "correction", correction).await.map(Some)
    }

    /// What the reviewer had to say.
    async fn review_comment(&self, context: &Context<'_>) -> Result<Option<PersonalText>> {
        let (Some(comment), Some(event)) = (&self.0.review_comment, self.0.review_event) else { return Ok(None) };
        let stream = StreamKey { stream_type: StreamType::Task, id: self.0.task.uuid() };
        PersonalText::open(context, stream, event, "comment", comment.clone()).await.map(Some)
    }
}
