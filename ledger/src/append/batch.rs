//! An append that waits for its answer.

use tokio::sync::oneshot;

use super::{Append, AppendError};
use crate::Receipt;

/// Whoever waits for what becomes of an append.
pub(super) type Caller = oneshot::Sender<Result<Receipt, AppendError>>;

/// An append, and whom to tell what became of it.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) append: Append,
    caller: Option<Caller>,
}

impl Pending {
    pub(super) fn new(append: Append) -> (Self, oneshot::Receiver<Result<Receipt, AppendError>>) {
        let (caller, outcome) = oneshot::channel();
        (Self { append, caller: Some(caller) }, outcome)
    }

    /// Whether nobody has been told anything yet.
    pub(super) const fn is_waiting(&self) -> bool {
        self.caller.is_some()
    }

    /// Whom to tell; nobody else may from now on.
    pub(super) const fn take_caller(&mut self) -> Option<Caller> {
        self.caller.take()
    }

    /// Tells the caller; one that has gone away no longer cares.
    pub(super) fn answer(&mut self, outcome: Result<Receipt, AppendError>) {
        if let Some(caller) = self.caller.take() {
            drop(caller.send(outcome));
        }
    }
}
