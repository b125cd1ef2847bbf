//! `changeRedundancy`: give new tasks to more or fewer annotators.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::project::{Project, ProjectCommand, Redundancy};
use uuid::Uuid;

use super::or_refuse;
use crate::graphql::{
    access::{Allow, MANAGERS},
    command::Call,
    position::Receipt,
    refusal::Refusal,
};

/// How many annotators a project's new tasks get.
#[derive(InputObject)]
struct ChangeRedundancyInput {
    /// The project.
    project_id: Uuid,
    /// How many annotators each task created from now on gets: 1 to 1,000.
    redundancy: u16,
}

/// It is done; tasks that exist keep theirs.
#[derive(SimpleObject)]
struct RedundancyChanged {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum ChangeRedundancyPayload {
    Changed(RedundancyChanged),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct ChangeRedundancy;

#[Object]
impl ChangeRedundancy {
    /// Gives tasks that are created from now on to more or fewer annotators.
    #[graphql(guard = "Allow(MANAGERS).in_project(input.project_id)")]
    async fn change_redundancy(
        &self,
        context: &Context<'_>,
        input: ChangeRedundancyInput,
        idempotency_key: String,
    ) -> Result<ChangeRedundancyPayload> {
        let call = Call::new(context, "changeRedundancy", &idempotency_key, &input)?;
        let call = or_refuse!(ChangeRedundancyPayload, call);
        let redundancy = Redundancy::try_from(input.redundancy);
        let redundancy =
            or_refuse!(ChangeRedundancyPayload, redundancy.map_err(|error| Refusal::new("BAD_REDUNDANCY", &error)));
        let command = ProjectCommand::ChangeRedundancy { redundancy };
        let done = call.execute::<Project>(context, input.project_id, &command).await?;
        let done = or_refuse!(ChangeRedundancyPayload, done);
        Ok(ChangeRedundancyPayload::Changed(RedundancyChanged { receipt: done.receipt.into() }))
    }
}
