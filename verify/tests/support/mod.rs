//! A ledger with signed checkpoints, written as a server would write it.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod mutation;

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use stele_domain::{StreamType, Timestamp};
use stele_ledger::{
    Append, Clock, Database, EventFilter, Expected, Fingerprint, KeyStore, Ledger, Metadata, NewEvent, Position,
    StreamKey,
};
use stele_tlog::{Checkpoint, Hash, Signer, fold};
use stele_verify::{Options, Report, verify_ledger};
use uuid::Uuid;

/// A clock that goes on by a second whenever it is asked.
#[derive(Debug, Default)]
struct Ticking(AtomicU32);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("valid");
        start.plus_seconds(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

pub(crate) fn signer(name: &str) -> Signer {
    Signer::new(name, [7; 32]).expect("a good name")
}

/// What an auditor of the ledger goes by.
pub(crate) fn options(name: &str) -> Options {
    Options { key: Some(signer(name).verifier().clone()), ..Options::default() }
}

/// A ledger of so many events with a checkpoint after each of the sizes.
pub(crate) async fn make(
    database: &PgConnectOptions,
    name: &str,
    seed: u64,
    events: usize,
    sizes: &[usize],
) -> Vec<Hash> {
    let pool = Database::connect(database.clone(), 4).await.expect("the test database is migrated");
    let keys = KeyStore::in_process(database).await.expect("a key store");
    let ledger = Ledger::open(pool, name, Arc::new(Ticking::default()), keys).await.expect("opened");
    let mut random = StdRng::seed_from_u64(seed);
    let (mut written, mut command) = (0, 0);
    while written < events {
        let count = if random.random_bool(0.3) { random.random_range(2..6) } else { 1 };
        let count = count.min(events - written);
        ledger.append(append(&mut random, name, command, count)).await.expect("recorded");
        written += count;
        command += 1;
    }
    let head = ledger.head().await.expect("a head").position();
    let events = ledger.read(Position::START, head, &EventFilter::all()).await.expect("readable");
    let leaves: Vec<Hash> = events.iter().map(|event| event.leaf_hash).collect();
    let mut connection = PgConnection::connect_with(database).await.expect("a connection");
    for size in sizes {
        publish(&mut connection, ledger.id(), name, &leaves[..*size]).await;
    }
    leaves
}

/// An append of so many events, of one of a few streams.
fn append(random: &mut StdRng, name: &str, command: usize, count: usize) -> Append {
    let types = [StreamType::Task, StreamType::Project, StreamType::Participant];
    let stream =
        StreamKey { stream_type: types[random.random_range(0..3)], id: Uuid::from_u128(random.random_range(1..40)) };
    let mut metadata = Metadata::of(
        format!("{name} command {command}").try_into().expect("a valid key"),
        Fingerprint::of(&command.to_be_bytes()),
    );
    if random.random_bool(0.5) {
        metadata.correlation_id = Some(Uuid::from_u128(random.random()));
    }
    let event = |random: &mut StdRng| {
        let payload =
            format!(r#"{{"note": "ä {}\n","n":{}}}"#, "x".repeat(random.random_range(0..50)), random.random::<u32>());
        let occurred = random.random_bool(0.5).then(|| "2020-02-29T23:59:59.000001Z".parse().expect("valid"));
        NewEvent::new(Uuid::from_u128(random.random()), "TaskClosed", 1, payload, occurred)
    };
    let events = (0..count).map(|_| event(random)).collect();
    Append::new(stream, Expected::Any, &metadata, events).expect("writable")
}

/// The signed note of a checkpoint over these leaves.
pub(crate) fn note(name: &str, leaves: &[Hash]) -> String {
    Checkpoint::new(name, leaves.len() as u64, fold(leaves)).expect("a good name").sign(&signer(name))
}

/// Publishes a checkpoint over these leaves, with every node of the tree.
pub(crate) async fn publish(connection: &mut PgConnection, ledger_id: Uuid, name: &str, leaves: &[Hash]) {
    let (mut levels, mut indexes, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    for level in 1..=7_i32 {
        for (index, leaves) in (0_i64..).zip(leaves.chunks_exact(256_usize.saturating_pow(level.cast_unsigned()))) {
            levels.push(level);
            indexes.push(index);
            hashes.push(fold(leaves).to_vec());
        }
    }
    let size = i64::try_from(leaves.len()).expect("small");
    let published: bool = sqlx::query_scalar("select ledger_publish($1, $2, $3, $4, $5, $6)")
        .bind(ledger_id)
        .bind(size)
        .bind(note(name, leaves))
        .bind(levels)
        .bind(indexes)
        .bind(hashes)
        .fetch_one(connection)
        .await
        .expect("published");
    assert!(published);
}

pub(crate) async fn verify(connection: &mut PgConnection, name: &str) -> Report {
    verify_ledger(connection, name, &options(name), |_| {}).await.expect("verified")
}

/// Executes statements that nothing but a test may.
pub(crate) async fn tamper(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}
