//! `notifications` and `unreadNotifications`.

use async_graphql::{
    Context, Object, Result,
    connection::{Connection, EmptyFields},
};
use stele_projections::{ViewName, notification};

use crate::{
    Api,
    graphql::{
        access::{ANYONE, Allow, viewer},
        caught_up::caught_up,
        fault,
        object::{DEFAULT_PAGE, NotificationObject, Page, page},
        position::{Cursor, PositionScalar},
    },
};

#[derive(Default)]
pub(super) struct NotificationsQuery;

#[Object]
impl NotificationsQuery {
    /// What the caller is told, the newest first. A cursor is a position.
    #[graphql(
        guard = "Allow(ANYONE).in_all_projects()",
        complexity = "1 + usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0) * child_complexity"
    )]
    async fn notifications(
        &self,
        context: &Context<'_>,
        #[graphql(default, desc = "Only what has not been read")] unread_only: bool,
        after: Option<String>,
        first: Option<i32>,
        at_least: Option<PositionScalar>,
    ) -> Result<Connection<Cursor, NotificationObject, EmptyFields, EmptyFields>> {
        caught_up(context, &[ViewName::Notification], at_least).await?;
        let (ledger, of) = (&context.data::<Api>()?.ledger, viewer(context)?.participant);
        page(context, Page { after, first }, async |request| {
            let rows = notification::notifications(ledger, of, unread_only, request).await;
            let rows = rows.map_err(|error| fault::internal(context, &error))?;
            Ok(rows.into_iter().map(|row| (row.position, row.into())).collect())
        })
        .await
    }

    /// How much the caller has not read yet.
    #[graphql(guard = "Allow(ANYONE).in_all_projects()", complexity = 5)]
    async fn unread_notifications(&self, context: &Context<'_>, at_least: Option<PositionScalar>) -> Result<u64> {
        caught_up(context, &[ViewName::Notification], at_least).await?;
        let (ledger, of) = (&context.data::<Api>()?.ledger, viewer(context)?.participant);
        notification::unread(ledger, of).await.map_err(|error| fault::internal(context, &error))
    }
}
