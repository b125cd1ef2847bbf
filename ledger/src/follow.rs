//! Following the ledger: everything so far, and then whatever comes.

use std::time::Duration;

use futures::{Stream, stream};
use tokio::sync::watch;

use crate::{EventFilter, Ledger, Position, ReadError, Recorded};

/// How many positions one batch covers at most.
const WINDOW: u64 = 2_000;

/// How long a follower that heard nothing waits before it looks for itself.
const POLL_EVERY: Duration = Duration::from_secs(1);

/// A stretch of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The events in it that pass the filter.
    pub events: Vec<Recorded>,
    /// The stretch's last position; there is nothing else that the filter would pass up to here.
    pub through: Position,
}

impl Ledger {
    /// The ledger after `after`, batch by batch, for ever: an answer follows within moments of a commit, made by
    /// this process or by another. After an error the stream goes on where it was.
    pub fn follow(
        &self,
        after: Position,
        filter: EventFilter,
    ) -> impl Stream<Item = Result<Batch, ReadError>> + use<> {
        let follower = Follower { ledger: self.clone(), newest: self.inner.wake.subscribe(), reached: after, filter };
        stream::unfold(follower, |mut follower| async move {
            let batch = follower.next().await;
            Some((batch, follower))
        })
    }

    /// Waits until the ledger may have grown beyond `after`, or for a second.
    pub async fn grown_beyond(&self, after: Position) {
        let mut newest = self.inner.wake.subscribe();
        wait(&mut newest, after).await;
    }
}

struct Follower {
    ledger: Ledger,
    newest: watch::Receiver<Position>,
    reached: Position,
    filter: EventFilter,
}

impl Follower {
    async fn next(&mut self) -> Result<Batch, ReadError> {
        loop {
            let head = self.ledger.head().await?.position();
            if head > self.reached {
                let through = head.min(Position::from(self.reached.get() + WINDOW));
                let events = self.ledger.read(self.reached, through, &self.filter).await?;
                self.reached = through;
                return Ok(Batch { events, through });
            }
            wait(&mut self.newest, self.reached).await;
        }
    }
}

async fn wait(newest: &mut watch::Receiver<Position>, after: Position) {
    let grown = newest.wait_for(|position| *position > after);
    // a lapsed wait and a closed channel both mean: look for yourself
    drop(tokio::time::timeout(POLL_EVERY, grown).await);
}
