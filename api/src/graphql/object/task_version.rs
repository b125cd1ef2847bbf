//! What a task showed before it was revised.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use stele_domain::{ProjectId, StreamType, TaskId};
use stele_ledger::StreamKey;
use stele_projections::task_detail::{self, EarlierVersion, TaskView};

use super::task::{Response, responses};
use crate::{
    Api,
    graphql::{answer::PersonalText, content::ContentFieldObject, fault},
};

/// What a task showed until it was revised.
pub(super) struct TaskVersionObject {
    task: TaskId,
    project: ProjectId,
    earlier: EarlierVersion,
}

impl TaskVersionObject {
    /// The versions before the one that is shown, the first first.
    pub(super) async fn before(context: &Context<'_>, shown: &TaskView) -> Result<Vec<Self>> {
        let ledger = &context.data::<Api>()?.ledger;
        let earlier = task_detail::earlier_versions(ledger, shown.id).await;
        let earlier = earlier.map_err(|error| fault::internal(context, &error))?;
        let before = earlier.into_iter().filter(|earlier| earlier.version < shown.version);
        Ok(before.map(|earlier| Self { task: shown.id, project: shown.project, earlier }).collect())
    }
}

/// What a task showed until it was revised.
#[Object(name = "TaskVersion")]
impl TaskVersionObject {
    /// Which version it was, from 1.
    async fn version(&self) -> u32 {
        self.earlier.version
    }

    /// What the task showed, in order.
    async fn content(&self, context: &Context<'_>) -> Result<Vec<ContentFieldObject>> {
        let EarlierVersion { content_event, content, .. } = &self.earlier;
        ContentFieldObject::open_all(context, self.task, *content_event, content).await
    }

    /// The responses to judge, in order.
    async fn responses(&self) -> Vec<Response> {
        responses(self.project, &self.earlier.responses)
    }

    /// What became of the annotations that were given by then: kept or superseded.
    async fn annotations(&self) -> &str {
        &self.earlier.annotations
    }

    /// Why it was revised.
    async fn reason(&self, context: &Context<'_>) -> Result<PersonalText> {
        let stream = StreamKey { stream_type: StreamType::Task, id: self.task.uuid() };
        let EarlierVersion { revised_event, reason, .. } = &self.earlier;
        PersonalText::open(context, stream, *revised_event, "reason", reason.clone()).await
    }

    /// When it was revised.
    async fn revised_at(&self) -> DateTime<Utc> {
        self.earlier.revised_at.to_utc()
    }
}
