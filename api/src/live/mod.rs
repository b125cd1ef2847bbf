//! What has changed, told to whoever is connected.
//!
//! One follower a process reads the ledger, and one publisher asks the views what came of it: once for each change and not
//! once for each subscriber. What they find is put up on boards, of which everyone reads the newest sheet when they can; so
//! a subscriber that is slow misses sheets and never holds any back.

mod board;
mod due;
mod follower;
mod publisher;
mod requests;
mod visitors;

pub(crate) use due::NotedEvent;
pub(crate) use visitors::Visit;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::Stream;
use stele_domain::{ParticipantId, ProjectId, ReleaseRequestId};
use stele_ledger::{Ledger, Position};
use stele_projections::lineage::RequestRow;
use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
};

use self::{
    board::Board,
    due::{Cause, Due, want},
    visitors::Visitors,
};

/// How far the ledger has come.
#[derive(Clone, Debug)]
pub(crate) struct LedgerNews {
    pub(crate) position: Position,
    /// The newest events, in order.
    pub(crate) recent: Arc<VecDeque<NotedEvent>>,
}

/// How much a project has to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueNews {
    pub(crate) position: Position,
    /// How many tasks still need annotations.
    pub(crate) open_tasks: u64,
}

/// How much someone has not read yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NotificationNews {
    pub(crate) position: Position,
    pub(crate) unread: u64,
}

/// Tells whoever is connected what has changed. Cheap to clone; it ends with its last clone, or when it is stopped.
#[derive(Clone)]
pub struct Live {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    visitors: Visitors,
    stopped: watch::Sender<bool>,
    tasks: [AbortHandle; 3],
}

/// What follower, publisher and subscribers share.
struct Shared {
    ledger: Ledger,
    due: Mutex<Due>,
    /// Something is due.
    wake: Notify,
    ledger_board: Board<(), LedgerNews>,
    queue_board: Board<ProjectId, QueueNews>,
    quality_board: Board<ProjectId, Position>,
    notification_board: Board<ParticipantId, NotificationNews>,
    request_board: Board<ReleaseRequestId, RequestRow>,
    /// Somebody waits for a release.
    request_wanted: Notify,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl Live {
    /// Follows a ledger. Must be called within a Tokio runtime.
    #[must_use]
    pub fn start(ledger: Ledger) -> Self {
        let shared = Arc::new(Shared {
            ledger,
            due: Mutex::default(),
            wake: Notify::new(),
            ledger_board: Board::default(),
            queue_board: Board::default(),
            quality_board: Board::default(),
            notification_board: Board::default(),
            request_board: Board::default(),
            request_wanted: Notify::new(),
        });
        let tasks = [
            tokio::spawn(follower::follow(Arc::clone(&shared))).abort_handle(),
            tokio::spawn(publisher::publish(Arc::clone(&shared))).abort_handle(),
            tokio::spawn(requests::watch(Arc::clone(&shared))).abort_handle(),
        ];
        Self {
            inner: Arc::new(Inner {
                shared,
                visitors: Visitors::default(),
                stopped: watch::Sender::new(false),
                tasks,
            }),
        }
    }

    /// Tells everyone who is connected to go, and follows no more.
    pub fn stop(&self) {
        self.inner.stopped.send_replace(true);
        self.inner.tasks.iter().for_each(AbortHandle::abort);
    }

    /// Turns true when everyone has to go.
    pub(crate) fn stopped(&self) -> watch::Receiver<bool> {
        self.inner.stopped.subscribe()
    }

    /// Who is connected.
    pub(crate) fn visitors(&self) -> &Visitors {
        &self.inner.visitors
    }

    /// Someone has read what they were told.
    pub(crate) fn has_read(&self, reader: ParticipantId) {
        let shared = &self.inner.shared;
        if shared.notification_board.is_read(&reader) {
            let mut due = shared.due();
            let cause = Cause { is_news: true, ..due.arrival() };
            want(&mut due.readers, reader, cause);
            drop(due);
            shared.wake.notify_one();
        }
    }

    /// The ledger's head: now, and whenever it moves.
    pub(crate) fn ledger(&self) -> impl Stream<Item = LedgerNews> + use<> {
        let shared = &self.inner.shared;
        let (sheets, is_empty) = shared.ledger_board.read(());
        if is_empty {
            let mut due = shared.due();
            due.ledger = due.ledger.or(Some(due.arrival()));
            drop(due);
            shared.wake.notify_one();
        }
        sheets
    }

    /// A project's open work: now, and whenever it changes.
    pub(crate) fn queue(&self, project: ProjectId) -> impl Stream<Item = QueueNews> + use<> {
        let shared = &self.inner.shared;
        let (sheets, is_empty) = shared.queue_board.read(project);
        if is_empty {
            let mut due = shared.due();
            let cause = due.arrival();
            want(&mut due.queue, project, cause);
            drop(due);
            shared.wake.notify_one();
        }
        sheets
    }

    /// A project's agreement: up to which position it is known, now and whenever it changes.
    pub(crate) fn quality(&self, project: ProjectId) -> impl Stream<Item = Position> + use<> {
        let shared = &self.inner.shared;
        let (sheets, is_empty) = shared.quality_board.read(project);
        if is_empty {
            let mut due = shared.due();
            let cause = due.arrival();
            want(&mut due.quality, project, cause);
            drop(due);
            shared.wake.notify_one();
        }
        sheets
    }

    /// What someone has not read yet: now, and whenever it changes.
    pub(crate) fn notifications(&self, reader: ParticipantId) -> impl Stream<Item = NotificationNews> + use<> {
        let shared = &self.inner.shared;
        let (sheets, is_empty) = shared.notification_board.read(reader);
        if is_empty {
            let mut due = shared.due();
            let cause = due.arrival();
            want(&mut due.readers, reader, cause);
            drop(due);
            shared.wake.notify_one();
        }
        sheets
    }

    /// How a release comes along that was asked for: now, and whenever that changes.
    pub(crate) fn release_request(&self, request: ReleaseRequestId) -> impl Stream<Item = RequestRow> + use<> {
        let shared = &self.inner.shared;
        let (sheets, _) = shared.request_board.read(request);
        shared.request_wanted.notify_one();
        sheets
    }
}

impl Shared {
    fn due(&self) -> MutexGuard<'_, Due> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_anyone_there(&self) -> bool {
        self.ledger_board.has_readers()
            || self.queue_board.has_readers()
            || self.quality_board.has_readers()
            || self.notification_board.has_readers()
    }
}
