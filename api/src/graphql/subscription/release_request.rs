//! `releaseRequest`: how a release that was asked for comes along.

use async_graphql::{Context, Result, Subscription};
use futures::{Stream, StreamExt};
use stele_projections::{ViewName, lineage};
use uuid::Uuid;

use crate::{
    Api,
    graphql::{
        access::{Allow, OVERSIGHT, within},
        caught_up::caught_up,
        fault,
        object::ReleaseRequestObject,
        position::PositionScalar,
    },
};

#[derive(Default)]
pub(super) struct ReleaseRequestSubscription;

#[Subscription]
impl ReleaseRequestSubscription {
    /// How a request for a release stands: now, and whenever that changes or the worker comes further.
    #[graphql(guard = "Allow(OVERSIGHT).in_any_project()")]
    async fn release_request(
        &self,
        context: &Context<'_>,
        id: Uuid,
        at_least: Option<PositionScalar>,
    ) -> Result<impl Stream<Item = ReleaseRequestObject> + use<>> {
        caught_up(context, &[ViewName::Lineage], at_least).await?;
        let (api, within) = (context.data::<Api>()?, within(context, OVERSIGHT)?);
        let found = lineage::find_requests(&api.ledger, &[id.into()]).await;
        let found = found.map_err(|error| fault::internal(context, &error))?;
        if !found.get(&id.into()).is_some_and(|request| within.contains(request.project_id)) {
            return Err(fault::bad_input(context, "there is no request of this id"));
        }
        let (ledger, news) = (api.ledger.clone(), api.live.release_request(id.into()));
        Ok(news.map(move |row| ReleaseRequestObject::at(row, ledger.clock().now())))
    }
}
