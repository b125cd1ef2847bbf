//! `ledger`: that something was recorded.

use std::{collections::VecDeque, future, sync::Arc};

use async_graphql::{Context, Object, Result, SimpleObject, Subscription};
use futures::{Stream, StreamExt};
use stele_ledger::Position;

use crate::{
    Api,
    graphql::{
        access::{Allow, HISTORY, OVERSIGHT},
        position::PositionScalar,
    },
    live::NotedEvent,
};

/// How far the ledger has come.
struct LedgerState {
    position: Position,
    /// The position told before; there is none at first.
    before: Option<Position>,
    recent: Arc<VecDeque<NotedEvent>>,
}

/// An event, without what it says.
#[derive(SimpleObject)]
#[graphql(name = "EventName")]
struct EventNameObject {
    /// Where it stands.
    position: PositionScalar,
    /// Its name, such as `TaskCreated`.
    name: String,
}

/// How far the ledger has come.
#[Object(name = "LedgerState")]
impl LedgerState {
    /// The position of the last event, which is also how many there are.
    async fn position(&self) -> PositionScalar {
        PositionScalar(self.position)
    }

    /// The events since the last time, in order; at most the newest 100, and none at first. Positions have no gaps, so
    /// whoever was too slow sees which are left out, and finds them with `events`.
    #[graphql(guard = "Allow(HISTORY)", complexity = "100 * child_complexity")]
    async fn events(&self) -> Vec<EventNameObject> {
        let Some(before) = self.before else { return Vec::new() };
        let since = self.recent.iter().filter(|event| event.position > before);
        since
            .map(|event| EventNameObject { position: PositionScalar(event.position), name: event.name.clone() })
            .collect()
    }
}

#[derive(Default)]
pub(super) struct LedgerSubscription;

#[Subscription]
impl LedgerSubscription {
    /// How far the ledger has come: now, and whenever something is recorded.
    #[graphql(guard = "Allow(OVERSIGHT)")]
    async fn ledger(&self, context: &Context<'_>) -> Result<impl Stream<Item = LedgerState> + use<>> {
        let news = context.data::<Api>()?.live.ledger();
        Ok(news.scan(None, |before, news| {
            let state =
                LedgerState { position: news.position, before: before.replace(news.position), recent: news.recent };
            future::ready(Some(state))
        }))
    }
}
