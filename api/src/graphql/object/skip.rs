//! Who would rather not do a task, and why.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use stele_domain::{StreamType, TaskId};
use stele_ledger::StreamKey;
use stele_projections::task_detail::{self, Skip};
use uuid::Uuid;

use crate::{
    Api,
    graphql::{answer::PersonalText, fault},
};

/// Somebody would rather not do a task.
pub(super) struct SkipObject {
    task: TaskId,
    skip: Skip,
}

impl SkipObject {
    pub(super) async fn of(context: &Context<'_>, task: TaskId) -> Result<Vec<Self>> {
        let ledger = &context.data::<Api>()?.ledger;
        let skips = task_detail::skips(ledger, task).await.map_err(|error| fault::internal(context, &error))?;
        Ok(skips.into_iter().map(|skip| Self { task, skip }).collect())
    }
}

/// Somebody would rather not do a task.
#[Object(name = "Skip")]
impl SkipObject {
    /// Who.
    async fn annotator_id(&self) -> Uuid {
        self.skip.annotator.uuid()
    }

    /// Why; null where no reason is on record.
    async fn reason(&self, context: &Context<'_>) -> Result<Option<PersonalText>> {
        let Some(reason) = &self.skip.reason else { return Ok(None) };
        let stream = StreamKey { stream_type: StreamType::Task, id: self.task.uuid() };
        PersonalText::open(context, stream, self.skip.event, "reason", reason.clone()).await.map(Some)
    }

    /// When they said so.
    async fn skipped_at(&self) -> DateTime<Utc> {
        self.skip.skipped_at.to_utc()
    }
}
