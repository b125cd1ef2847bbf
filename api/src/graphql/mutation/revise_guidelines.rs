//! `reviseGuidelines`: tell annotators something else about judging well.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::project::{Project, ProjectCommand, ProjectEvent};
use uuid::Uuid;

use super::or_refuse;
use crate::graphql::{
    access::{Allow, MANAGERS},
    command::Call,
    position::Receipt,
    refusal::Refusal,
};

/// The next version of a project's guidelines.
#[derive(InputObject)]
struct ReviseGuidelinesInput {
    /// The project.
    project_id: Uuid,
    /// What they say, as `CommonMark`.
    text: String,
}

/// The guidelines have a new version. Work that was begun under an earlier one says so.
#[derive(SimpleObject)]
struct GuidelinesRevised {
    /// The new version.
    guidelines_version: u32,
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum ReviseGuidelinesPayload {
    Revised(GuidelinesRevised),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct ReviseGuidelines;

#[Object]
impl ReviseGuidelines {
    /// Gives a project's guidelines a new version.
    #[graphql(guard = "Allow(MANAGERS).in_project(input.project_id)")]
    async fn revise_guidelines(
        &self,
        context: &Context<'_>,
        input: ReviseGuidelinesInput,
        idempotency_key: String,
    ) -> Result<ReviseGuidelinesPayload> {
        let call = Call::new(context, "reviseGuidelines", &idempotency_key, &input)?;
        let call = or_refuse!(ReviseGuidelinesPayload, call);
        let command = ProjectCommand::ReviseGuidelines { text: input.text };
        let done = call.execute::<Project>(context, input.project_id, &command).await?;
        let done = or_refuse!(ReviseGuidelinesPayload, done);
        let version = done.events.iter().find_map(|event| match event {
            ProjectEvent::GuidelinesRevised(revised) => Some(revised.guidelines.version.get()),
            _ => None,
        });
        let guidelines_version = version.unwrap_or_default();
        Ok(ReviseGuidelinesPayload::Revised(GuidelinesRevised { guidelines_version, receipt: done.receipt.into() }))
    }
}
