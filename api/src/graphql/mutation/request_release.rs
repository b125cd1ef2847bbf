//! `requestRelease`: ask for a release of a dataset.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use chrono::{DateTime, Utc};
use stele_domain::{
    ReleaseRequestId,
    dataset::{Dataset, DatasetCommand, ReleaseRequested},
};
use stele_ledger::Position;
use uuid::Uuid;

use super::or_refuse;
use crate::{
    Api,
    graphql::{
        access::{Allow, REQUESTERS, viewer},
        command::{Call, Outcome},
        fault,
        position::{PositionScalar, Receipt},
        recipe,
        refusal::Refusal,
    },
};

/// A release to ask for.
#[derive(InputObject)]
struct RequestReleaseInput {
    /// The project whose judgments it is to be made of.
    project_id: Uuid,
    /// What the dataset is called: the same for all its releases.
    dataset: String,
    /// How it is made: a recipe, in YAML or JSON.
    recipe: String,
    /// What the ledger is to have known: the position of the last event that counts; by default all of it.
    known_at: Option<PositionScalar>,
    /// Only judgments that are said to have happened by then are to count.
    happened_by: Option<DateTime<Utc>>,
}

/// It is asked for. An export worker makes it.
#[derive(SimpleObject)]
#[graphql(name = "ReleaseRequested")]
struct ReleaseIsRequested {
    /// The request.
    request_id: Uuid,
    /// The dataset.
    dataset_id: Uuid,
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum RequestReleasePayload {
    Requested(ReleaseIsRequested),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct RequestRelease;

#[Object]
impl RequestRelease {
    /// Asks for a release of a dataset, as of now or of an earlier position. `releaseRequest` tells how it comes along.
    #[graphql(guard = "Allow(REQUESTERS).in_project(input.project_id)")]
    async fn request_release(
        &self,
        context: &Context<'_>,
        input: RequestReleaseInput,
        idempotency_key: String,
    ) -> Result<RequestReleasePayload> {
        let call = or_refuse!(RequestReleasePayload, Call::new(context, "requestRelease", &idempotency_key, &input)?);
        let mint = context.data::<Api>()?.ledger.mint();
        let request: ReleaseRequestId = mint.derived("release request", &[call.context().key.as_str()]);
        let dataset: Uuid = mint.derived("dataset", &[&input.dataset]);
        let known_at = or_refuse!(RequestReleasePayload, known_at(context, input.known_at).await?);
        let of = recipe::Of { project: input.project_id.into(), known_at };
        let recipe = or_refuse!(RequestReleasePayload, recipe::checked(context, &input.recipe, of).await?);
        let asked = ReleaseRequested {
            request,
            name: input.dataset,
            project: input.project_id.into(),
            recipe,
            known_at: known_at.get(),
            happened_by: input.happened_by.map(Into::into),
            requested_by: Some(viewer(context)?.participant),
            plan: false,
        };
        let command = DatasetCommand::Request(Box::new(asked));
        let done = or_refuse!(RequestReleasePayload, call.execute::<Dataset>(context, dataset, &command).await?);
        Ok(RequestReleasePayload::Requested(ReleaseIsRequested {
            request_id: request.uuid(),
            dataset_id: dataset,
            receipt: done.receipt.into(),
        }))
    }
}

/// The position that is asked for, or the ledger's head.
async fn known_at(context: &Context<'_>, asked: Option<PositionScalar>) -> Result<Outcome<Position>> {
    let head = context.data::<Api>()?.ledger.head().await.map_err(|error| fault::internal(context, &error))?;
    let head = head.position();
    Ok(match asked {
        Some(PositionScalar(asked)) if asked > head => {
            Err(Refusal::new("BAD_POSITION", &format!("position {asked} is beyond the ledger's head, {head}")))
        }
        Some(PositionScalar(asked)) => Ok(asked),
        None => Ok(head),
    })
}
