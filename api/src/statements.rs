//! What is asked of the database at nearly every request. Those who ask at the same moment share a statement.

use stele_ledger::{Batched, Ledger, Statement};
use stele_projections::{task_detail::Tasks, task_queue::Shortlists};

use crate::{
    account::session::Lives,
    draft::Forget,
    seat::{Moves, Seats},
};

/// The statements that requests share.
pub struct Statements {
    pub(crate) sessions: Batched<Lives>,
    pub(crate) shortlists: Batched<Shortlists>,
    pub(crate) tasks: Batched<Tasks>,
    pub(crate) seats: Batched<Seats>,
    pub(crate) moves: Batched<Moves>,
    pub(crate) ended_drafts: Batched<Forget>,
}

impl Statements {
    /// Begins to answer for a ledger. Must be called within a Tokio runtime.
    #[must_use]
    pub fn start(ledger: &Ledger) -> Self {
        fn batched<S: Statement>(ledger: &Ledger, statement: S) -> Batched<S> {
            Batched::start(ledger.database().pool().clone(), statement)
        }
        Self {
            sessions: batched(ledger, Lives::of(ledger.clone())),
            shortlists: batched(ledger, Shortlists::of(ledger.clone())),
            tasks: batched(ledger, Tasks::of(ledger)),
            seats: batched(ledger, Seats::of(ledger)),
            moves: batched(ledger, Moves::of(ledger)),
            ended_drafts: batched(ledger, Forget::of(ledger)),
        }
    }
}
