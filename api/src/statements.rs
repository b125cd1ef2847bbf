//! What is asked of the database at nearly every request. Those who ask at the same moment share a statement.

use std::time::Duration;

use quick_cache::sync::Cache;
use stele_ledger::{Batched, Ledger, Statement};
use stele_projections::{task_detail::Tasks, task_queue::Shortlists};

use crate::{
    account::session::Lives,
    draft::Forget,
    seat::{Moves, Seat, Seats, Taken},
};

/// How often a statement is run at most that a request waits for several of.
const PACE: Duration = Duration::from_millis(2);
/// How often shortlists are made at most: one is much work, and serves any number.
const SHORTLISTS: Duration = Duration::from_millis(10);
/// How many seats are remembered.
const KNOWN_SEATS: usize = 50_000;

/// The statements that requests share.
pub struct Statements {
    pub(crate) sessions: Batched<Lives>,
    pub(crate) shortlists: Batched<Shortlists>,
    pub(crate) tasks: Batched<Tasks>,
    pub(crate) seats: Batched<Seats>,
    pub(crate) moves: Batched<Moves>,
    /// Who was last seen to sit where. It may be old, as another server may have moved them.
    pub(crate) known_seats: Cache<Seat, Taken>,
    pub(crate) ended_drafts: Batched<Forget>,
}

impl Statements {
    /// Begins to answer for a ledger. Must be called within a Tokio runtime.
    #[must_use]
    pub fn start(ledger: &Ledger) -> Self {
        fn batched<S: Statement>(ledger: &Ledger, statement: S, pace: Duration) -> Batched<S> {
            Batched::start(ledger.database().pool().clone(), statement, pace)
        }
        Self {
            sessions: batched(ledger, Lives::of(ledger.clone()), PACE),
            shortlists: batched(ledger, Shortlists::of(ledger.clone()), SHORTLISTS),
            tasks: batched(ledger, Tasks::of(ledger), PACE),
            seats: batched(ledger, Seats::of(ledger), PACE),
            moves: batched(ledger, Moves::of(ledger), PACE),
            known_seats: Cache::new(KNOWN_SEATS),
            ended_drafts: batched(ledger, Forget::of(ledger), PACE),
        }
    }
}
