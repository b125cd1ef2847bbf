//! The making of one release: watched, and given up when nobody wants it any more.

use std::{path::PathBuf, sync::Arc, time::Duration};

use stele_domain::dataset::ReleaseVersion;
use stele_ledger::{AsOf, Ledger};
use tokio::{
    runtime::Handle,
    sync::{oneshot, watch},
    task::{JoinHandle, spawn_blocking},
    time::{MissedTickBehavior, interval},
};

use super::{Desk, ReleaseWorker, WorkerError, error::impossible, outlook::Pending, place::Place, progress, told};
use crate::{ExportError, History, Progress, Recipe, ReleaseRequest, Released, Request, release};

/// How often it is noted how far the work has come.
const NOTE_EVERY: Duration = Duration::from_secs(1);

/// What came of making a release.
pub(super) enum Outcome {
    /// It is on record, and in the folder where it was written.
    Made(ReleaseVersion),
    /// It can't be made.
    Impossible(String),
    /// It is not wanted any more.
    Ended,
    /// The worker is told to stop.
    Stopped,
}

/// A release that is being made on a thread of its own.
struct Making {
    thread: JoinHandle<Option<Result<Released, ExportError>>>,
    progress: watch::Receiver<Progress>,
    /// Dropped to have the work given up.
    goes_on: oneshot::Sender<()>,
}

impl Making {
    /// Begins. The files are written by calls that block, for as long as the disk takes; so the work has a thread that nobody else
    /// waits for, from where it still reads by the server's runtime.
    fn begin(ledger: Ledger, history: Option<PathBuf>, request: ReleaseRequest, out: PathBuf) -> Self {
        let (far, progress) = watch::channel(Progress { read: 0, total: 0 });
        let (goes_on, given_up) = oneshot::channel();
        let thread = spawn_blocking(move || {
            Handle::current().block_on(async move {
                let note = |progress| {
                    far.send_replace(progress);
                };
                tokio::select! {
                    made = release(History::of(&ledger, history), request, &out, note) => Some(made),
                    _ = given_up => None,
                }
            })
        });
        Self { thread, progress, goes_on }
    }

    /// Gives the work up, and waits until it has ended.
    async fn give_up(self) {
        drop(self.goes_on);
        drop(self.thread.await);
    }
}

impl ReleaseWorker {
    pub(super) async fn make(
        &self,
        desk: &mut Desk,
        pending: &Arc<Pending>,
        place: &Place,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Outcome, WorkerError> {
        let asked = &pending.asked;
        let recipe: Recipe = match serde_json::from_str(&asked.recipe) {
            Ok(recipe) => recipe,
            Err(error) => return Ok(Outcome::Impossible(format!("the recipe can't be read: {error}"))),
        };
        let rows = Request {
            project: asked.project.to_string(),
            known_at: AsOf::Position(asked.known_at.into()),
            happened_by: asked.happened_by,
            recipe,
        };
        let request = ReleaseRequest { dataset: asked.name.clone(), rows, actor: asked.requested_by };
        place.prepare().await?;
        let out = place.staged().to_owned();
        let mut making = Making::begin(self.ledger.clone(), self.history.clone(), request, out);
        let mut ticks = interval(NOTE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let reached = desk.outlook.reached();
            let progress = tokio::select! {
                biased;
                made = &mut making.thread => return outcome(made?),
                () = told(stop) => break,
                _ = ticks.tick() => Some(*making.progress.borrow()),
                () = self.news(reached) => None,
            };
            match self.watch(desk, pending, progress).await {
                Ok(true) => {}
                ended => {
                    making.give_up().await;
                    return ended.map(|_| Outcome::Ended);
                }
            }
        }
        making.give_up().await;
        Ok(Outcome::Stopped)
    }

    /// Looks around, and at times tells how far the work has come; whether it is still wanted.
    async fn watch(
        &self,
        desk: &mut Desk,
        pending: &Pending,
        progress: Option<Progress>,
    ) -> Result<bool, WorkerError> {
        if let Some(progress) = progress {
            desk.holder.check().await?;
            progress::note(&self.ledger, pending.asked.request, progress).await?;
        }
        self.look(&mut desk.outlook).await?;
        Ok(desk.outlook.is_pending(pending))
    }
}

fn outcome(made: Option<Result<Released, ExportError>>) -> Result<Outcome, WorkerError> {
    match made {
        Some(Ok(released)) => Ok(Outcome::Made(released.version)),
        Some(Err(error)) => match impossible(&error) {
            Some(reason) => Ok(Outcome::Impossible(reason)),
            None => Err(WorkerError::Export(Box::new(error))),
        },
        // nobody has told it to end, so it has not
        None => Ok(Outcome::Stopped),
    }
}
