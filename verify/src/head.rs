//! The ledger's head: what it says of the events must be what they are.

use serde::{Deserialize, Serialize};

use crate::{
    finding::{FindingKind, Findings},
    instant::Instant,
    leaves::{Agreement, Leaves},
};

/// A row of the table `ledger_head` without its ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredHead {
    /// How many events there are.
    pub size: i64,
    /// How often the history was begun or taken up again.
    pub epoch: i64,
    /// When the last event was recorded.
    pub recorded_at: Instant,
    /// The roots of the perfect subtrees, largest first.
    #[serde(with = "hex::serde")]
    pub frontier: Vec<u8>,
}

/// What the events say of the head.
pub(crate) struct Expected {
    /// The last event's position.
    pub(crate) last: u64,
    /// When that was recorded; `None` if there are no events.
    pub(crate) recorded_at: Option<Instant>,
    pub(crate) epoch: u64,
    pub(crate) is_complete: bool,
}

impl StoredHead {
    /// Whether it is of more events than there are.
    pub(crate) fn is_ahead(&self, last: u64) -> bool {
        u64::try_from(self.size).is_ok_and(|size| size > last)
    }

    pub(crate) fn check(&self, expected: &Expected, leaves: &mut Leaves, findings: &mut Findings) {
        let agreement = leaves.compare_frontier(&self.frontier, findings);
        let mut is_complete = expected.is_complete;
        if self.is_ahead(expected.last) && agreement != Agreement::Computed {
            is_complete = false;
            let detail = format!("the head is of {} events, and there are {}", self.size, expected.last);
            findings.add(FindingKind::Incomplete, expected.last + 1, "ledger_head.size", detail);
        } else if u64::try_from(self.size) != Ok(expected.last) {
            let detail = format!("it is {}, and there are {} events", self.size, expected.last);
            let beyond = u64::try_from(self.size).map_or(expected.last, |size| expected.last.min(size + 1));
            findings.tampered(beyond, "ledger_head.size", detail);
        } else if agreement == Agreement::Neither {
            self.compare_subtrees(leaves, findings);
        }
        if !is_complete {
            return;
        }
        if expected.recorded_at.is_some_and(|recorded_at| recorded_at != self.recorded_at) {
            findings.tampered(expected.last, "ledger_head.recorded_at", "it is not that of the last event");
        }
        if u64::try_from(self.epoch) != Ok(expected.epoch) {
            let detail =
                format!("it is {}, and the history was begun or recovered {} times", self.epoch, expected.epoch);
            findings.tampered(None, "ledger_head.epoch", detail);
        }
    }

    /// Says below which of the subtrees the difference is.
    fn compare_subtrees(&self, leaves: &Leaves, findings: &mut Findings) {
        let (size, frontier) = leaves.frontier();
        if frontier.len() != self.frontier.len() {
            return findings.tampered(None, "ledger_head.frontier", "it is not of so many events");
        }
        let mut first = 1;
        let subtrees = frontier.chunks(32).zip(self.frontier.chunks(32));
        for ((computed, stored), height) in
            subtrees.zip((0..u64::BITS).rev().filter(|height| size >> height & 1 == 1))
        {
            let last = first - 1 + (1 << height);
            if computed != stored {
                let detail = format!("its root over the events {first} to {last} is not theirs");
                findings.tampered(first, "ledger_head.frontier", detail);
            }
            first = last + 1;
        }
    }
}
