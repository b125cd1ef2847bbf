//! `releaseRequests`.

use async_graphql::{
    Context, Object, Result,
    connection::{Connection, EmptyFields},
};
use stele_projections::{ViewName, lineage};

use crate::{
    Api,
    graphql::{
        access::{Allow, OVERSIGHT, within},
        caught_up::caught_up,
        fault,
        object::{DEFAULT_PAGE, Page, ReleaseRequestObject, page},
        position::{Cursor, PositionScalar},
    },
};

#[derive(Default)]
pub(super) struct ReleaseRequestsQuery;

#[Object]
impl ReleaseRequestsQuery {
    /// What releases were asked for, in that order, and what became of it. Whoever has a role in some projects alone sees what is
    /// asked of those.
    #[graphql(
        guard = "Allow(OVERSIGHT).in_any_project()",
        complexity = "1 + usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0) * child_complexity"
    )]
    async fn release_requests(
        &self,
        context: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
        at_least: Option<PositionScalar>,
    ) -> Result<Connection<Cursor, ReleaseRequestObject, EmptyFields, EmptyFields>> {
        caught_up(context, &[ViewName::Lineage], at_least).await?;
        let (ledger, within) = (&context.data::<Api>()?.ledger, within(context, OVERSIGHT)?);
        page(context, Page { after, first }, async |request| {
            let rows = lineage::requests(ledger, &within, request).await;
            let rows = rows.map_err(|error| fault::internal(context, &error))?;
            let now = ledger.clock().now();
            let requests = rows.into_iter().map(|row| (row.position, ReleaseRequestObject::at(row, now)));
            Ok(requests.collect())
        })
        .await
    }
}
