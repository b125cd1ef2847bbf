//! What the ledger's tests share: an open ledger, and a way to check one from the outside.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use stele_domain::StreamType;
use stele_ledger::{
    Append, Database, DatabaseError, EventFilter, Expected, Fingerprint, KeyStore, Ledger, Metadata, NewEvent,
    Position, Recorded, StreamKey, SystemClock, leaf_hash,
};
use stele_tlog::Frontier;
use uuid::Uuid;

/// The ledger `test`, as one server process would open it.
pub(crate) async fn open(options: &PgConnectOptions) -> Ledger {
    open_named(options, "test").await.expect("the ledger opens")
}

/// The ledger of this name, as one server process would open it.
pub(crate) async fn open_named(options: &PgConnectOptions, name: &str) -> Result<Ledger, DatabaseError> {
    let database = Database::connect(options.clone(), 8).await?;
    let keys = KeyStore::in_process(options).await.expect("a key store");
    Ledger::open(database, name, Arc::new(SystemClock), keys).await
}

pub(crate) fn stream(number: u128) -> StreamKey {
    StreamKey { stream_type: StreamType::Task, id: Uuid::from_u128(number) }
}

/// An append of `count` small events.
pub(crate) fn append(number: u128, expected: Expected, key: &str, count: usize) -> Append {
    let event = |place| {
        let payload = format!(r#"{{"project":"{}","note":"{key}/{place}  kept as it is"}}"#, Uuid::from_u128(1));
        NewEvent::new(Uuid::from_u128(place as u128), "TaskClosed", 1, payload, None)
    };
    append_of(number, expected, key, key, (0..count).map(event).collect())
}

/// An append of these events, by the command of this name that asks for `request`.
pub(crate) fn append_of(number: u128, expected: Expected, key: &str, request: &str, events: Vec<NewEvent>) -> Append {
    let key = key.to_owned().try_into().expect("a valid key");
    let command = Metadata::of(key, Fingerprint::of(request.as_bytes()));
    Append::new(stream(number), expected, &command, events).expect("writable")
}

/// One event that holds nothing.
pub(crate) fn event(payload: &str) -> NewEvent {
    NewEvent::new(Uuid::nil(), "TaskClosed", 1, payload.into(), None)
}

/// Every event, after checking all that an outsider can check: positions, versions, times, leaves and root.
pub(crate) async fn audit(ledger: &Ledger) -> Vec<Recorded> {
    let head = ledger.head().await.expect("a head");
    let events = ledger.read(Position::START, head.position(), &EventFilter::all()).await.expect("readable");
    assert_eq!(events.len() as u64, head.position().get(), "as many events as the head says");
    let mut frontier = Frontier::default();
    let mut versions = std::collections::HashMap::new();
    let mut last = None;
    for (expected, event) in (1..).zip(&events) {
        assert_eq!(event.position.get(), expected, "no gap and no repetition");
        let version = versions.entry(event.stream).or_insert(0);
        *version += 1;
        assert_eq!(event.stream_version, *version, "versions count up in {}", event.stream);
        assert!(last <= Some(event.recorded_at), "time runs forward");
        last = Some(event.recorded_at);
        assert_eq!(leaf_hash(ledger.id(), event), event.leaf_hash, "leaf {expected}");
        frontier.push(event.leaf_hash);
    }
    assert_eq!(frontier, head.frontier, "the head's frontier is that of the events");
    events
}
