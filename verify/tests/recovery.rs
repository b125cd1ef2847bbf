//! A history that was set back is signed again once it has been taken up, and the verifier tells the truth about it.

mod support;

use std::sync::Arc;

use sqlx::{Connection, PgConnection, PgPool, postgres::PgConnectOptions};
use stele_domain::{
    StreamType,
    history::{HistoryEvent, TreeHead},
};
use stele_ledger::{
    Anchor, Append, Database, Expected, Fingerprint, KeyStore, Ledger, LogSigner, Metadata, NewEvent, Position,
    RecoverError, SignError, Standing, StreamKey, SystemClock,
};
use stele_tlog::{Checkpoint, verify_consistency};
use stele_verify::{Options, Report, Verdict, verify_ledger};
use support::{options, signer, tamper};
use tempfile::TempDir;
use uuid::Uuid;

/// A ledger with what was kept outside of its database.
struct Installation {
    pool: PgPool,
    folder: TempDir,
}

impl Installation {
    fn new(pool: PgPool) -> Self {
        Self { pool, folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn owner(&self) -> PgConnectOptions {
        (*self.pool.connect_options()).clone()
    }

    /// The ledger as a process that starts now opens it.
    async fn open(&self) -> Ledger {
        let database = Database::connect(self.owner(), 6).await.expect("the test database is migrated");
        let keys = KeyStore::in_process(&self.owner()).await.expect("a key store");
        Ledger::open(database, "test", Arc::new(SystemClock), keys).await.expect("the ledger opens")
    }

    fn signer(&self, ledger: &Ledger) -> LogSigner {
        LogSigner::new(ledger.clone(), signer("test"), Anchor::at(self.folder.path().join("checkpoint")))
    }

    /// The last signed checkpoint, as it is kept outside the database.
    fn kept(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("checkpoint")).expect("it was signed")
    }

    fn keep(&self, note: &str) {
        std::fs::write(self.folder.path().join("checkpoint"), note).expect("written");
    }

    async fn execute(&self, sql: &str) {
        tamper(&mut self.pool.acquire().await.expect("a connection"), sql).await;
    }

    async fn back_up(&self) {
        self.execute("create schema backup").await;
        for table in TABLES {
            self.execute(&format!("create table backup.{table} as table {table}")).await;
        }
    }

    async fn restore(&self) {
        for table in TABLES {
            self.execute(&format!("delete from {table}; insert into {table} select * from backup.{table}")).await;
        }
    }

    async fn verify(&self, kept: Option<String>) -> Report {
        let mut connection = PgConnection::connect_with(&self.owner()).await.expect("a connection");
        let options = Options { checkpoint: kept, ..options("test") };
        verify_ledger(&mut connection, "test", &options, |_| {}).await.expect("verified")
    }
}

const TABLES: [&str; 4] = ["event", "ledger_head", "checkpoint", "tree_node"];

/// Appends until the ledger has `size` events.
async fn grow(ledger: &Ledger, size: u64) {
    for number in ledger.head().await.expect("a head").position().get()..size {
        let stream = StreamKey { stream_type: StreamType::Task, id: Uuid::from_u128(1) };
        let id: Uuid = ledger.mint().fresh();
        let key = format!("{id}/{number}").try_into().expect("a valid key");
        let event = NewEvent::new(id, "TaskClosed", 1, "{}".into(), None);
        let append = Append::new(stream, Expected::Any, &Metadata::of(key, Fingerprint::of(b"")), vec![event]);
        ledger.append(append.expect("writable")).await.expect("recorded");
    }
}

/// A ledger that was backed up at 280 events, signed at 300, and restored; the process from before is still there.
async fn restored(pool: PgPool) -> (Installation, Ledger, Ledger) {
    let installation = Installation::new(pool);
    let old = installation.open().await;
    let mut signer = installation.signer(&old);
    grow(&old, 280).await;
    signer.sign().await.expect("signed");
    installation.back_up().await;
    grow(&old, 300).await;
    signer.sign().await.expect("signed");
    installation.restore().await;
    let ledger = installation.open().await;
    (installation, ledger, old)
}

fn tree(note: &str) -> TreeHead {
    let checkpoint = Checkpoint::open(note, signer("test").verifier()).expect("signed by the ledger");
    TreeHead { size: checkpoint.size(), root: checkpoint.root().into() }
}

async fn recoveries(ledger: &Ledger) -> Vec<HistoryEvent> {
    let stream = StreamKey { stream_type: StreamType::Ledger, id: ledger.id() };
    let events = ledger.read_stream(stream, 0).await.expect("readable");
    events.iter().map(|event| event.decode().expect("well formed")).collect()
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_restored_history_is_signed_again_once_it_is_taken_up(pool: PgPool) {
    let (installation, ledger, old) = restored(pool).await;
    let mut signer = installation.signer(&ledger);
    let refused = signer.sign().await;
    assert!(matches!(refused, Err(SignError::RolledBack { signed: 300, found: 280 })), "{refused:?}");
    let (given_up, backed_up) = (installation.kept(), ledger.checkpoint().await.expect("readable").expect("one"));
    let assessment = signer.assess().await.expect("assessed");
    assert_eq!((assessment.standing, assessment.in_its_place), (Standing::Departs, None));
    assert_eq!((assessment.last_signed, assessment.found), (Some(tree(&given_up)), tree(&backed_up)));

    let recovered = signer.recover(&installation.owner(), "the disk died").await.expect("recovered");
    assert_eq!((recovered.position, recovered.checkpoint.size()), (Position::from(281), 281));
    let HistoryEvent::LedgerRecovered(event) = &recoveries(&ledger).await[0];
    assert_eq!((event.reason.as_str(), event.epoch), ("the disk died", 2));
    assert_eq!((event.last_signed, event.found), (Some(tree(&given_up)), tree(&backed_up)));
    assert_eq!(ledger.head().await.expect("a head").epoch, 2);

    // the process from before believes in 300 events of epoch 1: it loses its compare-and-swap, and looks again
    grow(&old, 290).await;
    let newest = signer.sign().await.expect("signed").expect("a checkpoint");
    let report = installation.verify(None).await;
    assert_eq!((report.verdict, report.events, report.recoveries.as_slice()), (Verdict::Valid, 290, &[281][..]));
    let report = installation.verify(Some(backed_up.clone())).await;
    assert_eq!(report.verdict, Verdict::Valid, "what was signed before the backup is still the beginning");
    let proof = ledger.consistency_proof(280, 290).await.expect("a proof");
    let backed_up = Checkpoint::open(&backed_up, support::signer("test").verifier()).expect("signed");
    verify_consistency(280, &backed_up.root(), 290, &newest.root(), &proof.hashes).expect("it has grown");

    // what was signed between backup and restore is not, and nobody is told otherwise
    assert_eq!(installation.verify(Some(given_up.clone())).await.verdict, Verdict::Incomplete);
    grow(&ledger, 310).await;
    let newest = signer.sign().await.expect("signed").expect("a checkpoint");
    assert_eq!(installation.verify(Some(given_up.clone())).await.verdict, Verdict::Forked);
    let given_up = Checkpoint::open(&given_up, support::signer("test").verifier()).expect("signed");
    let proof = ledger.consistency_proof(300, 310).await.expect("a proof of what is there");
    verify_consistency(300, &given_up.root(), 310, &newest.root(), &proof.hashes).expect_err("it was given up");
    assert_eq!(installation.verify(None).await.verdict, Verdict::Valid);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_history_that_went_on_from_a_backup_is_taken_up(pool: PgPool) {
    let (installation, ledger, _) = restored(pool).await;
    grow(&ledger, 320).await;
    let mut signer = installation.signer(&ledger);
    let refused = signer.sign().await;
    assert!(matches!(refused, Err(SignError::Forked { signed: 300, .. })), "{refused:?}");
    let assessment = signer.assess().await.expect("assessed");
    assert_eq!(assessment.standing, Standing::Departs);
    assert_eq!(assessment.in_its_place.map(|tree| tree.size), Some(300));
    assert_ne!(assessment.in_its_place, assessment.last_signed);
    signer.recover(&installation.owner(), "nobody had noticed").await.expect("recovered");
    assert_eq!(installation.verify(Some(installation.kept())).await.verdict, Verdict::Valid);
    // and once more, should it be set back again
    installation.restore().await;
    let again = installation.open().await;
    let mut signer = installation.signer(&again);
    assert!(matches!(signer.sign().await, Err(SignError::RolledBack { signed: 321, found: 280 })));
    signer.recover(&installation.owner(), "again").await.expect("recovered");
    assert_eq!(installation.verify(Some(installation.kept())).await.verdict, Verdict::Valid);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_recovery_that_broke_off_is_completed_by_the_next_one(pool: PgPool) {
    let (installation, ledger, _) = restored(pool).await;
    let given_up = installation.kept();
    let mut signer = installation.signer(&ledger);
    signer.recover(&installation.owner(), "the disk died").await.expect("recovered");
    // as after a crash between the commit and the file
    for unpublished in [true, false] {
        installation.keep(&given_up);
        if unpublished {
            installation.execute("delete from checkpoint where size > 280").await;
        }
        grow(&ledger, 285).await;
        let refused = signer.sign().await;
        assert!(refused.as_ref().is_err_and(SignError::is_refusal), "{refused:?}");
        assert_eq!(signer.assess().await.expect("assessed").standing, Standing::TakenUp(Position::from(281)));
        let recovered = signer.recover(&installation.owner(), "the disk died").await.expect("completed");
        assert_eq!((recovered.position, recovered.checkpoint.size()), (Position::from(281), 285));
        assert_eq!(installation.kept(), ledger.checkpoint().await.expect("readable").expect("published"));
    }
    // as after a crash between the file and the database
    installation.execute("delete from checkpoint where size > 280").await;
    assert_eq!(signer.assess().await.expect("assessed").standing, Standing::Continues);
    signer.sign().await.expect("signed");
    assert_eq!(recoveries(&ledger).await.len(), 1, "it is recorded once");
    let report = installation.verify(None).await;
    assert_eq!((report.verdict, report.checkpoints), (Verdict::Valid, 2), "{report}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn without_a_kept_checkpoint_the_operator_decides(pool: PgPool) {
    let (installation, ledger, _) = restored(pool).await;
    let file = installation.folder.path().join("checkpoint");
    std::fs::remove_file(&file).expect("removed");
    let mut signer = installation.signer(&ledger);
    let assessment = signer.assess().await.expect("assessed");
    assert_eq!((assessment.standing, assessment.last_signed), (Standing::Departs, None));
    signer.recover(&installation.owner(), "a new machine").await.expect("recovered");
    // as after a crash before the file was written
    std::fs::remove_file(&file).expect("removed");
    installation.execute("delete from checkpoint where size > 280").await;
    assert_eq!(signer.assess().await.expect("assessed").standing, Standing::TakenUp(Position::from(281)));
    signer.recover(&installation.owner(), "a new machine").await.expect("completed");
    assert_eq!(recoveries(&ledger).await.len(), 1);
    assert_eq!(installation.verify(None).await.verdict, Verdict::Valid);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_history_that_was_not_set_back_is_left_alone(pool: PgPool) {
    let installation = Installation::new(pool);
    let ledger = installation.open().await;
    let mut signer = installation.signer(&ledger);
    grow(&ledger, 3).await;
    signer.sign().await.expect("signed");
    grow(&ledger, 5).await;
    let head = ledger.head().await.expect("a head");
    let refused = signer.recover(&installation.owner(), "just in case").await;
    assert!(matches!(refused, Err(RecoverError::Continues)), "{refused:?}");
    assert_eq!(ledger.head().await.expect("a head"), head);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn rows_that_contradict_each_other_are_not_taken_up(pool: PgPool) {
    let (installation, ledger, _) = restored(pool).await;
    let head = ledger.head().await.expect("a head");
    let other = Checkpoint::new("test", 280, [1; 32]).expect("a good name").sign(&signer("test"));
    let changes = [
        ("update event set leaf_hash = sha256('other') where position = 270", "the head of 280 events"),
        ("update tree_node set hash = sha256('other')", "the nodes stored above the first 280 events"),
        (&format!("update checkpoint set note = '{other}'"), "the checkpoint of 280 events"),
    ];
    for (change, reason) in changes {
        installation.execute(change).await;
        let refused = installation.signer(&ledger).recover(&installation.owner(), "tampering").await;
        let refused = refused.expect_err(change);
        assert!(matches!(&refused, RecoverError::Unsound(why) if why.starts_with(reason)), "{change}: {refused}");
        installation.restore().await;
    }
    assert_eq!(ledger.head().await.expect("a head"), head);
    installation.signer(&ledger).recover(&installation.owner(), "a sound backup").await.expect("recovered");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn only_the_owner_may_take_a_history_up(pool: PgPool) {
    let (installation, ledger, _) = restored(pool).await;
    let login = format!("server_{}", ledger.id().simple());
    installation.execute(&format!("create role {login} login in role stele_server")).await;
    let (head, kept) = (ledger.head().await.expect("a head"), installation.kept());
    let refused = installation.signer(&ledger).recover(&installation.owner().username(&login), "an intruder").await;
    installation.execute(&format!("drop role {login}")).await;
    assert!(matches!(refused, Err(RecoverError::NotOwner)), "{refused:?}");
    assert_eq!((ledger.head().await.expect("a head"), installation.kept()), (head, kept));
}
