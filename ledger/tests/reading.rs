//! Reading: in order, without gaps, as of any moment, and following what comes.

mod support;

use std::pin::pin;

use futures::StreamExt;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::project::Project;
use stele_ledger::{AsOf, EventFilter, Expected, Position, ReadError, Scanned};
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
async fn a_scan_gives_a_long_stretch_in_order(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    for round in 0..7_u128 {
        ledger.append(append(round, Expected::Any, &format!("{round}"), 200)).await.expect("recorded");
    }
    let (after, up_to) = (Position::from(13), Position::from(1_357));
    let mut scan = ledger.scan(after, up_to, &["TaskCreated", "TaskClosed"]);
    let mut scanned = Vec::new();
    while let Some(batch) = scan.next().await.expect("readable") {
        assert!(batch.len() <= 512, "{}", batch.len());
        scanned.extend(batch);
    }
    let read = ledger.read(after, up_to, &EventFilter::all()).await.expect("readable");
    let same = read.into_iter().map(|event| Scanned {
        position: event.position,
        event_id: event.event_id,
        stream_id: event.stream.id,
        name: "TaskClosed",
        schema_version: event.schema_version,
        payload: event.payload,
        occurred_at: event.occurred_at,
    });
    assert_eq!(scanned, same.collect::<Vec<_>>());
    assert_eq!(ledger.scan(after, up_to, &["TaskCreated"]).next().await.expect("readable"), None);
    // whoever stops listening gives the connection back
    for _ in 0..20 {
        assert!(ledger.scan(Position::START, up_to, &["TaskClosed"]).next().await.expect("readable").is_some());
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_is_not_of_tasks_is_read_by_its_kind(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let (project, key) = (ledger.mint().fresh::<uuid::Uuid>(), |key: &str| key.to_owned().try_into().expect("a key"));
    let command = stele_ledger::Metadata::of(key("p"), stele_ledger::Fingerprint::of(b""));
    let stream = stele_ledger::StreamKey { stream_type: stele_domain::StreamType::Project, id: project };
    let event = stele_ledger::NewEvent::new(project, "GuidelinesRevised", 1, "{}".into(), None);
    ledger.append(append(1, Expected::Any, "a", 5)).await.expect("recorded");
    let of_project = stele_ledger::Append::new(stream, Expected::Any, &command, vec![event]).expect("writable");
    ledger.append(of_project).await.expect("recorded");
    ledger.append(append(2, Expected::Any, "b", 5)).await.expect("recorded");
    let positions = async |up_to: u64| {
        let events = ledger.read_all::<Project>(Position::from(up_to)).await.expect("readable");
        events.into_iter().map(|event| event.position.get()).collect::<Vec<_>>()
    };
    assert_eq!((positions(11).await, positions(6).await, positions(5).await), (vec![6], vec![6], vec![]));
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
