//! Looks after the releases that were asked for, as long as somebody waits for one: how far a worker has come is in no event.

use std::{sync::Arc, time::Duration};

use stele_projections::lineage;
use tokio::time::sleep;

use super::Shared;

/// How often those who wait are told at most.
const PACE: Duration = Duration::from_millis(250);

/// How long to rest after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Looks once for all who wait, and puts up what has changed.
pub(super) async fn watch(shared: Arc<Shared>) {
    loop {
        let wanted = shared.request_board.keys();
        if wanted.is_empty() {
            shared.request_wanted.notified().await;
            continue;
        }
        match lineage::find_requests(&shared.ledger, &wanted).await {
            Ok(found) => {
                found.into_iter().for_each(|(id, request)| shared.request_board.post_changed(&id, request));
                sleep(PACE).await;
            }
            Err(error) => {
                tracing::warn!(%error, "those who wait for releases are told nothing for a while");
                sleep(AFTER_FAILURE).await;
            }
        }
    }
}
