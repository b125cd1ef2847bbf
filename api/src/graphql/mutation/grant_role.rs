//! `grantRole`: lets someone do more.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::{
    participant::{Participant, ParticipantCommand},
    project::{Project, ProjectRefusal},
};
use uuid::Uuid;

use super::{login::RoleEnum, or_refuse};
use crate::{
    Api,
    graphql::{
        access::{ADMINS, Allow},
        command::{Call, Outcome},
        fault,
        position::Receipt,
        refusal::Refusal,
    },
};

/// Whose role, and which.
#[derive(InputObject)]
struct GrantRoleInput {
    /// The participant.
    participant_id: Uuid,
    /// The role.
    role: RoleEnum,
    /// In which project alone; without it, in the whole workspace.
    project_id: Option<Uuid>,
}

/// It is done.
#[derive(SimpleObject)]
struct RoleGranted {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum GrantRolePayload {
    Done(RoleGranted),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct GrantRole;

#[Object]
impl GrantRole {
    /// Lets someone do more, in the whole workspace or in one project. The roles `ADMIN`, `AUDITOR` and `COMPLIANCE` are for
    /// the whole workspace alone.
    #[graphql(guard = "Allow(ADMINS)")]
    async fn grant_role(
        &self,
        context: &Context<'_>,
        input: GrantRoleInput,
        idempotency_key: String,
    ) -> Result<GrantRolePayload> {
        let call = or_refuse!(GrantRolePayload, Call::new(context, "grantRole", &idempotency_key, &input)?);
        if let Some(project) = input.project_id {
            or_refuse!(GrantRolePayload, existing(context, project).await?);
        }
        let command =
            ParticipantCommand::GrantRole { role: input.role.into(), project: input.project_id.map(Into::into) };
        let done = call.execute::<Participant>(context, input.participant_id, &command).await?;
        let done = or_refuse!(GrantRolePayload, done);
        Ok(GrantRolePayload::Done(RoleGranted { receipt: done.receipt.into() }))
    }
}

/// Whether there is such a project: a role in one that there is not would be a mistake that nobody sees.
pub(super) async fn existing(context: &Context<'_>, project: Uuid) -> Result<Outcome<()>> {
    let ledger = &context.data::<Api>()?.ledger;
    let (project, _) = ledger.load::<Project>(project).await.map_err(|error| fault::internal(context, &error))?;
    Ok(if project.form().is_some() { Ok(()) } else { Err(ProjectRefusal::NotFound.into()) })
}
