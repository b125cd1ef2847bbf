//! A unit of work.

use async_graphql::{
    Context, Object, Result, SimpleObject,
    connection::{Connection, EmptyFields},
};
use stele_domain::{
    ProjectId, StreamType,
    task::{self, TaskVersion},
};
use stele_ledger::StreamKey;
use stele_projections::task_detail::{self, EarlierVersion, TaskView};
use uuid::Uuid;

use super::{
    DEFAULT_PAGE, EventObject, Page, annotation::AnnotationObject, history::history, settlement::SettlementObject,
    skip::SkipObject, task_version::TaskVersionObject,
};
use crate::{
    Api,
    graphql::{
        access::{Allow, HISTORY, MANAGERS, RESULTS},
        content::ContentFieldObject,
        fault,
        position::Cursor,
        routing::RoutingObject,
    },
};

/// A unit of work.
pub(in crate::graphql) struct TaskObject(Box<TaskView>);

impl From<TaskView> for TaskObject {
    fn from(view: TaskView) -> Self {
        Self(Box::new(view))
    }
}

impl TaskObject {
    pub(in crate::graphql) async fn find(context: &Context<'_>, id: Uuid) -> Result<Option<Self>> {
        let tasks = &context.data::<Api>()?.statements.tasks;
        let found = tasks.run(id.into()).await.map_err(|error| fault::internal(context, &error))?;
        let view = found.transpose().map_err(|error| fault::internal(context, &error))?;
        Ok(view.map(Into::into))
    }

    /// The task with what it showed in this version; `None` if the view does not have that yet.
    pub(in crate::graphql) async fn find_version(
        context: &Context<'_>,
        id: Uuid,
        version: TaskVersion,
    ) -> Result<Option<Self>> {
        let Some(Self(mut view)) = Self::find(context, id).await? else { return Ok(None) };
        if view.version == version.get() {
            return Ok(Some(Self(view)));
        }
        let ledger = &context.data::<Api>()?.ledger;
        let earlier = task_detail::earlier_versions(ledger, view.id).await;
        let earlier = earlier.map_err(|error| fault::internal(context, &error))?;
        let found = earlier.into_iter().find(|earlier| earlier.version == version.get());
        Ok(found.map(|EarlierVersion { version, content, responses, content_event, .. }| {
            *view = TaskView { version, content, responses, content_event, ..*view.clone() };
            Self(view)
        }))
    }
}

/// A candidate response.
#[derive(SimpleObject)]
pub(super) struct Response {
    /// Its place among the task's responses, from 0.
    index: usize,
    /// What it says.
    text: String,
    /// Where each step of its reasoning ends, in Unicode scalar values (code points) from the start of the text.
    step_ends: Vec<u32>,
    /// The model that gave it, if known.
    #[graphql(guard = "Allow(RESULTS).in_project(self.project)")]
    model: Option<String>,
    #[graphql(skip)]
    project: ProjectId,
}

/// Responses as they are shown, of a task of this project.
pub(super) fn responses(project: ProjectId, responses: &[task::Response]) -> Vec<Response> {
    let response = |(index, response): (usize, &task::Response)| Response {
        index,
        text: response.text.clone(),
        step_ends: response.step_ends.clone(),
        model: response.model.clone(),
        project,
    };
    responses.iter().enumerate().map(response).collect()
}

/// A unit of work.
#[Object(name = "Task")]
impl TaskObject {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.id.uuid()
    }

    /// The project it belongs to.
    async fn project_id(&self) -> Uuid {
        self.0.project.uuid()
    }

    /// Its name in the source it came from.
    async fn external_key(&self) -> Option<&str> {
        self.0.external_key.as_deref()
    }

    /// Which version of what it shows this is: 1 as it was created, one more at each revision.
    async fn version(&self) -> u32 {
        self.0.version
    }

    /// What it shows, in order.
    async fn content(&self, context: &Context<'_>) -> Result<Vec<ContentFieldObject>> {
        ContentFieldObject::open_all(context, self.0.id, self.0.content_event, &self.0.content).await
    }

    /// The responses to judge, in order. Which model gave one is not told to annotators.
    async fn responses(&self) -> Vec<Response> {
        responses(self.0.project, &self.0.responses)
    }

    /// When its turn comes, and who may do it.
    async fn routing(&self) -> RoutingObject {
        self.0.routing.clone().into()
    }

    /// How many annotators it gets, at most.
    async fn redundancy(&self) -> u16 {
        self.0.redundancy
    }

    /// Where it stands as a whole.
    #[graphql(guard = "Allow(RESULTS).in_project(self.0.project)", complexity = "5 + child_complexity")]
    async fn settlement(&self, context: &Context<'_>) -> Result<SettlementObject> {
        SettlementObject::find(context, self.0.id).await
    }

    /// Whether it takes no more annotations.
    async fn closed(&self) -> bool {
        self.0.closed
    }

    /// Its annotations, with those that no longer count.
    #[graphql(guard = "Allow(RESULTS).in_project(self.0.project)", complexity = "5 * child_complexity")]
    async fn annotations(&self, context: &Context<'_>) -> Result<Vec<AnnotationObject>> {
        let ledger = &context.data::<Api>()?.ledger;
        let annotations =
            task_detail::annotations_of(ledger, self.0.id).await.map_err(|error| fault::internal(context, &error))?;
        Ok(annotations.into_iter().map(Into::into).collect())
    }

    /// What it showed before it was revised, the first version first.
    #[graphql(guard = "Allow(RESULTS).in_project(self.0.project)", complexity = "5 * child_complexity")]
    async fn earlier_versions(&self, context: &Context<'_>) -> Result<Vec<TaskVersionObject>> {
        TaskVersionObject::before(context, &self.0).await
    }

    /// Who would rather not do it, and why, in the order in which they said so.
    #[graphql(guard = "Allow(MANAGERS).in_project(self.0.project)", complexity = "5 * child_complexity")]
    async fn skips(&self, context: &Context<'_>) -> Result<Vec<SkipObject>> {
        SkipObject::of(context, self.0.id).await
    }

    /// The events of its stream, in order. A cursor is a position.
    #[graphql(
        guard = "Allow(HISTORY)",
        complexity = "1 + usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0) * child_complexity"
    )]
    async fn history(
        &self,
        context: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Cursor, EventObject, EmptyFields, EmptyFields>> {
        history(context, StreamKey { stream_type: StreamType::Task, id: self.0.id.uuid() }, Page { after, first })
            .await
    }
}
