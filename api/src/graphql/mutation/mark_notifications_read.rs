//! `markNotificationsRead`: remember how far someone has read.

use async_graphql::{Context, Object, Result, SimpleObject, Union};
use stele_projections::notification;

use super::or_refuse;
use crate::{
    Api,
    graphql::{
        access::{ANYONE, Allow, viewer},
        command::Outcome,
        fault,
        position::PositionScalar,
        refusal::Refusal,
    },
};

/// It is remembered.
#[derive(SimpleObject)]
struct NotificationsRead {
    /// How much is left.
    unread: u64,
}

/// What came of it.
#[derive(Union)]
enum MarkNotificationsReadPayload {
    Done(NotificationsRead),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct MarkNotificationsRead;

#[Object]
impl MarkNotificationsRead {
    /// Marks everything that the caller is told up to a position as read. It is no command: no event tells of it, sending
    /// it again changes nothing, and what was read stays read.
    #[graphql(guard = "Allow(ANYONE).in_all_projects()")]
    async fn mark_notifications_read(
        &self,
        context: &Context<'_>,
        up_to: PositionScalar,
    ) -> Result<MarkNotificationsReadPayload> {
        or_refuse!(MarkNotificationsReadPayload, not_ahead(context, up_to).await?);
        let api = context.data::<Api>()?;
        let reader = viewer(context)?.participant;
        let marked = notification::mark_read(&api.ledger, reader, up_to.0).await;
        marked.map_err(|error| fault::internal(context, &error))?;
        api.live.has_read(reader);
        let unread = notification::unread(&api.ledger, reader).await;
        let unread = unread.map_err(|error| fault::internal(context, &error))?;
        Ok(MarkNotificationsReadPayload::Done(NotificationsRead { unread }))
    }
}

/// What has not happened yet can't have been read.
async fn not_ahead(context: &Context<'_>, up_to: PositionScalar) -> Result<Outcome<()>> {
    let head = context.data::<Api>()?.ledger.head().await.map_err(|error| fault::internal(context, &error))?;
    if up_to.0 <= head.position() {
        return Ok(Ok(()));
    }
    let reason = format!("position {} is beyond the ledger's head, {}", up_to.0, head.position());
    Ok(Err(Refusal::new("BEYOND_HEAD", &reason)))
}
