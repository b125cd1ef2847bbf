//! `createTask`: begin a unit of work.

use async_graphql::{Context, Enum, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::{
    Personal,
    project::{Project, ProjectRefusal},
    task::{ContentField, ContentKind, ContentValue, Response, Task, TaskCommand},
};
use uuid::Uuid;

use super::or_refuse;
use crate::{
    Api,
    graphql::{
        access::{Allow, FEEDERS},
        command::Call,
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

/// One named field of a task's content.
#[derive(InputObject)]
struct ContentFieldInput {
    /// Its name within the task.
    name: String,
    /// How it is to be shown.
    #[graphql(default_with = "ContentKindEnum::Text")]
    kind: ContentKindEnum,
    /// What it says.
    value: String,
    /// Whose text it is, if it belongs to a person: a participant's id, or an id of your own for someone who takes no
    /// part. It is stored encrypted under their key, and goes when they are erased.
    subject_id: Option<Uuid>,
}

/// How a content field is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "ContentKind", remote = "stele_domain::task::ContentKind")]
pub(in crate::graphql) enum ContentKindEnum {
    /// As it stands.
    Text,
    /// As `CommonMark`.
    Markdown,
}

/// A candidate response.
#[derive(InputObject)]
struct ResponseInput {
    /// The model that gave it, if known.
    model: Option<String>,
    /// What it says.
    text: String,
    /// Where each step of its reasoning ends, in Unicode scalar values (code points) from the start of the text:
    /// increasing, and the last where the text ends. Empty where it is not divided into steps.
    #[graphql(default)]
    step_ends: Vec<u32>,
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
        let field = |field: ContentFieldInput| {
            let value = match field.subject_id {
                Some(subject) => ContentValue::Personal(Personal::clear(subject, field.value)),
                None => ContentValue::Public(field.value),
            };
            ContentField::new(field.name, ContentKind::from(field.kind), value)
        };
        let response = |ResponseInput { model, text, step_ends }| Response { model, text, step_ends };
        let command = TaskCommand::Create {
            project: input.project_id.into(),
            external_key: input.external_key,
            content: input.content.into_iter().map(field).collect(),
            responses: input.responses.into_iter().map(response).collect(),
            redundancy: project.redundancy(),
            starts_with: project.starts_with(),
            routing: or_refuse!(CreateTaskPayload, input.routing.unwrap_or_default().read()),
        };
        let id: Uuid = ledger.mint().derived("task", &[&idempotency_key]);
        let done = or_refuse!(CreateTaskPayload, call.execute::<Task>(context, id, &command).await?);
        Ok(CreateTaskPayload::Created(TaskCreated { task_id: done.receipt.stream.id, receipt: done.receipt.into() }))
    }
}
