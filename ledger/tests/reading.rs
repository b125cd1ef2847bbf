//! Reading: in order, without gaps, as of any moment, and following what comes.

mod support;

use std::pin::pin;

use futures::StreamExt;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_ledger::{AsOf, EventFilter, Expected, Position, ReadError};
use support::{append, audit, open};

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_follower_hears_of_another_process(_: PgPoolOptions, options: PgConnectOptions) {
    let (here, elsewhere) = (open(&options).await, open(&options).await);
    let mut follower = pin!(here.follow(Position::START, EventFilter::all()));
    let mut seen = Vec::new();
    for round in 0..20_u128 {
        let writer = if round % 2 == 0 { &here } else { &elsewhere };
        writer.append(append(round, Expected::Exactly(0), &format!("{round}"), 2)).await.expect("recorded");
        while (seen.len() as u128) < 2 * (round + 1) {
            let batch = follower.next().await.expect("never ends").expect("readable");
            seen.extend(batch.events.into_iter().map(|event| event.position.get()));
        }
    }
    assert_eq!(seen, (1..=40).collect::<Vec<_>>());
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_filter_skips_events_and_still_makes_progress(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    ledger.append(append(1, Expected::Any, "a", 5)).await.expect("recorded");
    let mut follower = pin!(ledger.follow(Position::START, EventFilter::named(&["TaskCreated"])));
    let batch = follower.next().await.expect("never ends").expect("readable");
    assert!(batch.events.is_empty());
    assert_eq!(batch.through, Position::from(5));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_time_means_one_position(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let before = ledger.clock().now();
    for round in 0..9_u128 {
        ledger.append(append(round, Expected::Any, &format!("{round}"), 3)).await.expect("recorded");
    }
    let events = audit(&ledger).await;
    for event in &events {
        let known = events.iter().filter(|other| other.recorded_at <= event.recorded_at).count() as u64;
        let position = ledger.as_of(AsOf::Time(event.recorded_at)).await.expect("a position");
        assert_eq!(position.get(), known);
    }
    assert_eq!(ledger.as_of("1999-01-01T00:00:00Z".parse().expect("a time")).await.expect("ok"), Position::START);
    assert!(ledger.as_of(AsOf::Time(before)).await.expect("ok") < Position::from(27));
    assert_eq!(ledger.as_of(AsOf::Now).await.expect("ok"), Position::from(27));
    assert_eq!(ledger.as_of("12".parse().expect("a position")).await.expect("ok"), Position::from(12));
    let beyond = ledger.as_of(AsOf::Position(Position::from(28))).await;
    assert!(matches!(beyond, Err(ReadError::BeyondHead { .. })));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn the_root_at_a_position_is_what_the_head_was(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let mut roots = vec![ledger.head().await.expect("a head").root()];
    for round in 0..7_u128 {
        ledger.append(append(round, Expected::Any, &format!("{round}"), 1)).await.expect("recorded");
        roots.push(ledger.head().await.expect("a head").root());
    }
    for (position, root) in (0..).zip(roots) {
        assert_eq!(ledger.root_at(Position::from(position)).await.expect("readable"), root);
    }
}
