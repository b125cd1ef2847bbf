//! Which of a batch's appends can be recorded, and exactly what is written for them. Pure.

use std::collections::{HashMap, HashSet};

use stele_domain::Timestamp;
use stele_tlog::{Frontier, Hash, LogEntry};
use uuid::Uuid;

use super::{Append, Expected, batch::Pending};
use crate::{Head, Position, Receipt, StreamKey};

/// What becomes of a batch. An append that is neither accepted nor conflicting shares its key with an accepted one,
/// and waits until that one is recorded.
#[derive(Debug)]
pub(super) struct Plan {
    /// To be written, in this order.
    pub(super) accepted: Vec<Accepted>,
    /// Their places in the batch, where the stream does not seem to be where they expect it.
    pub(super) conflicting: Vec<usize>,
    /// The head once the accepted appends are written.
    pub(super) head: Head,
    /// The versions of the streams that they touch, by then.
    pub(super) versions: HashMap<StreamKey, u64>,
}

/// One append that is to be written.
#[derive(Debug)]
pub(super) struct Accepted {
    /// Its place in the batch.
    pub(super) place: usize,
    /// The version that its first event gives the stream.
    pub(super) first_version: u64,
    /// The leaf hashes of its events.
    pub(super) leaves: Vec<Hash>,
    /// What its caller gets once it is written.
    pub(super) receipt: Receipt,
}

/// Plans a batch on top of `head`. `versions` has every stream whose version matters, but for those that are
/// expected not to exist: should one exist after all, the database refuses the batch and nothing is lost.
pub(super) fn plan(
    ledger_id: Uuid,
    head: &Head,
    now: Timestamp,
    batch: &[Pending],
    versions: &HashMap<StreamKey, u64>,
) -> Plan {
    // time never runs backwards within a ledger, whatever the machine's clock does
    let recorded_at = now.max(head.recorded_at);
    let recorded_text = recorded_at.to_string();
    let mut frontier = head.frontier.clone();
    let mut accepted = Vec::with_capacity(batch.len());
    let mut conflicting = Vec::new();
    let mut planned = HashMap::new();
    let mut keys = HashSet::new();
    for (place, pending) in batch.iter().enumerate() {
        let append = &pending.append;
        if keys.contains(&append.key) {
            continue;
        }
        let known = planned.get(&append.stream).or_else(|| versions.get(&append.stream)).copied();
        let version = match (append.expected, known) {
            (Expected::Exactly(expected), Some(actual)) if expected != actual => {
                conflicting.push(place);
                continue;
            }
            (Expected::Exactly(expected), _) => expected,
            (Expected::Any, known) => known.unwrap_or(0),
        };
        let first = Position::from(frontier.size() + 1);
        let leaves = push_leaves(ledger_id, append, version, &recorded_text, &mut frontier);
        keys.insert(&append.key);
        planned.insert(append.stream, version + append.events.len() as u64);
        let receipt = Receipt { stream: append.stream, first, last: frontier.size().into(), replayed: false };
        accepted.push(Accepted { place, first_version: version + 1, leaves, receipt });
    }
    Plan { accepted, conflicting, head: Head { epoch: head.epoch, recorded_at, frontier }, versions: planned }
}

fn push_leaves(
    ledger_id: Uuid,
    append: &Append,
    version: u64,
    recorded_at: &str,
    frontier: &mut Frontier,
) -> Vec<Hash> {
    let mut leaves = Vec::with_capacity(append.events.len());
    for (stream_version, event) in (version + 1..).zip(&append.events) {
        let entry = LogEntry {
            event_id: event.id,
            ledger_id,
            metadata_sha256: append.metadata_hash,
            name: &event.name,
            occurred_at: event.occurred_text.as_deref().unwrap_or(recorded_at),
            payload_sha256: event.payload_hash,
            recorded_at,
            schema_version: event.schema_version,
            stream_id: append.stream.id,
            stream_type: append.stream.stream_type.as_str(),
            stream_version,
        };
        let leaf = entry.leaf_hash();
        frontier.push(leaf);
        leaves.push(leaf);
    }
    leaves
}

#[cfg(test)]
mod tests {
    use stele_domain::StreamType;

    use super::*;
    use crate::{Fingerprint, Metadata, NewEvent};

    fn at(second: u32) -> Timestamp {
        format!("2026-01-01T00:00:{second:02}Z").parse().expect("valid time")
    }

    fn stream(number: u128) -> StreamKey {
        StreamKey { stream_type: StreamType::Task, id: Uuid::from_u128(number) }
    }

    fn pending(number: u128, expected: Expected, key: &str) -> Pending {
        let event = NewEvent::new(Uuid::from_u128(7), "TaskClosed", 1, "{}".into(), None);
        let command = Metadata::of(key.to_owned().try_into().expect("valid key"), Fingerprint::of(b""));
        Pending::new(Append::new(stream(number), expected, &command, vec![event]).expect("writable")).0
    }

    fn head() -> Head {
        Head { epoch: 1, recorded_at: at(10), frontier: Frontier::default() }
    }

    #[test]
    fn only_the_conflicting_appends_of_a_batch_are_refused() {
        let batch = [
            pending(1, Expected::Exactly(0), "a"),
            pending(1, Expected::Exactly(0), "b"),
            pending(1, Expected::Exactly(1), "c"),
            pending(2, Expected::Exactly(5), "d"),
            pending(3, Expected::Any, "e"),
            pending(4, Expected::Any, "a"),
        ];
        let plan = plan(Uuid::nil(), &head(), at(5), &batch, &HashMap::from([(stream(2), 4)]));
        let places: Vec<_> = plan.accepted.iter().map(|accepted| accepted.place).collect();
        assert_eq!(places, [0, 2, 4], "the last one waits for the first, whose key it has");
        assert_eq!(plan.conflicting, [1, 3]);
        assert_eq!(plan.head.position(), Position::from(3));
        assert_eq!(plan.versions[&stream(1)], 2);
    }

    #[test]
    fn recorded_time_never_decreases() {
        let recorded = |now| {
            let batch = [pending(1, Expected::Any, "a")];
            plan(Uuid::nil(), &head(), now, &batch, &HashMap::new()).head.recorded_at
        };
        assert_eq!(recorded(at(5)), at(10));
        assert_eq!(recorded(at(15)), at(15));
    }
}
