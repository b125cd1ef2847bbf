//! `cancelReleaseRequest`: take back what was asked for.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::dataset::{Dataset, DatasetCommand};
use uuid::Uuid;

use super::or_refuse;
use crate::{
    Api,
    graphql::{
        access::{Allow, REQUESTERS, viewer},
        command::Call,
        position::Receipt,
        refusal::Refusal,
    },
};

/// A request to take back.
#[derive(InputObject)]
struct CancelReleaseRequestInput {
    /// The project that it is about.
    project_id: Uuid,
    /// What the dataset is called.
    dataset: String,
    /// The request.
    request_id: Uuid,
}

/// It is taken back. If the release is being made, that ends within moments.
#[derive(SimpleObject)]
#[graphql(name = "ReleaseRequestCancelled")]
struct ReleaseRequestIsCancelled {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum CancelReleaseRequestPayload {
    Cancelled(ReleaseRequestIsCancelled),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct CancelReleaseRequest;

#[Object]
impl CancelReleaseRequest {
    /// Takes back a request for a release that has not been met.
    #[graphql(guard = "Allow(REQUESTERS).in_project(input.project_id)")]
    async fn cancel_release_request(
        &self,
        context: &Context<'_>,
        input: CancelReleaseRequestInput,
        idempotency_key: String,
    ) -> Result<CancelReleaseRequestPayload> {
        let call = Call::new(context, "cancelReleaseRequest", &idempotency_key, &input)?;
        let call = or_refuse!(CancelReleaseRequestPayload, call);
        let dataset: Uuid = context.data::<Api>()?.ledger.mint().derived("dataset", &[&input.dataset]);
        let command = DatasetCommand::Cancel {
            request: input.request_id.into(),
            project: input.project_id.into(),
            by: viewer(context)?.participant,
        };
        let done = call.execute::<Dataset>(context, dataset, &command).await?;
        let done = or_refuse!(CancelReleaseRequestPayload, done);
        Ok(CancelReleaseRequestPayload::Cancelled(ReleaseRequestIsCancelled { receipt: done.receipt.into() }))
    }
}
