//! A unit of work.

use async_graphql::{
    Context, Object, Result, SimpleObject,
    connection::{Connection, EmptyFields},
};
use stele_domain::{ProjectId, StreamType};
use stele_ledger::StreamKey;
use stele_projections::task_detail::{self, TaskView};
use uuid::Uuid;

use super::{
    DEFAULT_PAGE, EventObject, Page, annotation::AnnotationObject, history::history, settlement::SettlementObject,
};
use crate::{
    Api,
    graphql::{
        access::{Allow, HISTORY, RESULTS},
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
}

/// A candidate response.
#[derive(SimpleObject)]
struct Response {
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

    /// What it shows, in order.
    async fn content(&self, context: &Context<'_>) -> Result<Vec<ContentFieldObject>> {
        let stream = StreamKey { stream_type: StreamType::Task, id: self.0.id.uuid() };
        let mut fields = Vec::with_capacity(self.0.content.len());
        for field in &self.0.content {
            fields.push(ContentFieldObject::open(context, stream, self.0.created_event, field).await?);
        }
        Ok(fields)
    }

    /// The responses to judge, in order. Which model gave one is not told to annotators.
    async fn responses(&self) -> Vec<Response> {
        let responses = self.0.responses.iter().enumerate().map(|(index, response)| Response {
            index,
            text: response.text.clone(),
            step_ends: response.step_ends.clone(),
            model: response.model.clone(),
            project: self.0.project,
        });
        responses.collect()
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
