//! `extendLease`: keep a claimed task for longer.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use chrono::{DateTime, Utc};
use stele_domain::task::{Task, TaskCommand, TaskEvent};
use uuid::Uuid;

use super::{or_refuse, shown_form::project_of};
use crate::{
    Api,
    graphql::{
        access::{ANNOTATORS, Allow, viewer},
        command::Call,
        fault,
        position::Receipt,
        refusal::Refusal,
    },
};

/// A lease to keep.
#[derive(InputObject)]
struct ExtendLeaseInput {
    /// The task.
    task_id: Uuid,
    /// The lease.
    assignment_id: Uuid,
}

/// The lease begins anew, and lasts as long as the project's workflow says.
#[derive(SimpleObject)]
struct LeaseExtended {
    /// When it lapses.
    expires_at: DateTime<Utc>,
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum ExtendLeasePayload {
    Extended(LeaseExtended),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct ExtendLease;

#[Object]
impl ExtendLease {
    /// Keeps a claimed task for longer. Each time is an event: ask when half of the lease is over, and not
    /// more often.
    #[graphql(guard = "Allow(ANNOTATORS).on_task(input.task_id)")]
    async fn extend_lease(
        &self,
        context: &Context<'_>,
        input: ExtendLeaseInput,
        idempotency_key: String,
    ) -> Result<ExtendLeasePayload> {
        let call = or_refuse!(ExtendLeasePayload, Call::new(context, "extendLease", &idempotency_key, &input)?);
        let project = or_refuse!(ExtendLeasePayload, project_of(context, input.task_id).await?);
        let command = TaskCommand::Extend {
            assignment: input.assignment_id.into(),
            annotator: viewer(context)?.participant,
            now: context.data::<Api>()?.ledger.clock().now(),
            lease_seconds: project.workflow().lease_seconds,
        };
        let done = or_refuse!(ExtendLeasePayload, call.execute::<Task>(context, input.task_id, &command).await?);
        let expires_at = done.events.iter().find_map(|event| match event {
            TaskEvent::LeaseExtended(extended) => Some(extended.expires_at.to_utc()),
            _ => None,
        });
        let Some(expires_at) = expires_at else {
            return Err(fault::internal(context, "an extension without an event that says so"));
        };
        Ok(ExtendLeasePayload::Extended(LeaseExtended { expires_at, receipt: done.receipt.into() }))
    }
}
