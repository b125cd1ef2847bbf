//! `notifications`: that the caller is told something.

use async_graphql::{Context, Result, SimpleObject, Subscription};
use futures::{Stream, StreamExt};

use crate::{
    Api,
    graphql::{
        access::{ANYONE, Allow, viewer},
        position::PositionScalar,
    },
};

/// How much the caller has not read.
#[derive(SimpleObject)]
struct NotificationState {
    /// What the count includes; pass it as `atLeast` to `notifications`.
    position: PositionScalar,
    /// How much the caller has not read yet.
    unread: u64,
}

#[derive(Default)]
pub(super) struct NotificationsSubscription;

#[Subscription]
impl NotificationsSubscription {
    /// How much the caller has not read: now, and whenever they are told something or have read it.
    #[graphql(guard = "Allow(ANYONE).in_all_projects()")]
    async fn notifications(&self, context: &Context<'_>) -> Result<impl Stream<Item = NotificationState> + use<>> {
        let news = context.data::<Api>()?.live.notifications(viewer(context)?.participant);
        Ok(news.map(|news| NotificationState { position: PositionScalar(news.position), unread: news.unread }))
    }
}
