//! Appending: once each, gapless, in one order, whoever appends.

mod support;

use std::collections::HashSet;

use futures::future::join_all;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_ledger::{AppendError, Expected};
use support::{append, append_of, audit, event, open, stream};

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn an_append_is_kept_to_the_byte(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let receipt = ledger.append(append(1, Expected::Exactly(0), "first", 3)).await.expect("recorded");
    assert_eq!((receipt.first.get(), receipt.last.get(), receipt.replayed), (1, 3, false));
    let events = audit(&ledger).await;
    assert!(events[2].payload.contains("first/2  kept as it is"));
    assert_eq!(ledger.read_stream(stream(1), 1).await.expect("readable"), events[1..]);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_retry_gets_the_first_receipt_and_changes_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let first = ledger.append(append(1, Expected::Exactly(0), "once", 2)).await.expect("recorded");
    for expected in [Expected::Exactly(0), Expected::Exactly(2), Expected::Any] {
        let again = ledger.append(append(1, expected, "once", 2)).await.expect("replayed");
        assert!(again.replayed);
        assert_eq!((again.first, again.last, again.stream), (first.first, first.last, first.stream));
    }
    let other = append_of(1, Expected::Any, "once", "something else", vec![event("{}")]);
    assert!(matches!(ledger.append(other).await, Err(AppendError::KeyReused)));
    assert_eq!(audit(&ledger).await.len(), 2);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_stale_or_impossible_version_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    ledger.append(append(1, Expected::Exactly(0), "a", 1)).await.expect("recorded");
    let elsewhere = open(&options).await;
    for (asked, ledger) in [(0, &ledger), (2, &ledger), (0, &elsewhere), (2, &elsewhere)] {
        match ledger.append(append(1, Expected::Exactly(asked), &format!("{asked}"), 1)).await {
            Err(AppendError::Conflict { expected, actual: 1, .. }) => assert_eq!(expected, asked),
            other => panic!("expected a conflict at {asked}, got {other:?}"),
        }
    }
    assert!(matches!(ledger.append(append(1, Expected::Any, "none", 0)).await, Err(AppendError::EventCount(0))));
    assert_eq!(audit(&ledger).await.len(), 1);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn one_that_cant_be_stored_fails_alone(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let broken = append_of(99, Expected::Any, "broken", "broken", vec![event("this is not JSON")]);
    let sound = join_all((0..32).map(|n| ledger.append(append(n, Expected::Exactly(0), &format!("sound {n}"), 1))));
    let (broken, sound) = tokio::join!(ledger.append(broken), sound);
    assert!(matches!(broken, Err(AppendError::Database(_))), "{broken:?}");
    assert!(sound.iter().all(Result::is_ok));
    assert_eq!(audit(&ledger).await.len(), 32);
}

/// Two processes, 64 writers, streams that they fight over, and every command sent twice.
#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn two_processes_keep_one_order(_: PgPoolOptions, options: PgConnectOptions) {
    let processes = [open(&options).await, open(&options).await];
    let writers = (0..64_u128).map(|writer| {
        let processes = processes.clone();
        async move {
            let mut recorded = Vec::new();
            for round in 0..10 {
                let key = format!("{writer}/{round}");
                let contested = append(1000 + round, Expected::Any, &key, 1 + (writer % 3) as usize);
                let (one, two) = tokio::join!(
                    processes[(writer % 2) as usize].append(contested.clone()),
                    processes[(writer as usize + 1) % 2].append(contested)
                );
                let (one, two) = (one.expect("recorded"), two.expect("recorded"));
                assert_eq!((one.first, one.last), (two.first, two.last), "one effect");
                assert!(one.replayed != two.replayed, "exactly one of the two did it");
                recorded.push(one.first..=one.last);
            }
            recorded
        }
    });
    let ranges: Vec<_> =
        join_all(writers.map(tokio::spawn)).await.into_iter().flat_map(|done| done.expect("no panic")).collect();
    let events = audit(&processes[0]).await;
    let mut covered = HashSet::new();
    for range in ranges {
        for position in range.start().get()..=range.end().get() {
            assert!(covered.insert(position), "position {position} belongs to one command");
        }
    }
    assert_eq!(covered.len(), events.len(), "every event belongs to an acknowledged command");
}
