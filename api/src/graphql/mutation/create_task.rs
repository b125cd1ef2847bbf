//! `createTask`: begin a unit of work.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::{
    project::{Project, ProjectRefusal},
    task::{Task, TaskCommand},
};
use uuid::Uuid;

use super::or_refuse;
use crate::{
    Api,
    graphql::{
        access::{Allow, FEEDERS},
        command::Call,
        content::{ContentFieldInput, ResponseInput, read_all},
        fault,
        position::Receipt,
        refusal::Refusal,
        routing::RoutingObject,
    },
};

/// A task to begin.
#[derive(InputObject)]
struct CreateTaskInput {
    /// The project it belongs to.
    project_id: Uuid,
    /// Its name in the source it comes from.
    external_key: Option<String>,
    /// What it shows, in order.
    content: Vec<ContentFieldInput>,
    /// The responses to judge, in order.
    #[graphql(default)]
    responses: Vec<ResponseInput>,
    /// When its turn comes, and who may do it.
    routing: Option<RoutingObject>,
}

/// A task was begun.
#[derive(SimpleObject)]
struct TaskCreated {
    /// Its id.
    task_id: Uuid,
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum CreateTaskPayload {
    Created(TaskCreated),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct CreateTask;

#[Object]
impl CreateTask {
    /// Begins a task.
    #[graphql(guard = "Allow(FEEDERS).in_project(input.project_id)")]
    async fn create_task(
        &self,
        context: &Context<'_>,
        input: CreateTaskInput,
        idempotency_key: String,
    ) -> Result<CreateTaskPayload> {
        let call = or_refuse!(CreateTaskPayload, Call::new(context, "createTask", &idempotency_key, &input)?);
        let ledger = &context.data::<Api>()?.ledger;
        let (project, _) =
            ledger.load::<Project>(input.project_id).await.map_err(|error| fault::internal(context, &error))?;
        if project.form().is_none() {
            return Ok(CreateTaskPayload::Refused(ProjectRefusal::NotFound.into()));
        }
        let command = TaskCommand::Create {
            project: input.project_id.into(),
            external_key: input.external_key,
            content: or_refuse!(CreateTaskPayload, read_all(context, input.content).await?),
            responses: input.responses.into_iter().map(Into::into).collect(),
            redundancy: project.redundancy(),
            starts_with: project.starts_with(),
            routing: or_refuse!(CreateTaskPayload, input.routing.unwrap_or_default().read()),
        };
        let id: Uuid = ledger.mint().derived("task", &[&idempotency_key]);
        let done = or_refuse!(CreateTaskPayload, call.execute::<Task>(context, id, &command).await?);
        Ok(CreateTaskPayload::Created(TaskCreated { task_id: done.receipt.stream.id, receipt: done.receipt.into() }))
    }
}
