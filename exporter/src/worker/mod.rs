//! The export worker: makes the releases that are asked for.
//!
//! Whoever wants a release has an event recorded that asks for it. A worker follows the ledger, makes one release after another
//! in `FOLDER/NAME/VERSION/`, and records what came of each. It keeps nothing of its own: a request that a worker had begun when
//! it died is there for the next one, and what it left behind has no name that could be taken for a dataset.

mod error;
mod hold;
mod making;
mod outlook;
mod place;
mod plan;
mod progress;

use std::{collections::HashMap, fmt, path::PathBuf, sync::Arc, time::Duration};

use stele_domain::{
    Aggregate, ReleaseRequestId,
    dataset::{Dataset, DatasetCommand, DatasetRefusal, ReleaseVersion, RequestEnd},
};
use stele_ledger::{CommandContext, ExecuteError, Fingerprint, IdempotencyKey, Ledger, Position};
use tokio::{sync::watch, time::Instant};
use uuid::Uuid;

pub use self::error::WorkerError;
use self::{
    hold::Holder,
    making::Outcome,
    outlook::{Outlook, Pending},
    place::Place,
};

/// How long the worker rests between two looks at the ledger.
const GATHER: Duration = Duration::from_millis(100);
/// How long it rests after a failure of its own.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How long a request rests after the first fault; each further rest is twice as long.
const FIRST_REST: Duration = Duration::from_secs(1);
/// How long it rests at most.
const LONGEST_REST: Duration = Duration::from_mins(5);

/// Makes the releases that are asked for, one after another. Any number of workers may run: those of a dataset are made by one of
/// them at a time. One that makes a release has up to three connections to the database, and a fourth of its own while it runs.
#[derive(Clone)]
pub struct ReleaseWorker {
    ledger: Ledger,
    datasets: PathBuf,
    history: Option<PathBuf>,
}

impl fmt::Debug for ReleaseWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ledger, datasets, history } = self;
        let mut shown = f.debug_struct("ReleaseWorker");
        shown.field("ledger", &ledger.name()).field("datasets", datasets).field("history", history).finish()
    }
}

/// What a worker knows and has.
struct Desk {
    outlook: Outlook,
    holder: Holder,
    /// The requests that a fault has held up.
    rests: HashMap<ReleaseRequestId, Rest>,
}

/// How often a request has been held up, and until when it is left alone.
struct Rest {
    faults: u32,
    until: Instant,
}

impl ReleaseWorker {
    /// A worker that writes below the folder `datasets`, which is made if need be, for its owner alone. What is read of the history
    /// is kept in the folder `history`, if there is one.
    #[must_use]
    pub const fn new(ledger: Ledger, datasets: PathBuf, history: Option<PathBuf>) -> Self {
        Self { ledger, datasets, history }
    }

    /// Makes releases until `stop` turns true. One that is half made is left, and made again at the next start.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut desk = None;
        // closed is as good as told
        while !*stop.borrow() && stop.has_changed().is_ok() {
            let rest = match self.work(&mut desk, &mut stop).await {
                Ok(true) => continue,
                Ok(false) => Duration::ZERO,
                Err(error) => {
                    tracing::error!(%error, "no releases are made for a while");
                    AFTER_FAILURE
                }
            };
            let reached = desk.as_ref().map(|desk| desk.outlook.reached()).unwrap_or_default();
            let rested = async {
                tokio::time::sleep(rest).await;
                self.news(reached).await;
            };
            tokio::select! {
                () = rested => {}
                () = told(&mut stop) => return,
            }
        }
    }

    /// Waits until there may be more in the ledger, or for a second.
    async fn news(&self, reached: Position) {
        tokio::time::sleep(GATHER).await;
        self.ledger.grown_beyond(reached).await;
    }

    /// Does what is to be done next; false if that is nothing.
    async fn work(&self, desk: &mut Option<Desk>, stop: &mut watch::Receiver<bool>) -> Result<bool, WorkerError> {
        let desk = match desk {
            Some(desk) => desk,
            None => desk.insert(self.begin().await?),
        };
        self.look(&mut desk.outlook).await?;
        for pending in desk.outlook.pending() {
            let request = pending.asked.request;
            if desk.rests.get(&request).is_some_and(|rest| rest.until > Instant::now()) {
                continue;
            }
            if !desk.holder.take(pending.dataset).await? {
                continue;
            }
            let outcome = self.serve(desk, &pending, stop).await;
            desk.holder.free(pending.dataset).await;
            progress::forget(&self.ledger, request).await?;
            match outcome {
                Ok(()) => drop(desk.rests.remove(&request)),
                Err(error) => rest_after(&mut desk.rests, &pending, &error),
            }
            return Ok(true);
        }
        Ok(false)
    }

    async fn begin(&self) -> Result<Desk, WorkerError> {
        progress::forget_old(&self.ledger).await?;
        let outlook = Outlook::begin(&self.ledger).await?;
        Ok(Desk { outlook, holder: Holder::of(&self.ledger), rests: HashMap::new() })
    }

    /// Reads what is new, and asks for the releases that are due by plan.
    async fn look(&self, outlook: &mut Outlook) -> Result<(), WorkerError> {
        outlook.catch_up(&self.ledger).await?;
        for due in outlook.due(self.ledger.clock().now()) {
            let asked = due.request(&self.ledger, outlook.reached());
            match self.execute(due.dataset, due.key(&self.ledger), &DatasetCommand::Request(Box::new(asked))).await {
                Ok(()) => {}
                // those that wait are made first
                Err(ExecuteError::Refused(refusal)) => {
                    tracing::debug!(dataset = due.planned.name, %refusal, "a plan does not ask for now");
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Makes what is asked for, if it still is, and records what came of it. After an error it has to be tried again.
    async fn serve(
        &self,
        desk: &mut Desk,
        pending: &Arc<Pending>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), WorkerError> {
        // whoever held the dataset a moment ago may have met it
        self.look(&mut desk.outlook).await?;
        if !desk.outlook.is_pending(pending) {
            return Ok(());
        }
        let (dataset, request) = (pending.dataset, pending.asked.request);
        let place = Place::of(&self.datasets, &pending.asked);
        tracing::info!(dataset = pending.asked.name, %request, "a release is being made");
        match self.make(desk, pending, &place, stop).await? {
            Outcome::Made(version) => self.meet(pending, &place, version).await?,
            Outcome::Impossible(reason) => {
                place.clear().await?;
                tracing::warn!(dataset = pending.asked.name, %request, reason, "a release can't be made");
                self.record(dataset, DatasetCommand::Fail { request, reason }).await?;
            }
            Outcome::Ended => {
                place.clear().await?;
                tracing::info!(dataset = pending.asked.name, %request, "the release is not wanted any more");
            }
            Outcome::Stopped => place.clear().await?,
        }
        Ok(())
    }

    /// Gives the files of a release their place, and records that it is there: in this order, so that whoever is told of it finds it.
    async fn meet(&self, pending: &Pending, place: &Place, version: ReleaseVersion) -> Result<(), WorkerError> {
        let request = pending.asked.request;
        let (state, _) = self.ledger.load::<Dataset>(pending.dataset).await?;
        if !state.is_pending(request) {
            return place.clear().await;
        }
        let is_new = place.settle(version).await?;
        let refused = self.record(pending.dataset, DatasetCommand::Meet { request, version }).await?;
        if refused.is_some() && is_new && !self.is_met(pending).await? {
            // it was taken back at the last moment
            return place.vacate(version).await;
        }
        tracing::info!(dataset = pending.asked.name, %request, %version, "a release has been made");
        Ok(())
    }

    /// Whether somebody else has met the request.
    async fn is_met(&self, pending: &Pending) -> Result<bool, WorkerError> {
        let (state, _) = self.ledger.load::<Dataset>(pending.dataset).await?;
        let again = DatasetCommand::Fail { request: pending.asked.request, reason: "asked".to_owned() };
        let end = RequestEnd::Met;
        Ok(state.decide(&again) == Err(DatasetRefusal::RequestEnded { end }))
    }

    /// Records what came of a request; the refusal if it has ended already.
    async fn record(&self, dataset: Uuid, command: DatasetCommand) -> Result<Option<DatasetRefusal>, WorkerError> {
        // what has been recorded is told by the request's end, so every attempt has a name of its own
        let key = self.ledger.mint().fresh::<Uuid>().into();
        match self.execute(dataset, key, &command).await {
            Ok(()) => Ok(None),
            Err(ExecuteError::Refused(refusal)) => Ok(Some(refusal)),
            Err(error) => Err(error.into()),
        }
    }

    async fn execute(
        &self,
        dataset: Uuid,
        key: IdempotencyKey,
        command: &DatasetCommand,
    ) -> Result<(), ExecuteError<DatasetRefusal>> {
        let fingerprint = Fingerprint::of(key.as_str().as_bytes());
        let context = CommandContext { actor: None, key, fingerprint, occurred_at: None, correlation_id: None };
        self.ledger.execute::<Dataset>(dataset, &context, command).await?;
        Ok(())
    }
}

/// Waits until a worker is told to stop, or nobody is left to tell it.
async fn told(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// Leaves a request alone for a while that a fault has held up.
fn rest_after(rests: &mut HashMap<ReleaseRequestId, Rest>, pending: &Pending, error: &WorkerError) {
    let request = pending.asked.request;
    let faults = rests.get(&request).map_or(0, |rest| rest.faults) + 1;
    let length = FIRST_REST.saturating_mul(2_u32.saturating_pow(faults - 1)).min(LONGEST_REST);
    tracing::warn!(dataset = pending.asked.name, %request, %error, ?length, "a release is made later");
    rests.insert(request, Rest { faults, until: Instant::now() + length });
}
