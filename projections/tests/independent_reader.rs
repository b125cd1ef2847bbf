//! A store that is not Stele's own reads the events, and every aggregate comes out the same.

mod support;

use cqrs_es::{AggregateContext, EventStore, persist::PersistedEventStore};
use postgres_es::PostgresEventRepository;
use sqlx::{PgPool, postgres::PgConnectOptions};
use sqlx_of_postgres_es::postgres::{PgConnectOptions as PeerOptions, PgPool as PeerPool, PgPoolOptions};
use stele_domain::{
    Aggregate, Event, ParticipantId, Personal, StreamType,
    dataset::Dataset,
    history::{History as LedgerHistory, HistoryCommand, TreeHead},
    participant::{HeldRole, Participant, ParticipantCommand, ParticipantKind, Role},
    project::{Project, ProjectCommand},
    subject::Subject,
    task::Task,
};
use stele_ledger::{EventFilter, Ledger, Position, StreamKey};
use support::{History, open};
use uuid::Uuid;

/// A pool of the release of sqlx that the peer is made with, whose connections read one ledger in the server's role.
async fn peer(options: &PgConnectOptions, ledger: &str) -> PeerPool {
    let mut peer = PeerOptions::new()
        .username(options.get_username())
        .database(options.get_database().expect("a database"))
        .port(options.get_port())
        .options([("stele.ledger", ledger), ("role", "stele_server")]);
    peer = match options.get_socket() {
        Some(socket) => peer.socket(socket),
        None => peer.host(options.get_host()),
    };
    PgPoolOptions::new().max_connections(2).connect_with(peer).await.expect("a pool")
}

/// What the peer makes of a stream, and what the ledger does.
async fn both<A, E>(ledger: &Ledger, peer: &PeerPool, id: Uuid) -> (serde_json::Value, serde_json::Value)
where
    A: Aggregate<Event = E> + cqrs_es::Aggregate<Event = E>,
    E: Event,
    <A as cqrs_es::Aggregate>::Error: Send + Sync + 'static,
{
    let events = PostgresEventRepository::new(peer.clone()).with_tables("postgres_es_events", "no_snapshots");
    let store = PersistedEventStore::<_, A>::new_event_store(events);
    let mut context = store.load_aggregate(&id.to_string()).await.expect("the peer loads it");
    let (own, version) = ledger.load::<A>(id).await.expect("the ledger loads it");
    assert_eq!(context.current_sequence as u64, version);
    let json = |state: &A| serde_json::to_value(state).expect("JSON");
    (json(context.aggregate()), json(&own))
}

/// Compares every stream of a ledger; how many there are of each type.
async fn compare(ledger: &Ledger, peer: &PeerPool) -> Vec<usize> {
    let head = ledger.head().await.expect("a head").position();
    let events = ledger.read(Position::START, head, &EventFilter::all()).await.expect("readable");
    let mut streams: Vec<StreamKey> = events.iter().map(|event| event.stream).collect();
    streams.sort_unstable();
    streams.dedup();
    for stream in &streams {
        let (theirs, own) = match stream.stream_type {
            StreamType::Project => both::<Project, _>(ledger, peer, stream.id).await,
            StreamType::Task => both::<Task, _>(ledger, peer, stream.id).await,
            StreamType::Participant => both::<Participant, _>(ledger, peer, stream.id).await,
            StreamType::Subject => both::<Subject, _>(ledger, peer, stream.id).await,
            StreamType::Dataset => both::<Dataset, _>(ledger, peer, stream.id).await,
            StreamType::Ledger => both::<LedgerHistory, _>(ledger, peer, stream.id).await,
        };
        assert_eq!(theirs, own, "{stream}");
    }
    let count = |of| streams.iter().filter(|stream| stream.stream_type == of).count();
    StreamType::ALL.into_iter().map(count).collect()
}

async fn register(history: &mut History, id: Uuid, name: &str) {
    let register = ParticipantCommand::Register {
        kind: ParticipantKind::Human,
        name: Personal::clear(ParticipantId::from(id), name.into()),
        email: None,
        roles: [Role::Annotator, Role::Reviewer].map(HeldRole::in_workspace).to_vec(),
    };
    let revoke = ParticipantCommand::RevokeRole { role: Role::Annotator, project: None };
    for command in [register, revoke] {
        let context = history.context();
        history.ledger.execute::<Participant>(id, &context, &command).await.expect("recorded");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn every_aggregate_is_the_same_to_postgres_es(pool: PgPool) {
    let options = (*pool.connect_options()).clone();
    let ledger = open(&options).await;
    let mut history = History::begin(ledger.clone(), 5).await;
    for _ in 0..300 {
        history.step().await;
    }
    let change = ProjectCommand::ChangeRedundancy { redundancy: 2.try_into().expect("in range") };
    let context = history.context();
    ledger.execute::<Project>(history.project.uuid(), &context, &change).await.expect("recorded");
    register(&mut history, Uuid::from_u128(1), "Ada").await;
    for _ in 0..5 {
        history.release().await;
    }
    let context = history.context();
    let (basis, reference) = ("a request".to_owned(), "1".to_owned());
    ledger.erase(Uuid::from_u128(1).into(), &context, basis, reference).await.expect("erased");
    let found = TreeHead { size: 1, root: [1; 32].into() };
    let recover = HistoryCommand::Recover { reason: "a restore".into(), epoch: 2, last_signed: None, found };
    let context = history.context();
    ledger.execute::<LedgerHistory>(ledger.id(), &context, &recover).await.expect("recorded");

    let streams = compare(&ledger, &peer(&options, "test").await).await;
    assert!(streams[1] > 20, "tasks");
    assert_eq!((streams[0], &streams[2..]), (1, &[1, 1, 1, 1][..]), "{streams:?}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_reader_says_which_ledger_it_reads(pool: PgPool) {
    let options = (*pool.connect_options()).clone();
    let mut ledgers = Vec::new();
    for name in ["test", "other"] {
        let database = stele_ledger::Database::connect(options.clone(), 6).await.expect("migrated");
        let keys = stele_ledger::KeyStore::in_process(&options).await.expect("a key store");
        let clock = std::sync::Arc::new(stele_ledger::SystemClock);
        let ledger = Ledger::open(database, name, clock, keys).await;
        let ledger = ledger.expect("the ledger opens");
        let mut history = History::begin(ledger.clone(), 5).await;
        // the same id in both
        register(&mut history, Uuid::from_u128(1), name).await;
        if name == "other" {
            let grant = ParticipantCommand::GrantRole { role: Role::Admin, project: None };
            let context = history.context();
            ledger.execute::<Participant>(Uuid::from_u128(1), &context, &grant).await.expect("recorded");
        }
        ledgers.push(ledger);
    }
    for ledger in &ledgers {
        assert_eq!(compare(ledger, &peer(&options, ledger.name()).await).await, [1, 0, 1, 0, 0, 0]);
    }
    for nothing in ["", "nowhere"] {
        let peer = peer(&options, nothing).await;
        let read = sqlx_of_postgres_es::query("select from postgres_es_events").execute(&peer).await;
        let error = read.expect_err("no ledger is named").to_string();
        assert!(error.contains(&format!("there is no ledger \"{nothing}\"")), "{error}");
    }
}
