//! What earlier editions of the schema hold must survive every later migration.

mod support;

use sha2::{Digest, Sha256};
use sqlx::{PgPool, postgres::PgConnectOptions};
use stele_ledger::{Expected, MIGRATOR, Position, Recorded, leaf_hash};
use stele_tlog::Frontier;
use support::{append, audit, open, stream};
use uuid::Uuid;

/// The last edition that kept receipts in a table of their own.
const RECEIPTS_IN_A_TABLE: i64 = 3;

#[sqlx::test(migrations = false)]
async fn receipts_move_onto_the_events(pool: PgPool) {
    MIGRATOR.run_to(RECEIPTS_IN_A_TABLE, &pool).await.expect("the earlier migrations run");
    let ledger_id = Uuid::from_u128(1);
    sqlx::query("select ledger_begin($1, 'test', $2, now())")
        .bind(ledger_id)
        .bind(vec![7_u8; 32])
        .execute(&pool)
        .await
        .expect("a ledger begins");
    record(&pool, ledger_id, "one", 1..=1).await;
    record(&pool, ledger_id, "three", 2..=4).await;

    MIGRATOR.run(&pool).await.expect("the later migrations run");
    let options: PgConnectOptions = (*pool.connect_options()).clone();
    let ledger = open(&options).await;
    for (key, first, last) in [("one", 1, 1), ("three", 2, 4)] {
        let receipt = ledger.append(append(9, Expected::Any, key, 1)).await.expect("replayed");
        assert_eq!((receipt.first.get(), receipt.last.get(), receipt.replayed), (first, last, true), "{key}");
        assert_eq!(receipt.stream, stream(1));
    }
    ledger.append(append(2, Expected::Exactly(0), "new", 2)).await.expect("recorded");
    assert_eq!(audit(&ledger).await.len(), 6);
}

/// Appends events at these positions to stream 1 as the earlier edition did.
async fn record(pool: &PgPool, ledger_id: Uuid, key: &str, positions: std::ops::RangeInclusive<u64>) {
    let (size, frontier): (i64, Vec<u8>) =
        sqlx::query_as("select size, frontier from ledger_head").fetch_one(pool).await.expect("a head");
    let mut new_frontier = Frontier::from_bytes(size.cast_unsigned(), &frontier).expect("a frontier");
    let metadata = format!(r#"{{"command_id":"{key}"}}"#);
    let at: stele_domain::Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
    let events: Vec<Recorded> = positions
        .map(|position| Recorded {
            position: Position::from(position),
            event_id: Uuid::from_u128(position.into()),
            stream: stream(1),
            stream_version: position,
            name: "TaskClosed".into(),
            schema_version: 1,
            payload: "{}".into(),
            metadata: metadata.clone(),
            occurred_at: at,
            recorded_at: at,
            leaf_hash: [0; 32],
        })
        .collect();
    let leaves: Vec<[u8; 32]> = events.iter().map(|event| leaf_hash(ledger_id, event)).collect();
    leaves.iter().for_each(|leaf| new_frontier.push(*leaf));
    let count = events.len();
    let written: bool = sqlx::query_scalar(
        "select ledger_append(
            $1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
    )
    .bind(ledger_id)
    .bind(size)
    .bind(frontier)
    .bind(at.to_utc())
    .bind(new_frontier.to_bytes())
    .bind(events.iter().map(|event| event.event_id).collect::<Vec<_>>())
    .bind(vec!["task"; count])
    .bind(vec![stream(1).id; count])
    .bind(events.iter().map(|event| event.stream_version.cast_signed()).collect::<Vec<_>>())
    .bind(vec!["TaskClosed"; count])
    .bind(vec![1; count])
    .bind(vec!["{}"; count])
    .bind(vec![metadata; count])
    .bind(vec![at.to_utc(); count])
    .bind(leaves.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>())
    .bind(vec![key])
    .bind(vec![Sha256::digest(key).as_slice()])
    .bind(vec![events[0].position.get().cast_signed()])
    .bind(vec![events[count - 1].position.get().cast_signed()])
    .fetch_one(pool)
    .await
    .expect("the earlier function takes it");
    assert!(written);
}
