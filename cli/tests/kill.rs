//! The server and PostgreSQL, killed in the middle of 64-way appends: nothing acknowledged is lost, nothing is there
//! twice.

mod support;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use serde_json::{Value, json};
use stele_ledger::{Position, Recorded, StreamKey, leaf_hash};
use stele_tlog::Frontier;
use support::{Home, Serving, signal};
use uuid::Uuid;

const WRITERS: usize = 64;
/// How many commands are acknowledged before the blow.
const BEFORE: u64 = 600;
const PASSWORD: &str = "a long enough password";

/// What was acknowledged: by idempotency key, the first and last position.
type Acknowledged = BTreeMap<String, (u64, u64)>;

/// A client of one server.
#[derive(Clone)]
struct Client {
    agent: ureq::Agent,
    url: String,
    token: String,
}

impl Client {
    fn sign_in(url: &str) -> Self {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let mut client = Self { agent, url: url.to_owned(), token: String::new() };
        let query = "mutation($p: String!) { login(email: \"root@example.org\", password: $p) {
            ... on Session { token } ... on Refusal { message } } }";
        let answer = client.ask(query, &json!({ "p": PASSWORD })).expect("an answer");
        client.token = answer["data"]["login"]["token"].as_str().unwrap_or_else(|| panic!("{answer}")).into();
        client
    }

    /// The answer to a GraphQL request; `None` if there was none, or if it is that of a fault.
    fn ask(&self, query: &str, variables: &Value) -> Option<Value> {
        let mut request = self.agent.post(&self.url);
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let mut response = request.send_json(json!({ "query": query, "variables": variables })).ok()?;
        let answer: Value = response.body_mut().read_json().ok()?;
        answer["errors"].is_null().then_some(answer)
    }

    fn create_task(&self, project: &Value, key: &str) -> Option<Value> {
        let query = "mutation($input: CreateTaskInput!, $key: String!) {
            createTask(input: $input, idempotencyKey: $key) {
                ... on TaskCreated { receipt { first last replayed } } ... on Refusal { code message } } }";
        let input = json!({
            "projectId": project,
            "content": [{ "name": "prompt", "value": format!("What is {key}?") }],
            "responses": [{ "text": "This." }, { "text": "That." }],
        });
        let answer = self.ask(query, &json!({ "input": input, "key": key }))?;
        let receipt = answer["data"]["createTask"]["receipt"].clone();
        assert!(receipt.is_object(), "{answer}");
        Some(receipt)
    }

    fn create_project(&self) -> Value {
        let query = "mutation { createProject(idempotencyKey: \"p\", input: { name: \"Kill\", questions: [
            { key: \"better\", title: \"Which?\", kind: { preference: {} } }] }) {
            ... on ProjectCreated { projectId } } }";
        let answer = self.ask(query, &Value::Null).expect("an answer");
        answer["data"]["createProject"]["projectId"].clone()
    }
}

/// 64 clients create tasks; after [`BEFORE`] acknowledgements, `blow` falls. Each stops at its first failure, or once
/// it has gone on a while after the blow.
fn append_until(client: &Client, project: &Value, round: &str, blow: impl FnOnce()) -> (Acknowledged, Vec<String>) {
    let acknowledged = Arc::new(Mutex::new(Acknowledged::new()));
    let count = Arc::new(AtomicU64::new(0));
    let (struck, unanswered) = (Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(Vec::new())));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (client, project, round) = (client.clone(), project.clone(), round.to_owned());
            let (acknowledged, count) = (Arc::clone(&acknowledged), Arc::clone(&count));
            let (struck, unanswered) = (Arc::clone(&struck), Arc::clone(&unanswered));
            thread::spawn(move || {
                for number in 0.. {
                    let key = format!("{round}/{writer}/{number}");
                    let Some(receipt) = client.create_task(&project, &key) else {
                        unanswered.lock().expect("not poisoned").push(key);
                        return;
                    };
                    let position = |name: &str| receipt[name].as_u64().expect("a position");
                    let range = (position("first"), position("last"));
                    assert_eq!(acknowledged.lock().expect("not poisoned").insert(key, range), None);
                    count.fetch_add(1, Ordering::SeqCst);
                    let struck = struck.load(Ordering::SeqCst);
                    if struck > 0 && count.load(Ordering::SeqCst) > struck + BEFORE {
                        return;
                    }
                }
            })
        })
        .collect();
    while count.load(Ordering::SeqCst) < BEFORE {
        thread::yield_now();
    }
    blow();
    struck.store(count.load(Ordering::SeqCst), Ordering::SeqCst);
    writers.into_iter().for_each(|writer| writer.join().expect("no panic"));
    let acknowledged = std::mem::take(&mut *acknowledged.lock().expect("not poisoned"));
    let unanswered = std::mem::take(&mut *unanswered.lock().expect("not poisoned"));
    (acknowledged, unanswered)
}

/// Everything in the ledger, after the root has been computed anew from the rows and held against the head.
fn audit(client: &Client) -> Vec<Recorded> {
    let ledger = client.ask("{ ledger { position root } }", &Value::Null).expect("an answer");
    let ledger_id = ledger_id(client);
    let (mut events, mut after) = (Vec::new(), Value::Null);
    loop {
        let query = "query($after: String) { events(first: 100, after: $after) {
            nodes { position id streamType streamId streamVersion name schemaVersion payload metadata occurredAt
                recordedAt leafHash } pageInfo { hasNextPage endCursor } } }";
        let answer = client.ask(query, &json!({ "after": after })).expect("an answer");
        let page = &answer["data"]["events"];
        events.extend(page["nodes"].as_array().expect("events").iter().map(recorded));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let mut frontier = Frontier::default();
    for (expected, event) in (1..).zip(&events) {
        assert_eq!(event.position.get(), expected, "positions have no gaps");
        assert_eq!(leaf_hash(ledger_id, event), event.leaf_hash);
        frontier.push(event.leaf_hash);
    }
    assert_eq!(ledger["data"]["ledger"]["position"], frontier.size());
    assert_eq!(ledger["data"]["ledger"]["root"], hex::encode(frontier.root()));
    events
}

/// The ledger's id, as its access tokens name it.
fn ledger_id(client: &Client) -> Uuid {
    let claims = client.token.split('.').nth(1).expect("three parts");
    let claims = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, claims).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    let issuer = claims["iss"].as_str().and_then(|issuer| issuer.strip_prefix("stele:")).expect("an issuer");
    issuer.parse().expect("a UUID")
}

fn recorded(event: &Value) -> Recorded {
    let text = |name: &str| event[name].as_str().unwrap_or_else(|| panic!("{name} in {event}")).to_owned();
    let number = |name: &str| event[name].as_u64().unwrap_or_else(|| panic!("{name} in {event}"));
    let stream_type = text("streamType").parse().expect("a stream type");
    let mut hash = [0; 32];
    hex::decode_to_slice(text("leafHash"), &mut hash).expect("a hash");
    Recorded {
        position: Position::from(number("position")),
        event_id: text("id").parse().expect("a UUID"),
        stream: StreamKey { stream_type, id: text("streamId").parse().expect("a UUID") },
        stream_version: number("streamVersion"),
        name: text("name"),
        schema_version: number("schemaVersion").try_into().expect("small"),
        payload: text("payload"),
        metadata: text("metadata"),
        occurred_at: text("occurredAt").parse().expect("a time"),
        recorded_at: text("recordedAt").parse().expect("a time"),
        leaf_hash: hash,
    }
}

/// Sends every command again: each acknowledged one gets its first receipt, and all are there once.
fn nothing_lost_and_nothing_twice(
    client: &Client,
    project: &Value,
    acknowledged: &Acknowledged,
    unanswered: &[String],
) {
    assert!(acknowledged.len() as u64 >= BEFORE);
    for (key, (first, last)) in acknowledged {
        let again = client.create_task(project, key).expect("an answer");
        assert_eq!(again, json!({ "first": first, "last": last, "replayed": true }), "{key}");
    }
    for key in unanswered {
        client.create_task(project, key).expect("an answer");
    }
    let events = audit(client);
    let mut times = BTreeMap::<String, u32>::new();
    for event in events.iter().filter(|event| event.name == "TaskCreated") {
        let metadata: Value = serde_json::from_str(&event.metadata).expect("JSON");
        *times.entry(metadata["command_id"].as_str().expect("a key").to_owned()).or_default() += 1;
    }
    for key in acknowledged.keys().chain(unanswered) {
        assert_eq!(times.remove(key), Some(1), "{key} is there once");
    }
    assert!(times.is_empty(), "and nothing else: {times:?}");
}

/// The independent verifier finds nothing, in a history that goes on from what was signed before the blow.
fn still_verifies(home: &Home, client: &Client) {
    let answer = client.ask("{ ledger { verifierKey } }", &Value::Null).expect("an answer");
    let key = answer["data"]["ledger"]["verifierKey"].as_str().expect("a key");
    let kept = home.path().join("main.checkpoint");
    let report = home.succeed(&["verify", "--key", key, "--checkpoint", kept.to_str().expect("text")]);
    assert!(report.starts_with("valid: ledger main"), "{report}");
}

fn register(home: &Home) {
    let mut register = home.command(&["register", "--email", "root@example.org", "--name", "Root"]);
    for role in ["manager", "auditor"] {
        register.args(["--role", role]);
    }
    assert!(register.env("STELE_PASSWORD", PASSWORD).status().expect("stele runs").success());
}

fn start(home: &Home) -> (Serving, Client) {
    let server = home.serve(&["serve"]);
    let client = Client::sign_in(&server.url);
    (server, client)
}

#[test]
fn the_server_is_killed() {
    let home = Home::new();
    register(&home);
    let (server, client) = start(&home);
    let project = client.create_project();
    let mut server = Some(server);
    let blow = || server.take().expect("running").kill();
    let (acknowledged, unanswered) = append_until(&client, &project, "server", blow);
    assert_eq!(unanswered.len(), WRITERS, "every writer met the blow");
    let (server, client) = start(&home);
    nothing_lost_and_nothing_twice(&client, &project, &acknowledged, &unanswered);
    still_verifies(&home, &client);
    server.interrupt();
}

#[test]
fn postgresql_is_killed() {
    let home = Home::new();
    register(&home);
    let (server, client) = start(&home);
    let project = client.create_project();
    let blow = || {
        let pids = std::fs::read_to_string(home.path().join("postgres/postmaster.pid")).expect("it runs");
        signal(pids.lines().next().expect("a line").trim().parse().expect("a process"), "KILL");
    };
    let (acknowledged, unanswered) = append_until(&client, &project, "postgres", blow);
    server.interrupt();
    let (server, client) = start(&home);
    nothing_lost_and_nothing_twice(&client, &project, &acknowledged, &unanswered);
    still_verifies(&home, &client);
    server.interrupt();
}
