//! People are erased by destroying their key: at once, everywhere, and for good.

mod support;

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use stele_domain::{
    ParticipantId, Personal, Sealed,
    participant::{Participant, ParticipantCommand, ParticipantEvent, ParticipantKind, ParticipantRefusal},
    personal::PersonalField,
    project::Redundancy,
    task::{ContentField, ContentKind, MediaRef, Routing, Task, TaskCommand},
};
use stele_ledger::{
    CommandContext, Database, ExecuteError, Fingerprint, KeyRing, KeyStore, Ledger, LocalRootKey, OpenError,
    Recorded, RingError, RootKey, SealError, StreamKey, SystemClock,
};
use stele_tlog::verify_consistency;
use support::{audit, open};
use tempfile::TempDir;
use tokio::time::Instant;
use uuid::Uuid;

fn context(key: &str) -> CommandContext {
    CommandContext {
        actor: None,
        key: key.to_owned().try_into().expect("a valid key"),
        fingerprint: Fingerprint::of(b""),
        occurred_at: None,
        correlation_id: None,
    }
}

/// Takes someone of this name in; the event that holds it.
async fn register(ledger: &Ledger, name: &str) -> (ParticipantId, Recorded) {
    let id: ParticipantId = ledger.mint().fresh();
    let command = ParticipantCommand::Register {
        kind: ParticipantKind::Human,
        name: Personal::clear(id, name.to_owned()),
        email: Some(Personal::clear(id, format!("{name}@example.org"))),
        roles: Vec::new(),
    };
    ledger
        .execute::<Participant>(id.uuid(), &context(&format!("register {name}")), &command)
        .await
        .expect("recorded");
    let stream = StreamKey { stream_type: stele_domain::StreamType::Participant, id: id.uuid() };
    (id, ledger.read_stream(stream, 0).await.expect("readable").remove(0))
}

/// What the event says of the participant's name now: `None` once it is erased.
async fn name(ledger: &Ledger, event: &Recorded) -> Result<Option<String>, OpenError> {
    let Ok(ParticipantEvent::ParticipantRegistered(mut registered)) = event.decode() else {
        panic!("not a registration: {event:?}")
    };
    ledger.open_personal(event.stream, event.event_id, "name", &mut registered.name).await?;
    assert!(registered.name.is_erased() || registered.name.as_clear().is_some());
    Ok(registered.name.as_clear().cloned())
}

async fn erase(ledger: &Ledger, id: ParticipantId) -> stele_ledger::Erasure {
    let (basis, reference) = ("GDPR Art. 17(1)(b)".to_owned(), "DSR-17".to_owned());
    ledger.erase(id.into(), &context(&format!("erase {id}")), basis, reference).await.expect("erased")
}

fn task_that_shows_a_photo_of(subject: ParticipantId) -> TaskCommand {
    let photo = MediaRef {
        digest: [7; 32].into(),
        media_type: "image/png".into(),
        bytes: 9,
        width: Some(2),
        height: Some(2),
        duration_ms: None,
        subject: Some(subject.into()),
    };
    TaskCommand::Create {
        project: Uuid::from_u128(1).into(),
        external_key: None,
        content: vec![ContentField::new("photo", ContentKind::Image, photo)],
        responses: Vec::new(),
        redundancy: Redundancy::default(),
        starts_with: None,
        routing: Routing::default(),
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn an_erased_person_reads_as_erased_and_others_do_not(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let (ada, adas) = register(&ledger, "Ada").await;
    let (_, bobs) = register(&ledger, "Bob").await;
    let fingerprint = ledger.key_record(ada.into()).await.expect("readable").expect("a key").fingerprint;
    let before = ledger.head().await.expect("a head");

    let erasure = erase(&ledger, ada).await;
    assert_eq!(erasure.erased.key_fingerprint, fingerprint.map(hex::encode));
    for ledger in [ledger.clone(), open(&options).await] {
        assert_eq!(name(&ledger, &adas).await.expect("erased"), None);
        assert_eq!(name(&ledger, &bobs).await.expect("opens"), Some("Bob".to_owned()));
    }
    // the history stands: two events more, and none other than before
    let events = audit(&ledger).await;
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["ParticipantRegistered", "ParticipantRegistered", "SubjectErased", "ParticipantErased"]);
    assert_eq!(ledger.root_at(before.position()).await.expect("a root"), before.root());

    // asked again, nothing more happens
    assert_eq!(erase(&ledger, ada).await.event, erasure.event);
    assert_eq!(audit(&ledger).await, events);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn nothing_more_is_written_about_an_erased_person(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let (ada, _) = register(&ledger, "Ada").await;
    erase(&ledger, ada).await;
    let elsewhere: ParticipantId = ledger.mint().fresh();
    let about_ada = ParticipantCommand::Register {
        kind: ParticipantKind::Human,
        name: Personal::clear(ada, "Ada again".to_owned()),
        email: None,
        roles: Vec::new(),
    };
    for ledger in [ledger.clone(), open(&options).await] {
        let refused = ledger.execute::<Participant>(elsewhere.uuid(), &context("again"), &about_ada).await;
        assert!(
            matches!(refused, Err(ExecuteError::Seal(SealError::Erased(who))) if who == ada.into()),
            "{refused:?}"
        );
        let grant = ParticipantCommand::GrantRole { role: stele_domain::participant::Role::Admin, project: None };
        let refused = ledger.execute::<Participant>(ada.uuid(), &context("grant"), &grant).await;
        assert!(matches!(refused, Err(ExecuteError::Refused(ParticipantRefusal::Erased))), "{refused:?}");
    }
    // nor is a file of theirs shown
    let task: stele_domain::TaskId = ledger.mint().fresh();
    let refused = ledger.execute::<Task>(task.uuid(), &context("photo"), &task_that_shows_a_photo_of(ada)).await;
    assert!(matches!(refused, Err(ExecuteError::Seal(SealError::Erased(who))) if who == ada.into()), "{refused:?}");
    let (bob, _) = register(&ledger, "Bob").await;
    let command = task_that_shows_a_photo_of(bob);
    assert!(ledger.execute::<Task>(task.uuid(), &context("photo"), &command).await.is_ok());
    // nor of someone who had no key when they were erased
    let stranger: ParticipantId = ledger.mint().fresh();
    erase(&ledger, stranger).await;
    let command = ParticipantCommand::Register {
        kind: ParticipantKind::Human,
        name: Personal::clear(stranger, "A stranger".to_owned()),
        email: None,
        roles: Vec::new(),
    };
    let refused = ledger.execute::<Participant>(stranger.uuid(), &context("stranger"), &command).await;
    assert!(matches!(refused, Err(ExecuteError::Seal(SealError::Erased(_)))), "{refused:?}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn every_process_forgets_a_key_within_a_second(_: PgPoolOptions, options: PgConnectOptions) {
    let (here, elsewhere) = (open(&options).await, open(&options).await);
    let (ada, event) = register(&here, "Ada").await;
    for _ in 0..3 {
        // the other process has the key at hand
        assert_eq!(name(&elsewhere, &event).await.expect("opens"), Some("Ada".to_owned()));
    }
    erase(&here, ada).await;
    let erased = Instant::now();
    while name(&elsewhere, &event).await.expect("opens or is erased").is_some() {
        assert!(erased.elapsed() < Duration::from_secs(1), "the key is still in use");
        tokio::task::yield_now().await;
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_key_store_that_is_down_is_an_error_and_never_erased(pool: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let (ada, event) = register(&ledger, "Ada").await;
    let fresh = open(&options).await;
    let owner = owner(pool, &options).await;
    // its table is away: what a reader sees of a store that is gone, being restored, or another one's
    sqlx::query("alter table subject_key rename to subject_key_away").execute(&owner).await.expect("renamed");
    assert!(matches!(name(&fresh, &event).await, Err(OpenError::Key { .. })));
    let outcome = fresh.erase(ada.into(), &context("erase"), "basis".into(), "reference".into()).await;
    assert!(outcome.is_err(), "{outcome:?}");
    assert!(fresh.erasure(ada.into()).await.expect("readable").is_none(), "nothing was recorded either");
    sqlx::query("alter table subject_key_away rename to subject_key").execute(&owner).await.expect("renamed");
    assert_eq!(name(&fresh, &event).await.expect("opens"), Some("Ada".to_owned()));
    // and one that has never heard of her is an error as well
    sqlx::query("delete from subject_key").execute(&owner).await.expect("deleted");
    assert!(matches!(name(&open(&options).await, &event).await, Err(OpenError::Key { .. })));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_sealed_field_opens_in_its_own_place_only(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let (ada, event) = register(&ledger, "Ada").await;
    let (bob, _) = register(&ledger, "Bob").await;
    let Ok(ParticipantEvent::ParticipantRegistered(registered)) = event.decode() else { panic!("{event:?}") };
    let sealed = || registered.name.clone();
    let other_stream = StreamKey { id: bob.uuid(), ..event.stream };
    let mut elsewhere = [sealed(), sealed(), sealed(), sealed()];
    let [stream, id, path, subject] = &mut elsewhere;
    subject.set_sealed(Sealed { subject: bob.into(), ..subject.sealed().cloned().expect("sealed") });
    let outcomes = [
        ledger.open_personal(other_stream, event.event_id, "name", stream).await,
        ledger.open_personal(event.stream, Uuid::nil(), "name", id).await,
        ledger.open_personal(event.stream, event.event_id, "email", path).await,
        ledger.open_personal(event.stream, event.event_id, "name", subject).await,
    ];
    for outcome in outcomes {
        assert!(matches!(outcome, Err(OpenError::Damaged { .. })), "{outcome:?}");
    }
    let mut there = sealed();
    ledger.open_personal(event.stream, event.event_id, "name", &mut there).await.expect("opens");
    assert_eq!(there.subject(), ada.into());
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_died_half_way_is_completed(pool: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    let (ada, event) = register(&ledger, "Ada").await;
    let owner = owner(pool, &options).await;
    let kept: Vec<(Uuid, i32, Vec<u8>)> =
        sqlx::query_as("select subject_id, ledger_key_version, wrapped from subject_key where subject_id = $1")
            .bind(ada.uuid())
            .fetch_all(&owner)
            .await
            .expect("a key");
    erase(&ledger, ada).await;
    // the key store comes back from a backup that still has the key
    let (_, version, wrapped) = &kept[0];
    sqlx::query(
        "update subject_key set ledger_key_version = $2, wrapped = $3, destroyed_at = null, destruction = null
        where subject_id = $1",
    )
    .bind(ada.uuid())
    .bind(version)
    .bind(wrapped)
    .execute(&owner)
    .await
    .expect("restored");
    let server = open(&options).await;
    assert_eq!(name(&server, &event).await.expect("opens"), Some("Ada".to_owned()), "what a backup can do");
    for (_, subject) in server.erased_after(stele_ledger::Position::START).await.expect("readable") {
        server.finish_erasure(subject).await.expect("completed");
    }
    assert_eq!(name(&server, &event).await.expect("erased"), None);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn after_a_rotation_an_old_backup_opens_nothing(pool: PgPoolOptions, options: PgConnectOptions) {
    let folder = TempDir::new().expect("a folder");
    let ledger = with_ring(&options, &folder, [9; 32]).await;
    let people = join_all((0..40).map(|number| {
        let ledger = ledger.clone();
        async move { register(&ledger, &format!("person{number}")).await }
    }));
    let people = people.await;
    let owner = owner(pool, &options).await;
    for table in ["ledger_key", "subject_key", "destructions"] {
        let backup = format!("create table backup_{table} as select * from {table}");
        sqlx::query(sqlx::AssertSqlSafe(backup)).execute(&owner).await.expect("copied");
    }
    let (ada, adas) = &people[0];
    erase(&ledger, *ada).await;
    let pending = ledger.key_record((*ada).into()).await.expect("readable").expect("a record");
    assert!(pending.destroyed_at.is_some() && pending.beyond_backups_since.is_none());

    let mut told = Vec::new();
    let rotated = ledger.rotate_keys(|done, all| told.push((done, all))).await.expect("rotated");
    assert_eq!((rotated.version, rotated.rewrapped, rotated.resumed), (2, 39, false));
    assert_eq!(told, [(39, 39)]);
    let beyond = ledger.key_record((*ada).into()).await.expect("readable").expect("a record");
    assert!(beyond.beyond_backups_since.is_some());
    for ledger in [ledger.clone(), with_ring(&options, &folder, [9; 32]).await] {
        assert_eq!(name(&ledger, adas).await.expect("erased"), None);
        for (number, (_, event)) in people.iter().enumerate().skip(1) {
            assert_eq!(name(&ledger, event).await.expect("opens"), Some(format!("person{number}")));
        }
    }

    for table in ["ledger_key", "subject_key", "destructions"] {
        let restore = format!("truncate {table}; insert into {table} select * from backup_{table}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(restore)).execute(&owner).await.expect("restored");
    }
    let restored = with_ring(&options, &folder, [9; 32]).await;
    for (_, event) in &people {
        let outcome = name(&restored, event).await;
        assert!(matches!(outcome, Err(OpenError::Key { .. })), "the backup opens: {outcome:?}");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_rotation_races_readers_new_people_and_other_rotations(_: PgPoolOptions, options: PgConnectOptions) {
    let folder = TempDir::new().expect("a folder");
    let ledgers = [with_ring(&options, &folder, [9; 32]).await, with_ring(&options, &folder, [9; 32]).await];
    let (_, early) = register(&ledgers[0], "early").await;
    // each has no key at hand
    let readers = join_all((0..8).map(|_| async {
        let reader = with_ring(&options, &folder, [9; 32]).await;
        name(&reader, &early).await
    }));
    let registered = join_all((0..60).map(|number| {
        let ledger = ledgers[number % 2].clone();
        async move { register(&ledger, &format!("person{number}")).await }
    }));
    let rotated = join_all(ledgers.iter().chain(&ledgers).map(|ledger| ledger.rotate_keys(|_, _| {})));
    let (read, people, rotated) = tokio::join!(readers, registered, rotated);
    assert!(rotated.iter().all(Result::is_ok), "{rotated:?}");
    for name in read {
        assert_eq!(name.expect("opens").as_deref(), Some("early"));
    }
    let last = ledgers[0].rotate_keys(|_, _| {}).await.expect("rotated");
    assert!(!last.resumed, "nothing was left undone");
    let fresh = with_ring(&options, &folder, [9; 32]).await;
    for (number, (_, event)) in people.iter().enumerate() {
        assert_eq!(name(&fresh, event).await.expect("opens"), Some(format!("person{number}")));
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn another_root_key_opens_nothing_and_destroys_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let folder = TempDir::new().expect("a folder");
    let ledger = with_ring(&options, &folder, [9; 32]).await;
    let (_, event) = register(&ledger, "Ada").await;
    let other = with_ring(&options, &folder, [8; 32]).await;
    let outcome = name(&other, &event).await;
    assert!(
        matches!(outcome, Err(OpenError::Key { source: stele_ledger::KeyError::Ring(RingError::Root { .. }), .. })),
        "{outcome:?}"
    );
    assert!(other.rotate_keys(|_, _| {}).await.is_err());
    assert_eq!(name(&ledger, &event).await.expect("opens"), Some("Ada".to_owned()));
    assert!(!folder.path().read_dir().expect("a folder").any(|file| {
        std::fs::read(file.expect("listed").path()).expect("readable").windows(32).any(|bytes| bytes == [9; 32])
    }));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn proofs_from_before_an_erasure_hold_after_it(_: PgPoolOptions, options: PgConnectOptions) {
    let folder = TempDir::new().expect("a folder");
    let ledger = open(&options).await;
    let key = || stele_tlog::Signer::new("test", [7; 32]).expect("a good name");
    let anchor = stele_ledger::Anchor::at(folder.path().join("checkpoint"));
    let mut signer = stele_ledger::LogSigner::new(ledger.clone(), key(), anchor);
    let (ada, adas) = register(&ledger, "Ada").await;
    register(&ledger, "Bob").await;
    register(&ledger, "Eve").await;
    let old = signer.sign().await.expect("signed").expect("a checkpoint");
    let included = ledger.inclusion_proof(adas.position, old.size()).await.expect("a proof");
    erase(&ledger, ada).await;
    let new = signer.sign().await.expect("signed").expect("a checkpoint");
    assert_eq!(new.size(), old.size() + 2, "SubjectErased and ParticipantErased, and nothing else");
    // the same proof still leads to the old root, and what the ledger proves now is the same
    let index = adas.position.get() - 1;
    stele_tlog::verify_inclusion(&adas.leaf_hash, index, old.size(), &included.hashes, &old.root())
        .expect("included");
    assert_eq!(ledger.inclusion_proof(adas.position, old.size()).await.expect("a proof"), included);
    let grown = ledger.consistency_proof(old.size(), new.size()).await.expect("a proof");
    verify_consistency(old.size(), &old.root(), new.size(), &new.root(), &grown.hashes).expect("only grown");
}

/// The ledger `test`, with its ledger keys in a file.
async fn with_ring(options: &PgConnectOptions, folder: &TempDir, root: [u8; 32]) -> Ledger {
    let root: Arc<dyn RootKey> = Arc::new(LocalRootKey::new(root));
    KeyStore::migrate(options).await.expect("migrated");
    let ring = KeyRing::file(folder.path().join("ledger.keys"), root);
    let keys = KeyStore::connect(options.clone(), ring).await.expect("a key store");
    let database = Database::connect(options.clone(), 8).await.expect("the test database is migrated");
    Ledger::open(database, "test", Arc::new(SystemClock), keys).await.expect("the ledger opens")
}

async fn owner(pool: PgPoolOptions, options: &PgConnectOptions) -> PgPool {
    pool.connect_with(options.clone()).await.expect("connects")
}
