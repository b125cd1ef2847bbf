//! What can be subscribed to: one subscription a file.
//!
//! Each tells the state now, and then the newest state whenever it has changed. A subscriber that is slow misses what
//! has been overtaken; none is ever told an older state after a newer one.

mod ledger;
mod notifications;
mod quality;
mod queue;
mod release_request;

use async_graphql::MergedSubscription;

/// What can be subscribed to. Each tells the state now, and then the newest whenever it has changed.
#[derive(Default, MergedSubscription)]
pub struct Subscription(
    queue::QueueSubscription,
    release_request::ReleaseRequestSubscription,
    notifications::NotificationsSubscription,
    quality::QualitySubscription,
    ledger::LedgerSubscription,
);
