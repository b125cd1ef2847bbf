//! `ledger` and `events`.

use async_graphql::{
    Context, Object, Result,
    connection::{Connection, EmptyFields},
};
use stele_ledger::{EventFilter, Position};

use crate::{
    Api,
    graphql::{
        access::{Allow, HISTORY, OVERSIGHT},
        fault,
        object::{DEFAULT_PAGE, EventObject, LedgerObject, Page, page},
        position::Cursor,
    },
};

#[derive(Default)]
pub(super) struct LedgerQuery;

#[Object]
impl LedgerQuery {
    /// The ledger: how far it has come, and its Merkle root.
    #[graphql(guard = "Allow(OVERSIGHT)")]
    async fn ledger(&self, context: &Context<'_>) -> Result<LedgerObject> {
        LedgerObject::now(context).await
    }

    /// The history itself, in order. A cursor is a position.
    #[graphql(
        guard = "Allow(HISTORY)",
        complexity = "1 + usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0) * child_complexity"
    )]
    async fn events(
        &self,
        context: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Cursor, EventObject, EmptyFields, EmptyFields>> {
        let ledger = &context.data::<Api>()?.ledger;
        page(context, Page { after, first }, async |request| {
            let up_to = Position::from(request.after.get().saturating_add(request.limit.unsigned_abs()));
            let events = ledger
                .read(request.after, up_to, &EventFilter::all())
                .await
                .map_err(|error| fault::internal(context, &error))?;
            Ok(events.into_iter().map(|event| (event.position, event.into())).collect())
        })
        .await
    }
}
