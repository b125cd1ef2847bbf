//! Whatever is changed in a database is found, and where it is.

mod support;

use rand::{SeedableRng, rngs::StdRng};
use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use stele_verify::{Options, Report, Verdict, VerifyError, verify_ledger};
use support::{
    make,
    mutation::{KINDS, Mutation, mutation},
    note, options, tamper, verify,
};

const EVENTS: usize = 2_000;

/// How many changes are tried; `bundle.rs` tries others.
const CHANGES: usize = 18 * KINDS;

/// A ledger with checkpoints before, at and after the borders of tiles, and some events after the last.
async fn ledger(database: &PgConnectOptions) -> Vec<stele_tlog::Hash> {
    make(database, "other", 2, 20, &[10]).await;
    make(database, "main", 1, EVENTS, &[0, 1, 100, 256, 700, 1_024, 1_500, 1_950]).await
}

fn is_at(report: &Report, mutation: &Mutation) -> bool {
    let within = |position: u64| mutation.positions.iter().any(|range| range.contains(&position));
    mutation.positions.is_empty() || report.findings.iter().filter_map(|finding| finding.position).any(within)
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn every_change_of_a_row_is_found_where_it_is(_: PgPoolOptions, database: PgConnectOptions) {
    ledger(&database).await;
    let mut connection = PgConnection::connect_with(&database).await.expect("a connection");
    // whoever can change rows can also do away with what would hinder them
    tamper(
        &mut connection,
        "alter table event drop constraint event_stream_version; drop index event_idempotency_key",
    )
    .await;
    let mut random = StdRng::seed_from_u64(3);
    for number in 0..CHANGES {
        let mutation = mutation(&mut random, number, EVENTS as u64);
        let mut transaction = connection.begin().await.expect("begun");
        tamper(&mut transaction, &mutation.sql).await;
        let report = verify(&mut transaction, "main").await;
        transaction.rollback().await.expect("rolled back");
        assert_ne!(report.verdict, Verdict::Valid, "not found: {}", mutation.sql);
        assert!(is_at(&report, &mutation), "not where it is: {}\n{report}", mutation.sql);
        if let Some(field) = mutation.field {
            let named = report.findings.iter().any(|finding| finding.field == field);
            assert!(named, "not as {field}: {}\n{report}", mutation.sql);
        }
        assert!(report.findings_count < 40, "one change is not many: {}\n{report}", mutation.sql);
        assert!(!report.to_string().contains("note\":"), "no payload is quoted: {report}");
    }
    let report = verify(&mut connection, "main").await;
    assert_eq!(report.verdict, Verdict::Valid, "the changes were rolled back: {report}");
}

/// What is found in a ledger of 300 events after a change, with a checkpoint that was kept.
async fn verdict(database: &PgConnectOptions, sql: &str, kept: Option<String>) -> (Verdict, Vec<&'static str>) {
    let mut connection = PgConnection::connect_with(database).await.expect("a connection");
    let mut transaction = connection.begin().await.expect("begun");
    tamper(&mut transaction, sql).await;
    let options = Options { checkpoint: kept, ..options("main") };
    let report = verify_ledger(&mut transaction, "main", &options, |_| {}).await.expect("verified");
    transaction.rollback().await.expect("rolled back");
    (report.verdict, report.findings.iter().map(|finding| finding.field).collect())
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn verdicts_tell_what_has_happened(_: PgPoolOptions, database: PgConnectOptions) {
    let leaves = make(&database, "main", 1, 300, &[200, 290]).await;
    let mut other = leaves.clone();
    other[100] = [0; 32];
    let nothing = "select 1";
    assert_eq!(verdict(&database, nothing, Some(note("main", &leaves))).await, (Verdict::Valid, vec![]));
    assert_eq!(verdict(&database, nothing, Some(note("main", &other))).await, (Verdict::Forked, vec!["checkpoint"]));
    other.push([0; 32]);
    assert_eq!(
        verdict(&database, nothing, Some(note("main", &other))).await,
        (Verdict::Incomplete, vec!["checkpoint"])
    );
    let forked = format!("update checkpoint set note = '{}' where size = 290", note("main", &other[..290]));
    assert_eq!(verdict(&database, &forked, None).await, (Verdict::Forked, vec!["checkpoint.note"]));
    let gap = "delete from event where position = 150";
    assert_eq!(verdict(&database, gap, None).await.0, Verdict::Incomplete);
    let end = "delete from event where position > 295";
    assert_eq!(verdict(&database, end, None).await, (Verdict::Incomplete, vec!["ledger_head.size"]));
    let change = "update event set payload = '{}' where position = 150";
    assert_eq!(
        verdict(&database, change, Some(note("main", &other))).await.0,
        Verdict::Tampered,
        "the gravest decides"
    );
    let headless = "delete from ledger_head";
    assert_eq!(verdict(&database, headless, None).await, (Verdict::Tampered, vec!["ledger_head.ledger_id"]));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_recovery_is_an_epoch(_: PgPoolOptions, database: PgConnectOptions) {
    make(&database, "main", 1, 3, &[]).await;
    let (verdict, fields) = verdict(&database, "update event set name = 'LedgerRecovered'", None).await;
    assert_eq!((verdict, fields.contains(&"ledger_head.epoch")), (Verdict::Tampered, true));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn without_the_key_a_root_proves_no_fork(_: PgPoolOptions, database: PgConnectOptions) {
    let leaves = make(&database, "main", 1, 3, &[3]).await;
    let mut connection = PgConnection::connect_with(&database).await.expect("a connection");
    let sql = format!("update checkpoint set note = '{}'", note("main", &[leaves[0]; 3]));
    tamper(&mut connection, &sql).await;
    let report = verify_ledger(&mut connection, "main", &Options::default(), |_| {}).await.expect("verified");
    assert_eq!((report.verdict, report.signatures_checked), (Verdict::Tampered, false));
    assert!(report.to_string().contains("NOT checked"));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_kept_checkpoint_must_be_the_ledgers(_: PgPoolOptions, database: PgConnectOptions) {
    let leaves = make(&database, "main", 1, 3, &[]).await;
    let mut connection = PgConnection::connect_with(&database).await.expect("a connection");
    for kept in [note("other", &leaves), "no note".to_owned()] {
        for key in [options("main").key, None] {
            let options = Options { key, checkpoint: Some(kept.clone()), ..Options::default() };
            let refused = verify_ledger(&mut connection, "main", &options, |_| {}).await;
            assert!(matches!(refused, Err(VerifyError::Checkpoint(_))), "{refused:?}");
        }
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn findings_are_listed_up_to_a_limit_and_counted_beyond(_: PgPoolOptions, database: PgConnectOptions) {
    make(&database, "main", 1, 50, &[]).await;
    let mut connection = PgConnection::connect_with(&database).await.expect("a connection");
    tamper(&mut connection, "update event set payload = '{}'").await;
    for max_findings in [0, 7] {
        let options = Options { max_findings, ..Options::default() };
        let report = verify_ledger(&mut connection, "main", &options, |_| {}).await.expect("verified");
        assert_eq!((report.findings.len(), report.findings_count), (max_findings, 50));
        assert_eq!(report.verdict, Verdict::Tampered);
    }
}
