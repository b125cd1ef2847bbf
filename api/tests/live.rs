//! Subscriptions over real sockets: what is told, to whom, and when the telling ends.

mod socket;
mod support;

use std::time::Duration;

use axum::http::StatusCode;
use futures::future::join_all;
use serde_json::{Value, json};
use socket::{Client, Edge, opened_by};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_api::{Settings, SocketSettings};
use stele_domain::participant::Role;
use support::Server;

const QUEUE: &str = "subscription($id: UUID!) { queue(projectId: $id) { projectId position openTaskCount } }";

/// A project, and how many commands it has seen.
struct Project {
    manager: String,
    id: Value,
}

impl Project {
    async fn create(server: &Server, name: &str) -> Self {
        let manager = server.sign_in(name, &[Role::Manager]).await;
        let questions = json!([{ "key": "better", "title": "?", "kind": { "preference": {} } }]);
        let input = json!({ "name": name, "questions": questions, "redundancy": 1 });
        let fields = "... on ProjectCreated { projectId receipt { last } }";
        let created = server.mutate(&manager, "createProject", input, name, fields).await;
        let query = "query($id: UUID!, $at: Position) { project(id: $id, atLeast: $at) { id } }";
        let (id, at) = (created["projectId"].clone(), created["receipt"]["last"].clone());
        server.ask(Some(&manager), query, json!({ "id": id, "at": at })).await;
        Self { manager, id }
    }

    /// Adds a task; its id.
    async fn add_task(&self, server: &Server, key: &str) -> Value {
        let responses = json!([{ "text": "0" }, { "text": "1" }]);
        let content = json!([{ "name": "prompt", "value": key }]);
        let input = json!({ "projectId": self.id, "content": content, "responses": responses });
        let fields = "... on TaskCreated { taskId receipt { last } }";
        server.mutate(&self.manager, "createTask", input, key, fields).await["taskId"].clone()
    }

    fn subscription(&self) -> (&'static str, Value) {
        (QUEUE, json!({ "id": self.id }))
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_subscriber_is_told_what_a_mutation_did(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let edge = Edge::open(&server);
    let (mine, other) = (Project::create(&server, "mine").await, Project::create(&server, "other").await);
    let ada = server.sign_in("ada", &[Role::Annotator]).await;
    let mut client = Client::signed_in(&edge, &ada).await;
    let (query, variables) = mine.subscription();
    client.subscribe("1", query, &variables).await;
    let first = client.next("1").await;
    assert_eq!(first["data"]["queue"]["openTaskCount"], 0, "{first}");
    // what happens elsewhere is told to nobody here: the next message is about the change that follows
    other.add_task(&server, "elsewhere").await;
    mine.add_task(&server, "here").await;
    let next = client.next("1").await;
    assert_eq!(next["data"]["queue"]["openTaskCount"], 1, "{next}");
    assert_eq!(next["data"]["queue"]["projectId"], mine.id);
    client.complete("1").await;
    client.subscribe("2", query, &json!({ "id": other.id })).await;
    assert_eq!(client.next("2").await["data"]["queue"]["openTaskCount"], 1);
    // annotators are not told how far they agree, nor what is recorded
    let forbidden = ["quality(projectId: $id) { position }", "ledger { position }"];
    for (id, field) in ["3", "4"].iter().zip(forbidden) {
        let arguments = if field.contains("$id") { "($id: UUID!)" } else { "" };
        client.subscribe(id, &format!("subscription{arguments} {{ {field} }}"), &json!({ "id": mine.id })).await;
        let refused = client.receive_for(id).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{field}: {refused}");
    }
    // the work is done, and agreement changes with it
    let mut overseer = Client::signed_in(&edge, &mine.manager).await;
    let quality = "subscription($id: UUID!) { quality(projectId: $id) { position } }";
    overseer.subscribe("q", quality, &json!({ "id": mine.id })).await;
    let before = overseer.next("q").await["data"]["quality"]["position"].clone();
    let claim = json!({ "projectId": mine.id });
    let fields = "... on TaskClaimed { assignmentId task { id } }";
    let claimed = server.mutate(&ada, "claimTask", claim, "claim", fields).await;
    let answers = json!([{ "question": "better", "value": { "preference": { "outcome": "LEFT" } } }]);
    let answer =
        json!({ "taskId": claimed["task"]["id"], "assignmentId": claimed["assignmentId"], "answers": answers });
    let fields = "... on AnnotationSubmitted { receipt { last } }";
    let submitted = server.mutate(&ada, "submitAnnotation", answer, "submit", fields).await;
    let last = submitted["receipt"]["last"].as_u64().expect("a position");
    loop {
        let told = overseer.next("q").await["data"]["quality"]["position"].as_u64().expect("a position");
        assert!(before.as_u64().is_some_and(|before| told >= before));
        if told >= last {
            break;
        }
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn people_are_told_what_becomes_of_their_work(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let edge = Edge::open(&server);
    let mary = server.sign_in("mary", &[Role::Manager]).await;
    let ada = server.sign_in("ada", &[Role::Annotator]).await;
    let whoami = server.ask(Some(&ada), "{ viewer { participantId } }", json!({})).await;
    let ada_id = whoami["data"]["viewer"]["participantId"].clone();
    let mut client = Client::signed_in(&edge, &ada).await;
    client.subscribe("n", "subscription { notifications { position unread } }", &json!({})).await;
    let unread = async |client: &mut Client| client.next("n").await["data"]["notifications"]["unread"].clone();
    let known = unread(&mut client).await.as_u64().expect("a count");
    let grant = json!({ "participantId": ada_id, "skill": "lang:de" });
    let fields = "... on SkillGranted { receipt { last } }";
    let granted = server.mutate(&mary, "grantSkill", grant, "g", fields).await;
    assert_eq!(unread(&mut client).await, known + 1);
    let query = "query($at: Position) { unreadNotifications notifications(unreadOnly: true, first: 1, atLeast: $at) {
        nodes { position kind detail read projectId } pageInfo { hasNextPage endCursor } } }";
    let at = granted["receipt"]["last"].clone();
    let told = server.ask(Some(&ada), query, json!({ "at": at })).await;
    let newest = &told["data"]["notifications"]["nodes"][0];
    assert_eq!(
        *newest,
        json!({ "position": at, "kind": "SKILL_GRANTED", "detail": "lang:de", "read": false, "projectId": null })
    );
    // nobody else is told, and nobody reads for another
    let others = server.ask(Some(&mary), query, json!({ "at": at })).await;
    assert!(!others.to_string().contains("lang:de"), "{others}");
    let mark = "mutation($at: Position!) { markNotificationsRead(upTo: $at) {
        ... on NotificationsRead { unread } ... on Refusal { code } } }";
    let ahead = server.ask(Some(&ada), mark, json!({ "at": 1_000_000 })).await;
    assert_eq!(ahead["data"]["markNotificationsRead"]["code"], "BEYOND_HEAD");
    let marked = server.ask(Some(&ada), mark, json!({ "at": at })).await;
    assert_eq!(marked["data"]["markNotificationsRead"]["unread"], 0);
    assert_eq!(unread(&mut client).await, 0, "other windows hear of it");
    let older = server.ask(Some(&ada), mark, json!({ "at": 0 })).await;
    assert_eq!(older["data"]["markNotificationsRead"]["unread"], 0, "what was read stays read");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn auditors_are_told_the_names_of_events(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let edge = Edge::open(&server);
    let project = Project::create(&server, "seen").await;
    let auditor = server.sign_in("audrey", &[Role::Auditor]).await;
    let mut client = Client::signed_in(&edge, &auditor).await;
    client.subscribe("l", "subscription { ledger { position events { position name } } }", &json!({})).await;
    let first = client.next("l").await;
    assert_eq!(first["data"]["ledger"]["events"], json!([]), "{first}");
    project.add_task(&server, "task").await;
    let mut position = first["data"]["ledger"]["position"].as_u64().expect("a position");
    let next = loop {
        let next = client.next("l").await["data"]["ledger"].clone();
        for event in next["events"].as_array().expect("events") {
            position += 1;
            assert_eq!(event["position"], position, "none is left out: {next}");
        }
        assert_eq!(next["position"], position);
        if next.to_string().contains("TaskCreated") {
            break next;
        }
    };
    assert!(!next.to_string().contains("task/"), "no more than names: {next}");
    // a manager oversees, and does not read the history
    let mut manager = Client::signed_in(&edge, &project.manager).await;
    manager.subscribe("l", "subscription { ledger { position events { name } } }", &json!({})).await;
    let refused = manager.next("l").await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
    manager.complete("l").await;
    manager.subscribe("m", "subscription { ledger { position } }", &json!({})).await;
    assert_eq!(manager.next("m").await["data"]["ledger"]["position"], next["position"]);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn who_is_not_believed_is_told_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let settings = SocketSettings {
        operations: 2,
        sockets_a_person: 2,
        max_message: 2_000,
        init_within: Duration::from_millis(200),
        look_every: Duration::from_millis(20),
        ..SocketSettings::default()
    };
    let settings = Settings { sockets: settings, ..Settings::default() };
    let start = "2026-01-01T00:00:00Z".parse().expect("a time");
    let server = Server::start_with(&options, start, settings).await;
    let edge = Edge::open(&server);
    let ada = server.sign_in("ada", &[Role::Annotator]).await;
    for payload in [json!({}), json!({ "Authorization": ada }), json!({ "Authorization": "Bearer nonsense" })] {
        let mut client = Client::connect(&edge).await;
        client.send(&json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(client.closed().await.0, 4403, "{payload}");
    }
    let mut silent = Client::connect(&edge).await;
    assert_eq!(silent.closed().await.0, 4408);
    let mut hasty = Client::connect(&edge).await;
    hasty.subscribe("1", "subscription { notifications { unread } }", &json!({})).await;
    assert_eq!(hasty.closed().await.0, 4401);
    let mut odd = Client::signed_in(&edge, &ada).await;
    odd.send(&json!({ "type": "subscribe", "id": "1", "payload": "ada@example.org" })).await;
    let (code, reason) = odd.closed().await;
    assert!(code == 4400 && !reason.contains("ada"), "{code} {reason}");
    let mut long = Client::signed_in(&edge, &ada).await;
    long.subscribe("1", &"#".repeat(2_001), &json!({})).await;
    long.closed_somehow().await;
    // operations: an id once, two at a time, and subscriptions only
    let mut twice = Client::signed_in(&edge, &ada).await;
    for _ in 0..2 {
        twice.subscribe("1", "subscription { notifications { unread } }", &json!({})).await;
    }
    assert_eq!(twice.closed().await.0, 4409);
    let mut many = Client::signed_in(&edge, &ada).await;
    for id in ["1", "2", "3"] {
        many.subscribe(id, "subscription { notifications { unread } }", &json!({})).await;
    }
    assert_eq!(many.closed().await.0, 1008);
    let mut query = Client::signed_in(&edge, &ada).await;
    query.subscribe("1", "{ viewer { participantId } }", &json!({})).await;
    let refused = query.next("1").await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{refused}");
    // and a person twice at a time
    let second = Client::signed_in(&edge, &ada).await;
    let mut third = Client::connect(&edge).await;
    third.send(&json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {ada}") } })).await;
    assert_eq!(third.closed().await.0, 1008);
    drop((query, second));
    assert_eq!(server.get("/graphql/ws").await.0, StatusCode::BAD_REQUEST, "no upgrade was asked for");
}

/// A server that looks after its sockets often, and asks as often as it is told whether people can still sign in.
async fn watchful(options: &PgConnectOptions, ask_every: Duration) -> Server {
    let sockets = SocketSettings { look_every: Duration::from_millis(20), ask_every, ..SocketSettings::default() };
    let start = "2026-01-01T00:00:00Z".parse().expect("a time");
    Server::start_with(options, start, Settings { sockets, ..Settings::default() }).await
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_socket_ends_with_its_owners_account(_: PgPoolOptions, options: PgConnectOptions) {
    let server = watchful(&options, Duration::from_millis(20)).await;
    let edge = Edge::open(&server);
    let officer = server.sign_in("olga", &[Role::Compliance]).await;
    let ada = server.sign_in("ada", &[Role::Annotator]).await;
    let whoami = server.ask(Some(&ada), "{ viewer { participantId } }", json!({})).await;
    let mut erased = Client::signed_in(&edge, &ada).await;
    erased.subscribe("1", "subscription { notifications { unread } }", &json!({})).await;
    erased.next("1").await;
    let subject = &whoami["data"]["viewer"]["participantId"];
    let erase = json!({ "subjectId": subject, "basis": "a request", "reference": "1" });
    let done = server.mutate(&officer, "eraseSubject", erase, "e", "").await;
    assert!(done["code"].is_null(), "{done}");
    assert_eq!(erased.closed().await.0, 4403);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_socket_ends_with_its_personal_access_token(_: PgPoolOptions, options: PgConnectOptions) {
    let server = watchful(&options, Duration::from_millis(20)).await;
    let edge = Edge::open(&server);
    let ada = server.sign_in("ada", &[Role::Annotator]).await;
    let create =
        "mutation { createAccessToken(input: { name: \"n\", level: READ, expiresAt: \"2026-01-02T00:00:00Z\" }) {
        ... on AccessTokenCreated { token accessToken { id } } } }";
    let create = async || server.ask(Some(&ada), create, json!({})).await["data"]["createAccessToken"].clone();
    let (first, second) = (create().await, create().await);
    let subscribed = async |created: &Value| {
        let mut client = Client::signed_in(&edge, created["token"].as_str().expect("a token")).await;
        client.subscribe("1", "subscription { notifications { unread } }", &json!({})).await;
        assert!(client.next("1").await["data"]["notifications"]["unread"].is_number());
        client
    };
    let (mut revoked, mut expired) = (subscribed(&first).await, subscribed(&second).await);
    let revoke = "mutation($id: UUID!) { revokeAccessToken(accessTokenId: $id) { __typename } }";
    server.ask(Some(&ada), revoke, json!({ "id": first["accessToken"]["id"] })).await;
    assert_eq!(revoked.closed().await.0, 4403);
    expired.complete("1").await;
    expired.subscribe("2", "subscription { notifications { unread } }", &json!({})).await;
    assert!(expired.next("2").await["data"]["notifications"]["unread"].is_number(), "the other goes on");
    server.clock.advance(24 * 60 * 60);
    assert_eq!(expired.closed().await.0, 4403);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_socket_ends_with_its_session(_: PgPoolOptions, options: PgConnectOptions) {
    let server = watchful(&options, Duration::from_millis(20)).await;
    let edge = Edge::open(&server);
    let first = server.sign_in("ada", &[Role::Annotator]).await;
    let second = server.login("ada@example.org", support::PASSWORD).await["token"].clone();
    let subscribed = async |token: &str| {
        let mut client = Client::signed_in(&edge, token).await;
        client.subscribe("1", "subscription { notifications { unread } }", &json!({})).await;
        assert!(client.next("1").await["data"]["notifications"]["unread"].is_number());
        client
    };
    let (mut ended, mut other) = (subscribed(&first).await, subscribed(second.as_str().expect("a token")).await);
    server.ask(Some(&first), "mutation { signOut { sessions } }", Value::Null).await;
    assert_eq!(ended.closed().await.0, 4403);
    other.complete("1").await;
    other.subscribe("2", "subscription { notifications { unread } }", &json!({})).await;
    assert!(other.next("2").await["data"]["notifications"]["unread"].is_number(), "the other goes on");
    server.ask(second.as_str(), "mutation { signOutEverywhere { sessions } }", Value::Null).await;
    assert_eq!(other.closed().await.0, 4403);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_socket_ends_with_its_token_and_with_the_server(_: PgPoolOptions, options: PgConnectOptions) {
    let server = watchful(&options, Duration::from_hours(1)).await;
    let edge = Edge::open(&server);
    let bob = server.sign_in("bob", &[Role::Annotator]).await;
    let mut expired = Client::signed_in(&edge, &bob).await;
    expired.subscribe("1", "subscription { notifications { unread } }", &json!({})).await;
    expired.next("1").await;
    server.clock.advance(15 * 60);
    let (code, reason) = expired.closed().await;
    assert!(code == 4403 && reason.contains("expired"), "{code} {reason}");
    let bob = server.login("bob@example.org", support::PASSWORD).await["token"].clone();
    let mut last = Client::signed_in(&edge, bob.as_str().expect("a token")).await;
    server.live.stop();
    assert_eq!(last.closed().await.0, 1001);
}

/// What a subscriber is told of, a query finds: nothing is told before the view has it.
#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn nothing_is_told_before_its_view_has_it(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let edge = Edge::open(&server);
    let project = Project::create(&server, "late").await;
    let mut client = Client::signed_in(&edge, &project.manager).await;
    let (query, variables) = project.subscription();
    client.subscribe("1", query, &variables).await;
    assert_eq!(client.next("1").await["data"]["queue"]["openTaskCount"], 0);
    // somebody else folds the view, and takes their time
    let mut folding = server.ledger.database().pool().begin().await.expect("begins");
    let lock = "select from view_checkpoint where view = 'task_queue' for update";
    sqlx::query(lock).execute(&mut *folding).await.expect("locked");
    project.add_task(&server, "one").await;
    let mut overseer = Client::signed_in(&edge, &project.manager).await;
    overseer.subscribe("l", "subscription { ledger { position } }", &json!({})).await;
    // the ledger is told of twice, so whatever was looked up for the first time has been told as well
    for name in ["ann", "ben"] {
        server.register(name, &[Role::Annotator]).await;
        let head = server.ledger.head().await.expect("a head").position().get();
        while overseer.next("l").await["data"]["ledger"]["position"] != head {}
    }
    folding.rollback().await.expect("ended");
    assert_eq!(client.next("1").await["data"]["queue"]["openTaskCount"], 1);
}

/// 32 people with 16 windows each.
#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn hundreds_of_subscribers_are_all_told(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let edge = Edge::open(&server);
    let project = Project::create(&server, "big").await;
    let (query, variables) = project.subscription();
    let mut tokens = Vec::new();
    for number in 0..32 {
        tokens.push(server.sign_in(&format!("person{number}"), &[Role::Annotator]).await);
    }
    let sockets = tokens.iter().flat_map(|token| std::iter::repeat_n(token, 16));
    let mut clients = join_all(sockets.map(async |token| {
        let mut client = Client::signed_in(&edge, token).await;
        client.subscribe("1", query, &variables).await;
        assert_eq!(client.next("1").await["data"]["queue"]["openTaskCount"], 0);
        client
    }))
    .await;
    assert_eq!(clients.len(), 512);
    project.add_task(&server, "one").await;
    let told = clients.iter_mut().map(async |client| client.next("1").await["data"]["queue"]["openTaskCount"] == 1);
    let told = tokio::time::timeout(Duration::from_secs(10), join_all(told)).await.expect("in time");
    assert!(told.into_iter().all(|told| told));
}

/// A client that takes nothing for a while gets the newest state then, and not everything that it missed.
#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn whoever_is_slow_is_told_the_newest(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let edge = Edge::open(&server);
    let project = Project::create(&server, "slow").await;
    let auditor = server.sign_in("audrey", &[Role::Auditor]).await;
    let (mut slow, mut fast) = (Client::signed_in(&edge, &auditor).await, Client::signed_in(&edge, &auditor).await);
    let ledger = "subscription { ledger { position events { position name } } }";
    slow.subscribe("1", ledger, &json!({})).await;
    fast.subscribe("1", ledger, &json!({})).await;
    fast.next("1").await;
    let mut told = 0;
    for number in 0..30 {
        // so much that the slow one's window is full after a few messages
        let more = (0..40).map(|part| format!("{number}/{part}")).collect::<Vec<_>>();
        join_all(more.iter().map(|key| project.add_task(&server, key))).await;
        let head = server.ledger.head().await.expect("a head").position().get();
        loop {
            told += 1;
            if fast.next("1").await["data"]["ledger"]["position"] == head {
                break;
            }
        }
    }
    let head = server.ledger.head().await.expect("a head").position().get();
    let mut taken = 0;
    loop {
        taken += 1;
        if slow.next("1").await["data"]["ledger"]["position"] == head {
            break;
        }
    }
    assert!(told >= 30 && taken < told, "the slow one was told {taken} states, the fast one {told}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn pages_of_other_origins_open_no_socket(_: PgPoolOptions, options: PgConnectOptions) {
    let start = "2026-01-01T00:00:00Z".parse().expect("a valid time");
    let allowed_origins = vec!["https://console.example.org".parse().expect("an origin")];
    let server = Server::start_with(&options, start, Settings { allowed_origins, ..Settings::default() }).await;
    let edge = Edge::open(&server);
    let host = "stele.example.org";
    let opened = [None, Some("https://console.example.org"), Some("https://stele.example.org")];
    for origin in opened {
        assert_eq!(opened_by(&edge, origin, host).await, 101, "{origin:?}");
    }
    let refused = [
        "https://evil.example.org",
        "https://console.example.org.evil.example.org",
        "https://stele.example.org:8443",
        "http://console.example.org",
        "null",
    ];
    for origin in refused {
        assert_eq!(opened_by(&edge, Some(origin), host).await, 403, "{origin}");
    }
}
