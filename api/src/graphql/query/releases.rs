//! `datasetReleases`.

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
        object::{DEFAULT_PAGE, Page, ReleaseObject, page},
        position::{Cursor, PositionScalar},
    },
};

#[derive(Default)]
pub(super) struct ReleasesQuery;

#[Object]
impl ReleasesQuery {
    /// The releases of all datasets, in the order in which they were made. Whoever has a role in some projects alone sees
    /// those that are made of their judgments.
    #[graphql(
        guard = "Allow(OVERSIGHT).in_any_project()",
        complexity = "1 + usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0) * child_complexity"
    )]
    async fn dataset_releases(
        &self,
        context: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
        at_least: Option<PositionScalar>,
    ) -> Result<Connection<Cursor, ReleaseObject, EmptyFields, EmptyFields>> {
        caught_up(context, &[ViewName::Lineage], at_least).await?;
        let (ledger, within) = (&context.data::<Api>()?.ledger, within(context, OVERSIGHT)?);
        page(context, Page { after, first }, async |request| {
            let rows = lineage::releases(ledger, &within, request).await;
            let rows = rows.map_err(|error| fault::internal(context, &error))?;
            Ok(rows.into_iter().map(|row| (row.position, row.into())).collect())
        })
        .await
    }
}
