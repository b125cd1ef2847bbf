//! `releasePlans`.

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
        object::{DEFAULT_PAGE, Page, ReleasePlanObject, page},
        position::{Cursor, PositionScalar},
    },
};

#[derive(Default)]
pub(super) struct ReleasePlansQuery;

#[Object]
impl ReleasePlansQuery {
    /// The plans by which releases are asked for again and again, in the order in which they were made. Whoever has a role in some
    /// projects alone sees those of these projects.
    #[graphql(
        guard = "Allow(OVERSIGHT).in_any_project()",
        complexity = "1 + usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0) * child_complexity"
    )]
    async fn release_plans(
        &self,
        context: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
        at_least: Option<PositionScalar>,
    ) -> Result<Connection<Cursor, ReleasePlanObject, EmptyFields, EmptyFields>> {
        caught_up(context, &[ViewName::Lineage], at_least).await?;
        let (ledger, within) = (&context.data::<Api>()?.ledger, within(context, OVERSIGHT)?);
        page(context, Page { after, first }, async |request| {
            let rows = lineage::plans(ledger, &within, request).await;
            let rows = rows.map_err(|error| fault::internal(context, &error))?;
            Ok(rows.into_iter().map(|row| (row.position, row.into())).collect())
        })
        .await
    }
}
