//! `createProject`: begin a labelling project.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::project::{Project, ProjectCommand, Redundancy};
use uuid::Uuid;

use super::or_refuse;
use crate::{
    Api,
    graphql::{
        access::{Allow, MANAGERS},
        command::Call,
        form::{QuestionInput, questions},
        position::Receipt,
        refusal::Refusal,
        workflow::WorkflowInput,
    },
};

/// A project to begin.
#[derive(InputObject)]
struct CreateProjectInput {
    /// What it is called: 1 to 200 characters.
    name: String,
    /// What annotators are told about judging well.
    guidelines: Option<String>,
    /// The questions of its first form.
    questions: Vec<QuestionInput>,
    /// How many annotators each task gets, at most: 1 to 1,000.
    #[graphql(default = 1)]
    redundancy: u16,
    /// What happens to its tasks.
    workflow: Option<WorkflowInput>,
}

/// A project was begun.
#[derive(SimpleObject)]
struct ProjectCreated {
    /// Its id.
    project_id: Uuid,
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum CreateProjectPayload {
    Created(ProjectCreated),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct CreateProject;

#[Object]
impl CreateProject {
    /// Begins a labelling project.
    #[graphql(guard = "Allow(MANAGERS)")]
    async fn create_project(
        &self,
        context: &Context<'_>,
        input: CreateProjectInput,
        idempotency_key: String,
    ) -> Result<CreateProjectPayload> {
        let call = or_refuse!(CreateProjectPayload, Call::new(context, "createProject", &idempotency_key, &input)?);
        let redundancy = Redundancy::try_from(input.redundancy);
        let redundancy =
            or_refuse!(CreateProjectPayload, redundancy.map_err(|error| Refusal::new("BAD_REDUNDANCY", &error)));
        let command = ProjectCommand::Create {
            name: input.name,
            guidelines: input.guidelines,
            questions: or_refuse!(CreateProjectPayload, questions(input.questions)),
            redundancy,
            workflow: or_refuse!(CreateProjectPayload, input.workflow.unwrap_or_default().read()),
        };
        let id: Uuid = context.data::<Api>()?.ledger.mint().derived("project", &[&idempotency_key]);
        let done = or_refuse!(CreateProjectPayload, call.execute::<Project>(context, id, &command).await?);
        Ok(CreateProjectPayload::Created(ProjectCreated {
            project_id: done.receipt.stream.id,
            receipt: done.receipt.into(),
        }))
    }
}
