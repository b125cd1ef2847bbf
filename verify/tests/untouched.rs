//! A history that nobody has touched is valid, whatever its size.

mod support;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use sqlx::{
    Connection, PgConnection,
    error::DatabaseError,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use stele_verify::{Options, Verdict, VerifyError, export_bundle, open_snapshot, verify_bundle, verify_ledger};
use support::{make, note, options, verify};

/// Sizes around what the tree's tiles hold, and a number of others.
fn sizes(random: &mut StdRng) -> Vec<usize> {
    let mut sizes = vec![0, 1, 2, 255, 256, 257, 511, 512, 513];
    sizes.resize_with(100, || random.random_range(3..60));
    sizes
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_hundred_ledgers_are_valid(_: PgPoolOptions, database: PgConnectOptions) {
    let mut random = StdRng::seed_from_u64(1);
    let folder = std::env::temp_dir();
    for (seed, size) in (0..).zip(sizes(&mut random)) {
        let name = format!("l{seed}");
        let mut checkpoints: Vec<_> = (0..random.random_range(0..4)).map(|_| random.random_range(0..=size)).collect();
        checkpoints.sort_unstable();
        checkpoints.dedup();
        let leaves = make(&database, &name, seed, size, &checkpoints).await;
        let mut snapshot = open_snapshot(&database).await.expect("a snapshot");
        let kept = Options { checkpoint: Some(note(&name, &leaves[..size / 2])), ..options(&name) };
        let report = verify_ledger(&mut snapshot, &name, &kept, |_| {}).await.expect("verified");
        assert_eq!((report.verdict, report.findings.as_slice()), (Verdict::Valid, &[][..]), "{name} of {size}");
        assert_eq!((report.events, report.checkpoints), (size as u64, checkpoints.len() as u64));
        assert_eq!(report.tree_nodes, checkpoints.last().map_or(0, |last| last / 256) as u64);
        assert_eq!(report.root, Some(hex::encode(stele_tlog::fold(&leaves))));
        for ending in ["jsonl", "jsonl.gz"] {
            let file = folder.join(format!("stele-verify-{}-{name}.{ending}", std::process::id()));
            export_bundle(&mut snapshot, &name, None, &file, |_| {}).await.expect("exported");
            let of_bundle = verify_bundle(&file, &kept, |_| {}).expect("verified");
            std::fs::remove_file(&file).expect("removed");
            assert_eq!(of_bundle, stele_verify::Report { tree_nodes: 0, ..report.clone() });
        }
    }
    // side by side in one database, none of them is taken for another
    let mut connection = PgConnection::connect_with(&database).await.expect("a connection");
    assert_eq!(verify(&mut connection, "l6").await.events, 511);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_history_of_several_pages_is_valid(_: PgPoolOptions, database: PgConnectOptions) {
    make(&database, "long", 1, 9_000, &[0, 8_191, 8_192, 8_193, 9_000]).await;
    let report = verify(&mut open_snapshot(&database).await.expect("a snapshot"), "long").await;
    assert_eq!((report.verdict, report.events, report.checkpoints), (Verdict::Valid, 9_000, 5), "{report}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_ledger_that_is_not_there_is_an_error(_: PgPoolOptions, database: PgConnectOptions) {
    let mut snapshot = open_snapshot(&database).await.expect("a snapshot");
    let missing = verify_ledger(&mut snapshot, "none", &Options::default(), |_| {}).await;
    assert!(matches!(missing, Err(VerifyError::NoLedger(name)) if name == "none"));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_snapshot_can_change_nothing(_: PgPoolOptions, database: PgConnectOptions) {
    let mut snapshot = open_snapshot(&database).await.expect("a snapshot");
    let refused = sqlx::query("delete from event").execute(&mut snapshot).await.expect_err("read only");
    assert_eq!(refused.as_database_error().and_then(DatabaseError::code).as_deref(), Some("25006"));
}
