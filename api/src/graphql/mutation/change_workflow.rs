//! `changeWorkflow`: have other things happen to a project's tasks.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::project::{Project, ProjectCommand};
use uuid::Uuid;

use super::or_refuse;
use crate::graphql::{
    access::{Allow, MANAGERS},
    command::Call,
    position::Receipt,
    refusal::Refusal,
    workflow::WorkflowInput,
};

/// What happens to a project's tasks from now on.
#[derive(InputObject)]
struct ChangeWorkflowInput {
    /// The project.
    project_id: Uuid,
    /// All of it.
    workflow: WorkflowInput,
}

/// It is done. It holds for what happens from now on, to tasks that exist as well; what is settled stays so until
/// something about the task changes.
#[derive(SimpleObject)]
struct WorkflowChanged {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum ChangeWorkflowPayload {
    Changed(WorkflowChanged),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct ChangeWorkflow;

#[Object]
impl ChangeWorkflow {
    /// Changes how long leases last, how often gold tasks come, what is reviewed, and when annotators agree well enough.
    #[graphql(guard = "Allow(MANAGERS).in_project(input.project_id)")]
    async fn change_workflow(
        &self,
        context: &Context<'_>,
        input: ChangeWorkflowInput,
        idempotency_key: String,
    ) -> Result<ChangeWorkflowPayload> {
        let call = or_refuse!(ChangeWorkflowPayload, Call::new(context, "changeWorkflow", &idempotency_key, &input)?);
        let workflow = or_refuse!(ChangeWorkflowPayload, input.workflow.read());
        let command = ProjectCommand::ChangeWorkflow { workflow };
        let done = call.execute::<Project>(context, input.project_id, &command).await?;
        let done = or_refuse!(ChangeWorkflowPayload, done);
        Ok(ChangeWorkflowPayload::Changed(WorkflowChanged { receipt: done.receipt.into() }))
    }
}
