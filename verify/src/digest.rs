//! What can be said of an event by itself: the part of a verification that costs time, so it runs on every core.

use std::{
    iter::Flatten,
    num::NonZero,
    panic,
    sync::{Mutex, PoisonError},
    thread, vec,
};

use sha2::{Digest, Sha256};
use stele_tlog::{Hash, LogEntry};
use uuid::Uuid;

use crate::{event::StoredEvent, instant::Instant, metadata::Metadata};

/// The name of the event with which a history is taken up again after a restore.
const RECOVERED: &str = "LedgerRecovered";

/// How many rows a core takes at a time: few enough that none is left waiting for another at the end of a page.
const SHARE: usize = 256;

/// An event reduced to what its neighbours are compared with.
pub(crate) struct Digested {
    pub(crate) position: i64,
    pub(crate) recorded_at: Instant,
    /// The leaf hash that its columns give, if they can have one.
    pub(crate) computed: Option<Hash>,
    /// The leaf hash that is stored with it, if it is one.
    pub(crate) stored: Option<Hash>,
    /// The hash of its stream's type and id.
    pub(crate) stream: Hash,
    pub(crate) stream_version: i64,
    /// The hash of its metadata's command id, if that can be read.
    pub(crate) command: Option<Hash>,
    /// The hash of its idempotency key.
    pub(crate) key: Option<Hash>,
    pub(crate) command_events: Option<i32>,
    pub(crate) is_recovery: bool,
    /// The columns that are wrong by themselves, and why.
    pub(crate) faults: Vec<(&'static str, &'static str)>,
}

impl Digested {
    /// Whether the stored leaf is that of the columns.
    pub(crate) fn is_sound(&self) -> bool {
        self.computed.is_some() && self.computed == self.stored
    }
}

#[cfg(test)]
impl Digested {
    /// An event that nothing is wrong with, but for what a test makes wrong.
    pub(crate) const fn sound(leaf: Hash) -> Self {
        Self {
            position: 0,
            recorded_at: Instant::from_micros(0),
            computed: Some(leaf),
            stored: Some(leaf),
            stream: [0; 32],
            stream_version: 1,
            command: None,
            key: None,
            command_events: None,
            is_recovery: false,
            faults: Vec::new(),
        }
    }
}

/// Digests events one after another, with buffers of its own.
pub(crate) struct Digester {
    ledger_id: Uuid,
    entry: Vec<u8>,
    occurred_at: Written,
    recorded_at: Written,
}

impl Digester {
    pub(crate) const fn new(ledger_id: Uuid) -> Self {
        Self { ledger_id, entry: Vec::new(), occurred_at: Written::new(), recorded_at: Written::new() }
    }

    /// A buffer for whoever gives it events; what is in it doesn't last.
    pub(crate) const fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.entry
    }

    pub(crate) fn digest(&mut self, event: &StoredEvent) -> Digested {
        let mut faults = Vec::new();
        let metadata = Metadata::parse(&event.metadata);
        if metadata.is_none() {
            faults.push(("metadata", "it is not what a ledger writes"));
        }
        let stored = event.leaf_hash.as_slice().try_into().ok();
        if stored.is_none() {
            faults.push(("leaf_hash", "it doesn't have 32 bytes"));
        }
        let command: Option<Hash> =
            metadata.as_ref().map(|metadata| Sha256::digest(metadata.command_id.as_bytes()).into());
        // nearly always the same text, which need not be hashed again
        let key = event.idempotency_key.as_ref().map(|key| match (&metadata, command) {
            (Some(metadata), Some(command)) if metadata.command_id == *key => command,
            _ => Sha256::digest(key).into(),
        });
        Digested {
            position: event.position,
            recorded_at: event.recorded_at,
            computed: self.leaf_hash(event, &mut faults),
            stored,
            stream: stream_hash(event),
            stream_version: event.stream_version,
            command,
            key,
            command_events: event.command_events,
            is_recovery: event.name == RECOVERED,
            faults,
        }
    }

    fn leaf_hash(&mut self, event: &StoredEvent, faults: &mut Vec<(&'static str, &'static str)>) -> Option<Hash> {
        let Ok(schema_version) = u16::try_from(event.schema_version) else {
            faults.push(("schema_version", "it is not from 0 to 65535"));
            return None;
        };
        let Ok(stream_version) = u64::try_from(event.stream_version) else {
            faults.push(("stream_version", "it is negative"));
            return None;
        };
        let Some(recorded_at) = self.recorded_at.text(event.recorded_at) else {
            faults.push(("recorded_at", "it is not in the years 0 to 9999"));
            return None;
        };
        let Some(occurred_at) = self.occurred_at.text(event.occurred_at) else {
            faults.push(("occurred_at", "it is not in the years 0 to 9999"));
            return None;
        };
        let entry = LogEntry {
            event_id: event.event_id,
            ledger_id: self.ledger_id,
            metadata_sha256: Sha256::digest(&event.metadata).into(),
            name: &event.name,
            occurred_at,
            payload_sha256: Sha256::digest(&event.payload).into(),
            recorded_at,
            schema_version,
            stream_id: event.stream_id,
            stream_type: &event.stream_type,
            stream_version,
        };
        Some(entry.leaf_hash_in(&mut self.entry))
    }
}

/// A time with its text, which is kept: most events share theirs with the one before.
struct Written {
    instant: Option<Instant>,
    text: String,
}

impl Written {
    const fn new() -> Self {
        Self { instant: None, text: String::new() }
    }

    fn text(&mut self, instant: Instant) -> Option<&str> {
        if self.instant != Some(instant) {
            self.instant = instant.write(&mut self.text).then_some(instant);
        }
        self.instant.map(|_| self.text.as_str())
    }
}

/// The id has a fixed length and comes last, so no two streams are hashed from the same bytes.
fn stream_hash(event: &StoredEvent) -> Hash {
    Sha256::new().chain_update(&event.stream_type).chain_update(event.stream_id.as_bytes()).finalize().into()
}

/// What became of a page's rows, in their order.
pub(crate) type Done<R> = Flatten<vec::IntoIter<Vec<R>>>;

/// Digests every one of the rows, spread over the cores.
///
/// The rows are taken, so that freeing them is spread as well.
pub(crate) fn on_every_core<T: Send, R: Send>(
    ledger_id: Uuid,
    rows: Vec<T>,
    digest: impl Fn(&mut Digester, T) -> R + Sync,
) -> Done<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(rows.len().div_ceil(SHARE));
    let shares = Mutex::new((0_usize.., rows.into_iter()));
    let next = || {
        let mut shares = shares.lock().unwrap_or_else(PoisonError::into_inner);
        let share: Vec<T> = shares.1.by_ref().take(SHARE).collect();
        shares.0.next().filter(|_| !share.is_empty()).map(|number| (number, share))
    };
    let work = || {
        let mut digester = Digester::new(ledger_id);
        let mut done = Vec::new();
        while let Some((number, share)) = next() {
            done.push((number, share.into_iter().map(|row| digest(&mut digester, row)).collect::<Vec<R>>()));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        let working: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let done =
            working.into_iter().map(|worker| worker.join().unwrap_or_else(|cause| panic::resume_unwind(cause)));
        done.flatten().collect::<Vec<_>>()
    });
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, share)| share).collect::<Vec<_>>().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Change = fn(&mut StoredEvent);

    fn event() -> StoredEvent {
        StoredEvent {
            position: 1,
            event_id: Uuid::from_u128(3),
            stream_type: "task".into(),
            stream_id: Uuid::from_u128(2),
            stream_version: 9,
            name: "TaskClosed".into(),
            schema_version: 1,
            payload: r#"{"project":"ä"}"#.into(),
            metadata: r#"{"command_id":"c"}"#.into(),
            occurred_at: Instant::from_text("2026-01-01T00:00:00.000001Z").expect("valid"),
            recorded_at: Instant::from_text("2026-01-01T00:00:00.000002Z").expect("valid"),
            leaf_hash: vec![0; 32],
            idempotency_key: Some("c".into()),
            command_events: Some(1),
        }
    }

    fn digest(event: &StoredEvent) -> Digested {
        Digester::new(Uuid::from_u128(1)).digest(event)
    }

    #[test]
    fn every_hashed_column_is_in_the_leaf() {
        let leaf = digest(&event()).computed.expect("a leaf");
        let changes: [Change; 10] = [
            |event| event.event_id = Uuid::nil(),
            |event| event.stream_type.push('s'),
            |event| event.stream_id = Uuid::nil(),
            |event| event.stream_version += 1,
            |event| event.name.push('d'),
            |event| event.schema_version += 1,
            |event| event.payload.push(' '),
            |event| event.metadata.push(' '),
            |event| event.occurred_at = event.recorded_at,
            |event| event.recorded_at = event.occurred_at,
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut other = event();
            change(&mut other);
            assert_ne!(digest(&other).computed.expect("a leaf"), leaf, "change {number}");
        }
        assert_ne!(Digester::new(Uuid::nil()).digest(&event()).computed, Some(leaf), "the ledger");
    }

    #[test]
    fn what_no_leaf_can_have_is_a_fault_of_its_column() {
        let changes: [(&str, Change); 6] = [
            ("schema_version", |event| event.schema_version = 65_536),
            ("stream_version", |event| event.stream_version = -1),
            ("recorded_at", |event| event.recorded_at = Instant::from_micros(i64::MAX)),
            ("occurred_at", |event| event.occurred_at = Instant::from_micros(i64::MIN)),
            ("leaf_hash", |event| event.leaf_hash.push(0)),
            ("metadata", |event| event.metadata.clear()),
        ];
        for (field, change) in changes {
            let mut other = event();
            change(&mut other);
            assert_eq!(digest(&other).faults.iter().map(|fault| fault.0).collect::<Vec<_>>(), [field]);
        }
        assert!(digest(&event()).faults.is_empty());
    }

    #[test]
    fn the_results_are_in_order_however_many_rows() {
        for count in [0, 1, 2, 3, 1000] {
            let rows: Vec<_> = (0..count).collect();
            assert_eq!(on_every_core(Uuid::nil(), rows.clone(), |_, row| row).collect::<Vec<_>>(), rows);
        }
    }
}
