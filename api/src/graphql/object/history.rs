//! The events of one stream.

use async_graphql::{
    Context, Result,
    connection::{Connection, EmptyFields},
};
use stele_ledger::StreamKey;

use super::{EventObject, Page, page};
use crate::{
    Api,
    graphql::{fault, position::Cursor},
};

/// One page of a stream's events, in order; a cursor is a position.
pub(super) async fn history(
    context: &Context<'_>,
    stream: StreamKey,
    asked: Page,
) -> Result<Connection<Cursor, EventObject, EmptyFields, EmptyFields>> {
    let ledger = &context.data::<Api>()?.ledger;
    page(context, asked, async |request| {
        let events = ledger
            .read_stream_page(stream, request.after, request.limit)
            .await
            .map_err(|error| fault::internal(context, &error))?;
        Ok(events.into_iter().map(|event| (event.position, event.into())).collect())
    })
    .await
}
