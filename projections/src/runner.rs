//! Keeps the views current.
//!
//! A batch of events, the rows they change and the checkpoint are one transaction. The checkpoint's row is locked
//! with `skip locked`, so any number of processes can run the same views: whoever has the lock does the work, and
//! nobody does it twice.

use std::{sync::Arc, time::Duration};

use futures::future::try_join_all;
use stele_ledger::{Ledger, Position};
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::{ProjectionError, View, checkpoint, plans, tail::Tail, views};

/// How many positions one transaction covers.
const WINDOW: u64 = 2_000;

/// How long a view rests after a failure before it is tried again.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// How long a process waits before it looks again at a view that another one is folding.
const WHILE_BUSY: Duration = Duration::from_millis(100);

/// A view at work has two connections, one for its transaction and one to read events. Of the pool's connections the
/// views take half at most, and one view can always work.
const CONNECTIONS_A_VIEW: u32 = 4;

/// Begins a view's transaction. If a crash of the database takes its last ones back, checkpoint and rows together, they are
/// folded again; so they need not wait for the disk.
const BEGIN: &str = "begin; set local synchronous_commit = off";

/// Folds the ledger into its views.
#[derive(Clone)]
pub struct Runner {
    ledger: Ledger,
    tail: Arc<Tail>,
    /// How many more views may be at work.
    at_work: Arc<Semaphore>,
}

/// Where a view stands after some work on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caught {
    /// Its rows include this position, which was the head a moment ago.
    Up(Position),
    /// Its rows include this position, and there is more.
    Partly(Position),
    /// Another process is at it.
    Busy,
}

impl Runner {
    /// A runner for one ledger.
    #[must_use]
    pub fn new(ledger: Ledger) -> Self {
        let connections = ledger.database().pool().options().get_max_connections();
        let at_work = Arc::new(Semaphore::new((connections / CONNECTIONS_A_VIEW).max(1) as usize));
        let tail = Arc::new(Tail::of(ledger.clone()));
        Self { ledger, tail, at_work }
    }

    /// Keeps every view current until `stop` turns true. A view that fails is logged and tried again.
    pub async fn run(&self, stop: watch::Receiver<bool>) {
        let mut followers = JoinSet::new();
        for view in views() {
            let (runner, mut stop) = (self.clone(), stop.clone());
            let view: Arc<dyn View> = Arc::from(view);
            followers.spawn(async move {
                tokio::select! {
                    () = runner.keep_current(view.as_ref()) => {}
                    // a transaction dropped half way is rolled back, checkpoint and rows together
                    _ = stop.wait_for(|stop| *stop) => {}
                }
            });
        }
        let (ledger, mut stop) = (self.ledger.clone(), stop);
        followers.spawn(async move {
            tokio::select! {
                never = plans::keep_fitting(&ledger) => match never {},
                _ = stop.wait_for(|stop| *stop) => {}
            }
        });
        while followers.join_next().await.is_some() {}
    }

    async fn keep_current(&self, view: &dyn View) {
        loop {
            let due = Instant::now() + view.pace().rest();
            match self.step(view).await {
                Ok(Caught::Up(position)) => {
                    self.ledger.grown_beyond(position).await;
                    sleep_until(due).await;
                }
                Ok(Caught::Partly(_)) => {}
                Ok(Caught::Busy) => tokio::time::sleep(WHILE_BUSY).await,
                Err(error) => {
                    tracing::error!(view = %view.name(), %error, "a view could not be folded");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    /// Folds everything that is in the ledger now into every view, and returns the position they include.
    pub async fn catch_up(&self) -> Result<Position, ProjectionError> {
        let target = self.ledger.head().await?.position();
        let views = views();
        let folded = try_join_all(views.iter().map(|view| self.catch_up_view(view.as_ref(), target)));
        tokio::select! {
            folded = folded => folded.map(|_| target),
            never = plans::keep_fitting(&self.ledger) => match never {},
        }
    }

    async fn catch_up_view(&self, view: &dyn View, target: Position) -> Result<(), ProjectionError> {
        loop {
            match self.step(view).await? {
                Caught::Up(position) | Caught::Partly(position) if position >= target => return Ok(()),
                Caught::Up(_) | Caught::Partly(_) => {}
                Caught::Busy => tokio::time::sleep(WHILE_BUSY).await,
            }
        }
    }

    /// One transaction's worth of work on a view.
    async fn step(&self, view: &dyn View) -> Result<Caught, ProjectionError> {
        // never closed, so it can't fail; without a permit the work would only be less considerate
        let _permit = self.at_work.acquire().await.ok();
        let ledger_id = self.ledger.id();
        let mut rows = self.ledger.database().pool().begin_with(BEGIN).await?;
        let Some(checkpoint) = checkpoint::lock(&mut rows, ledger_id, view).await? else { return Ok(Caught::Busy) };
        if checkpoint.fold_version != view.fold_version() {
            drop(rows);
            tracing::info!(view = %view.name(), "the fold has changed: rebuilding");
            return self.rebuild(view).await.map(Caught::Partly);
        }
        let head = self.ledger.head().await?.position();
        let through = head.min(Position::from(checkpoint.position.get() + WINDOW));
        if through == checkpoint.position {
            return Ok(Caught::Up(head));
        }
        let events = self.tail.read(checkpoint.position, through, &view.filter()).await?;
        view.apply(&mut rows, ledger_id, &events).await?;
        checkpoint::advance(&mut rows, ledger_id, view, through).await?;
        rows.commit().await?;
        Ok(if through == head { Caught::Up(through) } else { Caught::Partly(through) })
    }

    /// Deletes a view's rows and folds the whole ledger again, in one transaction: readers see the old rows until
    /// the new ones are complete.
    pub async fn rebuild(&self, view: &dyn View) -> Result<Position, ProjectionError> {
        let ledger_id = self.ledger.id();
        let mut rows = self.ledger.database().pool().begin_with(BEGIN).await?;
        checkpoint::lock_waiting(&mut rows, ledger_id, view).await?;
        view.clear(&mut rows, ledger_id).await?;
        let head = self.ledger.head().await?.position();
        let mut reached = Position::START;
        while reached < head {
            let through = head.min(Position::from(reached.get() + WINDOW));
            let events = self.ledger.read(reached, through, &view.filter()).await?;
            let events: Vec<_> = events.into_iter().map(Arc::new).collect();
            view.apply(&mut rows, ledger_id, &events).await?;
            reached = through;
        }
        checkpoint::advance(&mut rows, ledger_id, view, reached).await?;
        rows.commit().await?;
        Ok(reached)
    }
}
