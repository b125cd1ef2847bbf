//! Webhooks: what a receiver is told, how it is signed, and what becomes of messages that it does not take.

mod receiver;
mod support;

use std::collections::BTreeSet;

use receiver::{Receiver, Reply};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use standardwebhooks::Webhook;
use stele_api::{Deliverer, Settings};
use stele_domain::participant::Role;
use stele_ledger::{Clock, SystemClock};
use support::Server;

const WEBHOOK: &str =
    "webhook { id url eventNames projectId position failures nextAttemptAt disabled oldSecretUntil }";

/// A server whose clock shows the time of day, a manager and an administrator, and a receiver.
struct Scene {
    server: Server,
    manager: String,
    admin: String,
    project: Value,
    receiver: Receiver,
}

impl Scene {
    async fn begin(options: &PgConnectOptions) -> Self {
        let server = Server::start_with(options, SystemClock.now(), Settings::default()).await;
        let manager = server.sign_in("mary", &[Role::Manager]).await;
        let admin = server.sign_in("alan", &[Role::Admin]).await;
        let project = Self::create_project(&server, &manager, "told").await;
        Self { server, manager, admin, project, receiver: Receiver::open().await }
    }

    /// The same, so many seconds later; whoever is signed in has to sign in again.
    async fn later(mut self, seconds: u32) -> Self {
        self.server.clock.advance(seconds);
        let session = self.server.login("mary@example.org", support::PASSWORD).await;
        session["token"].as_str().expect("a token").clone_into(&mut self.manager);
        self
    }

    async fn create_project(server: &Server, manager: &str, name: &str) -> Value {
        let questions = json!([{ "key": "better", "title": "?", "kind": { "preference": {} } }]);
        let input = json!({ "name": name, "questions": questions });
        let created =
            server.mutate(manager, "createProject", input, name, "... on ProjectCreated { projectId }").await;
        created["projectId"].clone()
    }

    async fn add_task_to(&self, project: &Value, key: &str) -> Value {
        let responses = json!([{ "text": "0" }, { "text": "1" }]);
        let content = json!([{ "name": "prompt", "value": "what is asked" }]);
        let input = json!({ "projectId": project, "content": content, "responses": responses });
        let fields = "... on TaskCreated { taskId receipt { last } }";
        self.server.mutate(&self.manager, "createTask", input, key, fields).await
    }

    async fn add_task(&self, key: &str) -> Value {
        self.add_task_to(&self.project, key).await
    }

    async fn create(&self, token: &str, input: Value, key: &str) -> Value {
        let fields = format!("... on WebhookCreated {{ {WEBHOOK} secret }}");
        self.server.mutate(token, "createWebhook", input, key, &fields).await
    }

    /// A webhook for the project's tasks: its id and its secret.
    async fn webhook(&self) -> (Value, String) {
        let input = json!({ "url": self.receiver.url(), "eventNames": ["TaskCreated"], "projectId": self.project });
        let created = self.create(&self.manager, input, "webhook").await;
        let secret = created["secret"].as_str().unwrap_or_else(|| panic!("no secret in {created}")).to_owned();
        (created["webhook"]["id"].clone(), secret)
    }

    async fn update(&self, input: Value) -> Value {
        let query = format!(
            "mutation($input: UpdateWebhookInput!) {{ updateWebhook(input: $input) {{
                ... on WebhookUpdated {{ {WEBHOOK} }} ... on Refusal {{ code message }} }} }}"
        );
        let answer = self.server.ask(Some(&self.manager), &query, json!({ "input": input })).await;
        answer["data"]["updateWebhook"].clone()
    }

    /// Sends what is due; how many attempts were made.
    async fn step(&self) -> usize {
        self.server.deliverer.step().await.expect("sends").1
    }

    /// The webhook as the manager sees it.
    async fn look(&self) -> Value {
        let query = format!("{{ webhooks {{ {} }} }}", &WEBHOOK[9..WEBHOOK.len() - 1]);
        let answer = self.server.ask(Some(&self.manager), &query, json!({})).await;
        answer["data"]["webhooks"][0].clone()
    }

    /// What was sent to the webhook, the newest first.
    async fn deliveries(&self, id: &Value) -> Vec<Value> {
        let query = "query($id: UUID!) { webhookDeliveries(webhookId: $id) {
            messageId position attempt attemptedAt durationMillis status error nextAttemptAt } }";
        let answer = self.server.ask(Some(&self.manager), query, json!({ "id": id })).await;
        answer["data"]["webhookDeliveries"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
    }
}

/// The specification's own library believes the message; it holds the timestamp against the machine's clock.
fn verify(secret: &str, message: &receiver::Received) -> bool {
    Webhook::new(secret).expect("a secret").verify(&message.body, &message.headers).is_ok()
}

/// The same for messages of another time: one of the signatures is the library's.
fn is_signed(secret: &str, message: &receiver::Received) -> bool {
    let sent_at = message.header("webhook-timestamp").parse().expect("seconds");
    let library = Webhook::new(secret).expect("a secret");
    let signature = library.sign(message.header("webhook-id"), sent_at, &message.body).expect("signed");
    message.header("webhook-signature").split(' ').any(|given| given == signature)
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_receiver_is_told_in_order_and_can_verify_it(_: PgPoolOptions, options: PgConnectOptions) {
    let scene = Scene::begin(&options).await;
    let other = Scene::create_project(&scene.server, &scene.manager, "other").await;
    scene.add_task("before").await;
    let (id, secret) = scene.webhook().await;
    assert!(secret.starts_with("whsec_") && secret.len() > 40);
    let mut tasks = Vec::new();
    for number in 0..20 {
        scene.add_task_to(&other, &format!("other{number}")).await;
        tasks.push(scene.add_task(&format!("task{number}")).await);
    }
    assert_eq!(scene.step().await, 20);
    let received = scene.receiver.received();
    assert_eq!(received.len(), 20, "neither what was before, nor what happened elsewhere");
    for (message, task) in received.iter().zip(&tasks) {
        assert!(verify(&secret, message), "{message:?}");
        assert!(!verify("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", message));
        assert_eq!(message.path, "/hook?a=b");
        assert_eq!(message.header("content-type"), "application/json");
        let told = message.json();
        assert_eq!(told["type"], "TaskCreated");
        assert_eq!(told["data"]["position"], task["receipt"]["last"]);
        assert_eq!(told["data"]["streamId"], task["taskId"]);
        assert_eq!(told["data"]["projectId"], scene.project);
        assert_eq!(told["data"]["eventId"], message.header("webhook-id"));
        assert_eq!(told["timestamp"], told["data"]["occurredAt"]);
        assert!(told["data"]["recordedAt"].is_string());
        assert!(!told.to_string().contains("what is asked"), "no content is told: {told}");
    }
    assert_eq!(scene.step().await, 0, "nothing is sent twice");
    let log = scene.deliveries(&id).await;
    assert!(log.iter().all(|delivery| delivery["status"] == 204 && delivery["attempt"] == 1), "{log:?}");
}

/// An administrator's webhook is told of everything, of people too, but not what they are called.
#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn nothing_personal_is_told_not_even_sealed(_: PgPoolOptions, options: PgConnectOptions) {
    let scene = Scene::begin(&options).await;
    let created = scene.create(&scene.admin, json!({ "url": scene.receiver.url() }), "all").await;
    assert!(created["webhook"]["id"].is_string(), "{created}");
    scene.server.register("ada", &[Role::Annotator]).await;
    assert_eq!(scene.step().await, 2);
    let received = scene.receiver.received();
    let names: Vec<Value> = received.iter().map(|message| message.json()["type"].clone()).collect();
    assert_eq!(names, ["ParticipantRegistered", "RoleGranted"]);
    for message in &received {
        let told = message.json();
        let members: BTreeSet<&str> =
            told["data"].as_object().expect("an object").keys().map(String::as_str).collect();
        let ids = ["eventId", "ledger", "occurredAt", "position", "recordedAt", "streamId", "streamType"];
        assert_eq!(members, ids.into(), "{told}");
        assert!(!told.to_string().contains("xchacha20"), "{told}");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_is_not_taken_is_sent_again_before_anything_else(_: PgPoolOptions, options: PgConnectOptions) {
    let mut scene = Scene::begin(&options).await;
    let (id, secret) = scene.webhook().await;
    let first = scene.add_task("first").await["receipt"]["last"].clone();
    let second = scene.add_task("second").await["receipt"]["last"].clone();
    let failures = [Reply::Status(500), Reply::Break, Reply::Never, Reply::Redirect, Reply::Status(404)];
    scene.receiver.reply(&failures);
    let mut ids = BTreeSet::new();
    for failed in 1..=failures.len() {
        assert_eq!(scene.step().await, 1, "attempt {failed}");
        assert_eq!(scene.step().await, 0, "it waits");
        let received = scene.receiver.received();
        assert_eq!(received.len(), 1, "a redirection is not followed");
        assert_eq!(received[0].json()["data"]["position"], first);
        assert!(is_signed(&secret, &received[0]));
        ids.insert(received[0].header("webhook-id").to_owned());
        let webhook = scene.look().await;
        assert_eq!(webhook["failures"], failed, "{webhook}");
        assert!(webhook["nextAttemptAt"].is_string() && webhook["disabled"].is_null(), "{webhook}");
        // longer than any of the first waits
        scene = scene.later(30 * 60).await;
    }
    assert_eq!(ids.len(), 1, "a message has the same id at every attempt");
    // it is back, however much it has to say
    scene.receiver.reply(&[Reply::Flood]);
    assert_eq!(scene.step().await, 2);
    let positions: Vec<Value> =
        scene.receiver.received().iter().map(|message| message.json()["data"]["position"].clone()).collect();
    assert_eq!(positions, [first.clone(), second.clone()]);
    let log = scene.deliveries(&id).await;
    let told: Vec<(&Value, &Value)> = log.iter().map(|sent| (&sent["attempt"], &sent["status"])).collect();
    let (one, null) = (json!(1), Value::Null);
    let expected = [
        (one.clone(), json!(204)),
        (json!(6), json!(200)),
        (json!(5), json!(404)),
        (json!(4), json!(302)),
        (json!(3), null.clone()),
        (json!(2), null),
        (one, json!(500)),
    ];
    assert_eq!(told, expected.iter().map(|(attempt, status)| (attempt, status)).collect::<Vec<_>>());
    assert!(log[4]["error"].as_str().is_some_and(|error| error.contains("longer than")), "{}", log[4]);
    assert!(log[5]["error"].as_str().is_some_and(|error| error.contains("no answer")), "{}", log[5]);
    assert!(log[6]["nextAttemptAt"].is_string() && log[0]["nextAttemptAt"].is_null());
    assert_eq!(scene.look().await["failures"], 0);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_receiver_that_is_gone_is_left_alone_until_somebody_says_so(_: PgPoolOptions, options: PgConnectOptions) {
    let mut scene = Scene::begin(&options).await;
    let (id, _) = scene.webhook().await;
    let position = scene.add_task("one").await["receipt"]["last"].clone();
    scene.receiver.reply(&[Reply::Status(410)]);
    assert_eq!(scene.step().await, 1);
    let gone = scene.look().await;
    assert!(gone["disabled"].as_str().is_some_and(|why| why.contains("410")), "{gone}");
    scene = scene.later(30 * 24 * 60 * 60).await;
    assert_eq!(scene.step().await, 0);
    scene.receiver.received();
    let enabled = scene.update(json!({ "webhookId": id, "enabled": true })).await;
    assert!(enabled["webhook"]["disabled"].is_null(), "{enabled}");
    // and after ten failures in a row
    scene.receiver.reply(&[Reply::Status(500); 10]);
    for attempt in 1..=10 {
        assert_eq!(scene.step().await, 1, "attempt {attempt}");
        scene.server.clock.advance(12 * 60 * 60);
    }
    assert_eq!(scene.step().await, 0);
    assert_eq!(scene.receiver.received().len(), 10);
    scene = scene.later(0).await;
    let given_up = scene.look().await;
    assert!(given_up["disabled"].as_str().is_some_and(|why| why.contains("10 times")), "{given_up}");
    scene.update(json!({ "webhookId": id, "enabled": true })).await;
    assert_eq!(scene.step().await, 1, "nothing was lost");
    assert_eq!(scene.receiver.received()[0].json()["data"]["position"], position);
    let off = scene.update(json!({ "webhookId": id, "enabled": false, "eventNames": [] })).await;
    assert!(off["webhook"]["disabled"].is_string() && off["webhook"]["eventNames"] == json!([]), "{off}");
    scene.add_task("two").await;
    assert_eq!(scene.step().await, 0);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn secrets_are_sealed_and_rotate(_: PgPoolOptions, options: PgConnectOptions) {
    let mut scene = Scene::begin(&options).await;
    let (id, old) = scene.webhook().await;
    let rotate = async |key: &str| {
        let fields = "... on WebhookSecretRotated { secret webhook { oldSecretUntil } }";
        scene.server.mutate(&scene.manager, "rotateWebhookSecret", json!({ "webhookId": id }), key, fields).await
    };
    let rotated = rotate("r").await;
    let new = rotated["secret"].as_str().expect("a secret").to_owned();
    assert!(new != old && rotated["webhook"]["oldSecretUntil"].is_string());
    let again = rotate("r").await;
    assert!(again["secret"].is_null() && again["code"].is_null(), "a secret is shown once: {again}");
    // the ledger's key rotates too
    scene.server.ledger.rotate_keys(|_, _| {}).await.expect("rotates");
    scene.add_task("one").await;
    scene.step().await;
    let message = scene.receiver.received().remove(0);
    assert!(verify(&old, &message) && verify(&new, &message), "{message:?}");
    assert_eq!(message.header("webhook-signature").split(' ').count(), 2);
    scene = scene.later(24 * 60 * 60).await;
    scene.add_task("two").await;
    scene.step().await;
    let message = scene.receiver.received().remove(0);
    assert!(!is_signed(&old, &message) && is_signed(&new, &message), "{message:?}");
    // at rest there is neither of them
    let rows: Vec<String> = sqlx::query_scalar("select webhook::text from webhook")
        .fetch_all(scene.server.ledger.database().pool())
        .await
        .expect("readable");
    for secret in [&old, &new] {
        let bytes = Webhook::new(secret).map(|_| secret.strip_prefix("whsec_").expect("a prefix")).expect("a secret");
        assert!(!rows[0].contains(bytes), "{}", rows[0]);
    }
    // and nothing opens them once the webhook is deleted
    let sealed: Vec<u8> = sqlx::query_scalar("select secret from webhook")
        .fetch_one(scene.server.ledger.database().pool())
        .await
        .expect("readable");
    let owner = id.as_str().and_then(|id| id.parse().ok()).expect("an id");
    assert!(scene.server.ledger.open_secret(owner, "webhook", &sealed).await.is_ok());
    assert!(scene.server.ledger.open_secret(owner, "else", &sealed).await.is_err(), "it is for one purpose");
    let query = "mutation($input: DeleteWebhookInput!) { deleteWebhook(input: $input) {
        ... on WebhookDeleted { webhookId } ... on Refusal { code } } }";
    let delete = json!({ "input": { "webhookId": id } });
    let deleted = scene.server.ask(Some(&scene.manager), query, delete.clone()).await;
    assert_eq!(deleted["data"]["deleteWebhook"]["webhookId"], id);
    let again = scene.server.ask(Some(&scene.manager), query, delete).await;
    assert_eq!(again["data"]["deleteWebhook"]["code"], "WEBHOOK_NOT_FOUND");
    assert!(scene.server.ledger.open_secret(owner, "webhook", &sealed).await.is_err());
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn several_processes_send_each_message_once(_: PgPoolOptions, options: PgConnectOptions) {
    let scene = Scene::begin(&options).await;
    scene.webhook().await;
    for number in 0..30 {
        scene.add_task(&format!("task{number}")).await;
    }
    let others = [(); 3].map(|()| Deliverer::new(scene.server.ledger.clone(), true).expect("TLS"));
    let attempts =
        futures::future::join_all(others.iter().map(async |other| other.step().await.expect("sends").1)).await;
    assert_eq!(attempts.iter().sum::<usize>(), 30, "{attempts:?}");
    let positions: Vec<u64> = scene
        .receiver
        .received()
        .iter()
        .map(|message| message.json()["data"]["position"].as_u64().expect("a position"))
        .collect();
    assert!(positions.len() == 30 && positions.is_sorted(), "{positions:?}");
    // whoever died while sending is waited for, and then somebody else goes on
    sqlx::query("update webhook set held_by = webhook_id, held_until = $1")
        .bind(scene.server.clock.now().plus_seconds(60).to_utc())
        .execute(scene.server.ledger.database().pool())
        .await
        .expect("held");
    scene.add_task("last").await;
    assert_eq!(scene.step().await, 0);
    scene.server.clock.advance(60);
    assert_eq!(scene.step().await, 1);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn nothing_is_sent_to_places_that_only_the_server_reaches(_: PgPoolOptions, options: PgConnectOptions) {
    let scene = Scene::begin(&options).await;
    let strict = Deliverer::new(scene.server.ledger.clone(), false).expect("TLS");
    // a name that turns out to be this machine
    let url = format!("https://localhost:{}/", scene.receiver.port);
    let created = scene.create(&scene.manager, json!({ "url": url, "projectId": scene.project }), "w").await;
    let id = created["webhook"]["id"].clone();
    scene.add_task("one").await;
    assert_eq!(strict.step().await.expect("sends").1, 1);
    let refused = scene.deliveries(&id).await.remove(0);
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("public internet")), "{refused}");
    // and one that was taken while more was allowed
    scene.update(json!({ "webhookId": id, "url": scene.receiver.url() })).await;
    assert_eq!(strict.step().await.expect("sends").1, 1);
    let disabled = scene.look().await;
    assert!(disabled["disabled"].as_str().is_some_and(|why| why.contains("not allowed")), "{disabled}");
    assert!(scene.receiver.received().is_empty());
    // an insecure deliverer gets there, and finds that nobody speaks TLS
    scene.update(json!({ "webhookId": id, "url": url, "enabled": true })).await;
    assert_eq!(scene.step().await, 1);
    let refused = scene.deliveries(&id).await.remove(0);
    assert!(refused["error"].as_str().is_some_and(|error| error.starts_with("TLS")), "{refused}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn webhooks_are_for_those_who_may_have_them(_: PgPoolOptions, options: PgConnectOptions) {
    let scene = Scene::begin(&options).await;
    let (id, _) = scene.webhook().await;
    let input = json!({ "url": scene.receiver.url(), "eventNames": ["TaskCreated"], "projectId": scene.project });
    let again = scene.create(&scene.manager, input.clone(), "webhook").await;
    assert!(again["webhook"]["id"] == id && again["secret"].is_null(), "{again}");
    let mut other = input.clone();
    other["eventNames"] = json!([]);
    let reused = scene.create(&scene.manager, other, "webhook").await;
    assert_eq!(reused["code"], "IDEMPOTENCY_KEY_REUSED");
    for (member, value, code) in [
        ("url", json!("nonsense"), "BAD_URL"),
        ("url", json!("ftp://example.org/"), "BAD_URL"),
        ("eventNames", json!(["NoSuchEvent"]), "UNKNOWN_EVENT"),
        ("projectId", json!(uuid::Uuid::from_u128(1)), "PROJECT_NOT_FOUND"),
    ] {
        let mut bad = input.clone();
        bad[member] = value;
        assert_eq!(scene.create(&scene.manager, bad, member).await["code"], code);
    }
    // without a project it takes an administrator, whom a manager can't watch
    let query = "mutation($input: CreateWebhookInput!) { createWebhook(input: $input, idempotencyKey: \"k\") {
        __typename ... on WebhookCreated { webhook { id } } ... on Refusal { code } } }";
    let everything = json!({ "input": { "url": scene.receiver.url() } });
    let ada = scene.server.sign_in("ada", &[Role::Annotator]).await;
    let forbidden = scene.server.ask(Some(&ada), query, everything.clone()).await;
    assert_eq!(forbidden["errors"][0]["extensions"]["code"], "FORBIDDEN", "{forbidden}");
    let refused = scene.server.ask(Some(&scene.manager), query, everything.clone()).await;
    assert_eq!(refused["data"]["createWebhook"]["code"], "WORKSPACE_ROLE", "{refused}");
    let made = scene.server.ask(Some(&scene.admin), query, everything).await;
    let theirs = made["data"]["createWebhook"]["webhook"]["id"].clone();
    assert!(theirs.is_string(), "{made}");
    let list = async |token: &str| {
        let answer = scene.server.ask(Some(token), "{ webhooks { id } }", json!({})).await;
        answer["data"]["webhooks"].as_array().expect("a list").len()
    };
    assert_eq!((list(&scene.manager).await, list(&scene.admin).await), (1, 2));
    let hidden = scene.update(json!({ "webhookId": theirs, "enabled": false })).await;
    assert_eq!(hidden["code"], "WEBHOOK_NOT_FOUND");
    // a test arrives at once, and once
    let fields = "... on WebhookTested { delivery { status position messageId error } }";
    for _ in 0..2 {
        let tested =
            scene.server.mutate(&scene.manager, "testWebhook", json!({ "webhookId": id }), "t", fields).await;
        assert_eq!(tested["delivery"]["status"], 204, "{tested}");
        assert!(tested["delivery"]["position"].is_null());
    }
    let received = scene.receiver.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].json()["type"], "WebhookTested");
}
