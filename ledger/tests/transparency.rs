//! What outsiders are given: checkpoints that never contradict each other, and tiles and proofs that lead to them.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use stele_ledger::{Anchor, Expected, Ledger, LogSigner, Position, SignError, TreeError};
use stele_tlog::{
    Checkpoint, Entries, Hash, Signer, bundles_of, fold, hash_leaf, tiles_of, verify_consistency, verify_inclusion,
};
use support::{append, append_of, audit, event, open};
use tempfile::TempDir;

fn key() -> Signer {
    Signer::new("test", [7; 32]).expect("a good name")
}

fn signer(ledger: &Ledger, folder: &TempDir) -> LogSigner {
    LogSigner::new(ledger.clone(), key(), Anchor::at(folder.path().join("checkpoint")))
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Appends until the ledger has `size` events.
async fn grow(ledger: &Ledger, size: u64) {
    let had = ledger.head().await.expect("a head").position().get();
    let appended = (had..size)
        .map(|number| ledger.append(append(number.into(), Expected::Exactly(0), &format!("{had}/{number}"), 1)));
    assert!(join_all(appended).await.iter().all(Result::is_ok));
}

async fn published(ledger: &Ledger) -> Checkpoint {
    let note = ledger.checkpoint().await.expect("readable").expect("published");
    Checkpoint::open(&note, key().verifier()).expect("signed by the ledger")
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn tiles_and_proofs_lead_to_the_checkpoint(_: PgPoolOptions, options: PgConnectOptions) {
    let (ledger, folder) = (open(&options).await, folder());
    let mut signer = signer(&ledger, &folder);
    assert!(signer.sign().await.expect("nothing to sign").is_none());
    let mut old: Option<Checkpoint> = None;
    for size in [1, 2, 255, 256, 257, 600] {
        grow(&ledger, size).await;
        let new = signer.sign().await.expect("signed").expect("a checkpoint");
        assert_eq!((new.size(), new.origin(), published(&ledger).await), (size, "test", new.clone()));
        assert_eq!(new.root(), ledger.head().await.expect("a head").root());
        if let Some(old) = old.replace(new.clone()) {
            let proof = ledger.consistency_proof(old.size(), size).await.expect("a proof");
            verify_consistency(old.size(), &old.root(), size, &new.root(), &proof.hashes).expect("it has grown");
        }
        for position in [1, size / 2 + 1, size] {
            let proof = ledger.inclusion_proof(Position::from(position), size).await.expect("a proof");
            verify_inclusion(&proof.leaf, position - 1, size, &proof.hashes, &new.root()).expect("it is in there");
        }
    }
    let mut leaves: Vec<Hash> = Vec::new();
    for bundle in bundles_of(600) {
        let bytes = ledger.entries(bundle).await.expect("published");
        leaves.extend(Entries::new(&bytes).map(|entry| hash_leaf(entry.expect("whole"))));
    }
    for tile in tiles_of(600) {
        let hashes = ledger.tile(tile).await.expect("published");
        let width = 256_usize.pow(tile.level().into());
        let expected: Vec<Hash> = leaves.chunks_exact(width).map(fold).collect();
        let range = tile.hashes();
        let places = usize::try_from(range.start).expect("small")..usize::try_from(range.end).expect("small");
        assert_eq!(hashes, expected[places], "{tile}");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn nothing_is_said_beyond_the_checkpoint(_: PgPoolOptions, options: PgConnectOptions) {
    let (ledger, folder) = (open(&options).await, folder());
    grow(&ledger, 3).await;
    signer(&ledger, &folder).sign().await.expect("signed");
    grow(&ledger, 5).await;
    let beyond = ledger.inclusion_proof(Position::from(5), 5).await;
    assert!(matches!(beyond, Err(TreeError::Unpublished { asked: 5, published: 3 })), "{beyond:?}");
    let beyond = ledger.tile("tile/0/000".parse().expect("a tile")).await;
    assert!(matches!(beyond, Err(TreeError::Unpublished { asked: 256, published: 3 })), "{beyond:?}");
    let beyond = ledger.tile("tile/63/000".parse().expect("a tile")).await;
    assert!(matches!(beyond, Err(TreeError::Unpublished { asked: u64::MAX, published: 3 })), "{beyond:?}");
    let nowhere = ledger.inclusion_proof(Position::START, 3).await;
    assert!(matches!(nowhere, Err(TreeError::Proof(_))), "{nowhere:?}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_shorter_history_is_not_signed(pool: PgPool) {
    let (ledger, folder) = (open(&pool.connect_options()).await, folder());
    grow(&ledger, 300).await;
    signer(&ledger, &folder).sign().await.expect("signed");
    restore(&pool, &ledger, 299).await;
    let restored = open(&pool.connect_options()).await;
    let refused = signer(&restored, &folder).sign().await;
    assert!(matches!(refused, Err(SignError::RolledBack { signed: 300, found: 299 })), "{refused:?}");
    // and not when it has grown again, with other events
    restored.append(append_of(9_000, Expected::Any, "other", "other", vec![event("{}")])).await.expect("recorded");
    let refused = signer(&restored, &folder).sign().await;
    assert!(matches!(refused, Err(SignError::Forked { signed: 300, .. })), "{refused:?}");
    grow(&restored, 600).await;
    let mut again = signer(&restored, &folder);
    for _ in 0..2 {
        let refused = again.sign().await;
        assert!(matches!(refused, Err(SignError::Forked { signed: 300, .. })), "{refused:?}");
    }
    assert_eq!(restored.published().await.expect("readable"), 0);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_rewritten_history_is_not_signed(pool: PgPool) {
    let (ledger, folder) = (open(&pool.connect_options()).await, folder());
    grow(&ledger, 300).await;
    signer(&ledger, &folder).sign().await.expect("signed");
    sqlx::query("update event set leaf_hash = sha256('other') where position = 280")
        .execute(&pool)
        .await
        .expect("a superuser may");
    let refused = signer(&ledger, &folder).sign().await;
    assert!(matches!(refused, Err(SignError::Forked { signed: 300, .. })), "{refused:?}");
    assert!(refused.expect_err("refused").is_refusal());
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_head_that_is_not_the_events_is_not_signed(pool: PgPool) {
    let (ledger, folder) = (open(&pool.connect_options()).await, folder());
    grow(&ledger, 3).await;
    sqlx::query("update ledger_head set frontier = sha256('a') || sha256('b')").execute(&pool).await.expect("done");
    let refused = signer(&ledger, &folder).sign().await;
    assert!(matches!(refused, Err(SignError::BrokenHead { size: 3 })), "{refused:?}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_checkpoint_that_was_kept_but_not_published_is_published(pool: PgPool) {
    let (ledger, folder) = (open(&pool.connect_options()).await, folder());
    grow(&ledger, 300).await;
    let signed = signer(&ledger, &folder).sign().await.expect("signed");
    // as after a crash between the two
    sqlx::query("delete from checkpoint").execute(&pool).await.expect("a superuser may");
    sqlx::query("delete from tree_node").execute(&pool).await.expect("a superuser may");
    assert_eq!(signer(&ledger, &folder).sign().await.expect("signed"), signed);
    assert_eq!(Some(published(&ledger).await), signed);
    ledger.inclusion_proof(Position::from(1), 300).await.expect("the nodes are there again");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn several_servers_sign_one_history(_: PgPoolOptions, options: PgConnectOptions) {
    let ledgers = [open(&options).await, open(&options).await];
    let folders = [folder(), folder()];
    let mut signers = [signer(&ledgers[0], &folders[0]), signer(&ledgers[1], &folders[1])];
    for (turn, size) in [200, 300, 301, 700, 701].into_iter().enumerate() {
        grow(&ledgers[0], size).await;
        signers[turn % 2].sign().await.expect("signed");
        assert_eq!(published(&ledgers[1]).await.size(), size);
    }
    let both = join_all(signers.iter_mut().map(LogSigner::sign)).await;
    assert!(both.iter().all(|signed| signed.as_ref().is_ok_and(Option::is_some)), "{both:?}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn another_key_is_not_taken_for_the_ledgers(_: PgPoolOptions, options: PgConnectOptions) {
    let (ledger, folder) = (open(&options).await, folder());
    grow(&ledger, 2).await;
    signer(&ledger, &folder).sign().await.expect("signed");
    let other = Signer::new("test", [8; 32]).expect("a good name");
    let anchor = Anchor::at(folder.path().join("checkpoint"));
    let refused = LogSigner::new(ledger.clone(), other.clone(), anchor).sign().await;
    assert!(matches!(refused, Err(SignError::Anchor(_))), "{refused:?}");
    let elsewhere = Anchor::at(folder.path().join("elsewhere"));
    let refused = LogSigner::new(ledger, other, elsewhere).sign().await;
    assert!(matches!(refused, Err(SignError::Checkpoint(_))), "{refused:?}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_change_is_signed_by_itself(_: PgPoolOptions, options: PgConnectOptions) {
    let (ledger, folder) = (open(&options).await, folder());
    let signing = tokio::spawn(signer(&ledger, &folder).run());
    for size in [1, 2, 3] {
        grow(&ledger, size).await;
        while ledger.published().await.expect("readable") < size {
            tokio::task::yield_now().await;
        }
    }
    signing.abort();
}

/// A change's clock starts when the ledger stamps it, which is before it is committed. It stops when somebody else has
/// read a checkpoint that covers it, which is after that was signed, kept and published. What is promised, from the commit
/// to the signature, is shorter.
#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_change_is_signed_within_a_second_under_load(_: PgPoolOptions, options: PgConnectOptions) {
    const CHECKPOINTS: usize = 10;
    let (ledger, outsider, folder) = (open(&options).await, open(&options).await, folder());
    let signing = tokio::spawn(signer(&ledger, &folder).run());
    let is_over = AtomicBool::new(false);
    let loading = join_all((0..16).map(|writer| {
        let (ledger, is_over) = (&ledger, &is_over);
        async move {
            for number in 0.. {
                let append = append(writer, Expected::Any, &format!("{writer}/{number}"), 1);
                ledger.append(append).await.expect("recorded");
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
            }
        }
    }));
    let watching = async {
        let mut seen = Vec::new();
        loop {
            let size = published_size(&outsider).await;
            if seen.last().is_none_or(|(last, _)| *last < size) {
                seen.push((size, outsider.clock().now()));
            }
            is_over.fetch_or(seen.len() > CHECKPOINTS, Ordering::SeqCst);
            if is_over.load(Ordering::SeqCst) && outsider.head().await.expect("a head").position().get() == size {
                return seen;
            }
        }
    };
    let (_, seen) = tokio::join!(loading, watching);
    signing.abort();
    let mut waits = Vec::new();
    for event in audit(&ledger).await {
        let covered = seen.iter().find(|(size, _)| *size >= event.position.get()).expect("all are covered").1;
        waits.push((covered.to_utc() - event.recorded_at.to_utc()).num_milliseconds());
    }
    let worst = waits.iter().max().expect("there were changes");
    println!("{} changes in {} checkpoints; the last to be signed waited {worst} ms", waits.len(), seen.len());
    assert!(*worst <= 1000, "a change was signed {worst} ms after it");
}

/// How much of the ledger is covered by the newest checkpoint that anybody can read.
async fn published_size(ledger: &Ledger) -> u64 {
    match ledger.checkpoint().await.expect("readable") {
        Some(note) => Checkpoint::open(&note, key().verifier()).expect("signed by the ledger").size(),
        None => 0,
    }
}

/// Makes the database what it was at a size, as restoring a backup does.
async fn restore(pool: &PgPool, ledger: &Ledger, size: u64) {
    let mut frontier = stele_tlog::Frontier::default();
    let leaves: Vec<Vec<u8>> =
        sqlx::query_scalar("select leaf_hash from event where position <= $1 order by position")
            .bind(size.cast_signed())
            .fetch_all(pool)
            .await
            .expect("readable");
    leaves.iter().for_each(|leaf| frontier.push(leaf.as_slice().try_into().expect("a hash")));
    for statement in ["delete from event where position > $1", "delete from checkpoint where size > $1"] {
        sqlx::query(statement).bind(size.cast_signed()).execute(pool).await.expect("a superuser may");
    }
    sqlx::query("delete from tree_node where (index + 1) * 256 ^ level > $1")
        .bind(size.cast_signed())
        .execute(pool)
        .await
        .expect("a superuser may");
    sqlx::query("update ledger_head set size = $1, frontier = $2 where ledger_id = $3")
        .bind(size.cast_signed())
        .bind(frontier.to_bytes())
        .bind(ledger.id())
        .execute(pool)
        .await
        .expect("a superuser may");
}
