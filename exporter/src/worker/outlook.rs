//! What there is to do: the requests that wait, and what is planned.

use std::{collections::BTreeMap, sync::Arc};

use stele_domain::{
    Event as _, ReleaseRequestId, StreamType, Timestamp,
    dataset::{Dataset, DatasetEvent, ReleaseRequested},
};
use stele_ledger::{EventFilter, Ledger, Position, Recorded};
use uuid::Uuid;

use super::{
    WorkerError,
    plan::{APPROVALS, Due, Plans},
};

/// How many positions are read at a time.
const WINDOW: u64 = 2_000;

/// A request that waits.
#[derive(Debug)]
pub(super) struct Pending {
    /// Where it was recorded.
    position: Position,
    /// The dataset's stream.
    pub(super) dataset: Uuid,
    pub(super) asked: ReleaseRequested,
}

/// The requests that wait and the plans that hold, up to a position.
pub(super) struct Outlook {
    reached: Position,
    pending: BTreeMap<Position, Arc<Pending>>,
    plans: Plans,
}

impl Outlook {
    /// What there is to do now. Of all that is in the ledger only what concerns datasets is read, and approvals as far as they
    /// count for a plan.
    pub(super) async fn begin(ledger: &Ledger) -> Result<Self, WorkerError> {
        let reached = ledger.head().await?.position();
        let mut outlook = Self { reached, pending: BTreeMap::new(), plans: Plans::default() };
        for event in ledger.read_all::<Dataset>(reached).await? {
            outlook.fold(&event)?;
        }
        if let Some(since) = outlook.plans.approvals_since() {
            let mut approvals = ledger.scan(since, reached, &[APPROVALS]);
            while let Some(events) = approvals.next().await? {
                for event in events {
                    outlook.plans.hear(event.position, &event.payload);
                }
            }
        }
        Ok(outlook)
    }

    /// Reads what is new.
    pub(super) async fn catch_up(&mut self, ledger: &Ledger) -> Result<(), WorkerError> {
        let head = ledger.head().await?.position();
        let names: Vec<&'static str> = DatasetEvent::NAMES.iter().copied().chain([APPROVALS]).collect();
        let filter = EventFilter::named(&names);
        while self.reached < head {
            let through = head.min(Position::from(self.reached.get() + WINDOW));
            for event in ledger.read(self.reached, through, &filter).await? {
                match event.stream.stream_type {
                    StreamType::Dataset => self.fold(&event)?,
                    _ => self.plans.hear(event.position, &event.payload),
                }
            }
            self.reached = through;
        }
        Ok(())
    }

    pub(super) const fn reached(&self) -> Position {
        self.reached
    }

    /// The requests that wait, the oldest first.
    pub(super) fn pending(&self) -> Vec<Arc<Pending>> {
        self.pending.values().cloned().collect()
    }

    pub(super) fn is_pending(&self, of: &Pending) -> bool {
        self.pending.contains_key(&of.position)
    }

    /// The plans that ask for a release now.
    pub(super) fn due(&self, now: Timestamp) -> Vec<Due> {
        self.plans.due(now)
    }

    fn fold(&mut self, event: &Recorded) -> Result<(), WorkerError> {
        let position = event.position;
        let decoded: DatasetEvent =
            event.decode().map_err(|source| WorkerError::Decode { position: position.get(), source })?;
        self.plans.fold(event, &decoded);
        match decoded {
            DatasetEvent::ReleaseRequested(asked) => {
                let pending = Pending { position, dataset: event.stream.id, asked };
                self.pending.insert(position, Arc::new(pending));
            }
            DatasetEvent::ReleaseRequestMet(met) => self.end(event.stream.id, met.request),
            DatasetEvent::ReleaseRequestFailed(failed) => self.end(event.stream.id, failed.request),
            DatasetEvent::ReleaseRequestCancelled(cancelled) => self.end(event.stream.id, cancelled.request),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, dataset: Uuid, request: ReleaseRequestId) {
        self.pending.retain(|_, pending| pending.dataset != dataset || pending.asked.request != request);
    }
}
