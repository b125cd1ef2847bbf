//! People are erased through the API, and whoever audits leaves a trace.

mod support;

use axum::http::StatusCode;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{
    dataset::{Dataset, DatasetCommand, DatasetFormat, Release, SubjectRows},
    history::TreeHead,
    participant::Role,
};
use stele_ledger::{Anchor, CommandContext, EventFilter, Fingerprint, LogSigner, Position};
use stele_verify::verify_certificate;
use support::{PASSWORD, Server, log_key};

const ERASED: &str =
    "... on Erasure { subjectId position basis reference keyFingerprint keyDestroyedAt beyondBackupsSince }";

/// A project with a text question, and a task that is about somebody who takes no part.
struct Campaign {
    server: Server,
    manager: String,
    annotator: String,
    compliance: String,
    task: Value,
    customer: Value,
}

impl Campaign {
    async fn begin(options: &PgConnectOptions) -> Self {
        let server = Server::start(options).await;
        let manager = server.sign_in("mary", &[Role::Manager]).await;
        let annotator = server.sign_in("ada", &[Role::Annotator]).await;
        let compliance = server.sign_in("carl", &[Role::Compliance]).await;
        let form = json!([{ "key": "why", "title": "Why?", "kind": { "text": { "maxLength": 100 } } }]);
        let input = json!({ "name": "Letters", "questions": form });
        let fields = "... on ProjectCreated { projectId }";
        let project = server.mutate(&manager, "createProject", input, "p", fields).await["projectId"].clone();
        let customer = json!(uuid::Uuid::from_u128(77));
        let content = json!([
            { "name": "letter", "value": "I am Grace, and I complain.", "subjectId": customer },
            { "name": "prompt", "value": "Answer politely." }]);
        let input = json!({ "projectId": project, "content": content });
        let fields = "... on TaskCreated { taskId }";
        let task = server.mutate(&manager, "createTask", input, "t", fields).await["taskId"].clone();
        let input = json!({ "projectId": project, "taskId": task });
        let fields = "... on TaskClaimed { assignmentId }";
        let claimed = server.mutate(&annotator, "claimTask", input, "c", fields).await;
        let answers = json!([{ "question": "why", "value": { "text": "It is polite." } }]);
        let input = json!({ "taskId": task, "assignmentId": claimed["assignmentId"], "answers": answers });
        server
            .mutate(&annotator, "submitAnnotation", input, "s", "... on AnnotationSubmitted { annotationId }")
            .await;
        Self { server, manager, annotator, compliance, task, customer }
    }

    async fn erase(&self, subject: &Value, key: &str) -> Value {
        let input = json!({ "subjectId": subject, "basis": "GDPR Art. 17(1)(b)", "reference": "DSR-17" });
        self.server.mutate(&self.compliance, "eraseSubject", input, key, ERASED).await
    }

    /// The task as someone sees it now.
    async fn task(&self, token: &str) -> Value {
        let at_least = self.server.ledger.head().await.expect("a head").position();
        let query = "query($id: UUID!, $atLeast: Position) { task(id: $id, atLeast: $atLeast) {
            content { name value erased } annotations { annotatorId answers { text { text erased } } } } }";
        let answer = self.server.ask(Some(token), query, json!({ "id": self.task, "atLeast": at_least })).await;
        assert!(answer["errors"].is_null(), "{answer}");
        answer["data"]["task"].clone()
    }

    /// Records a release with text of someone's.
    async fn release(&self, subject: &Value) {
        let subject = subject.as_str().and_then(|id| id.parse().ok()).expect("an id");
        let release = Release {
            name: "letters".into(),
            format: DatasetFormat::Dpo,
            project: uuid::Uuid::from_u128(1).into(),
            recipe: "{}".into(),
            known_at: TreeHead { size: 5, root: [1; 32].into() },
            happened_by: None,
            rows: 30,
            rows_digest: [2; 32].into(),
            files: Vec::new(),
            subjects: vec![SubjectRows { subject, rows: 3 }],
        };
        let context = CommandContext {
            actor: None,
            key: uuid::Uuid::from_u128(1).into(),
            fingerprint: Fingerprint::of(b""),
            occurred_at: None,
            correlation_id: None,
        };
        let release = DatasetCommand::Release(Box::new(release));
        self.server.ledger.execute::<Dataset>(uuid::Uuid::from_u128(5), &context, &release).await.expect("recorded");
    }

    async fn events(&self, name: &'static str) -> Vec<stele_ledger::Recorded> {
        let head = self.server.ledger.head().await.expect("a head").position();
        self.server.ledger.read(Position::START, head, &EventFilter::named(&[name])).await.expect("readable")
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_was_theirs_reads_as_erased_and_their_session_ends(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let server = &campaign.server;
    let before = campaign.task(&campaign.manager).await;
    assert_eq!(before["content"][0]["value"], "I am Grace, and I complain.");
    let ada = before["annotations"][0]["annotatorId"].clone();

    let preview = "query($id: UUID!, $at: Position) { erasurePreview(subjectId: $id, atLeast: $at) { participant events tasks erasure { position } } }";
    let at = server.ledger.head().await.expect("a head").position();
    let seen = server.ask(Some(&campaign.compliance), preview, json!({ "id": ada, "at": at })).await;
    let expected = json!({ "participant": true, "events": 2, "tasks": 1, "erasure": null });
    assert_eq!(seen["data"]["erasurePreview"], expected, "{seen}");

    let erased = campaign.erase(&ada, "e").await;
    assert_eq!((&erased["__typename"], &erased["subjectId"]), (&json!("Erasure"), &ada));
    assert_eq!(erased["keyFingerprint"].as_str().map(str::len), Some(64));
    assert!(erased["keyDestroyedAt"].is_string() && erased["beyondBackupsSince"].is_null(), "{erased}");
    assert_eq!(campaign.erase(&ada, "again").await["position"], erased["position"], "they are erased once");

    let after = campaign.task(&campaign.manager).await;
    let answer = &after["annotations"][0]["answers"][0]["text"];
    assert_eq!(answer, &json!({ "text": null, "erased": true }));
    assert_eq!(after["content"][0]["value"], "I am Grace, and I complain.", "other people's data stays");

    let (status, refused) = server.post(Some(&campaign.annotator), "{ viewer { participantId } }", json!({})).await;
    assert_eq!(
        (status, &refused["errors"][0]["extensions"]["code"]),
        (StatusCode::UNAUTHORIZED, &json!("UNAUTHENTICATED"))
    );
    let login = server.login("ada@example.org", PASSWORD).await;
    assert_eq!(login["__typename"], "Refusal", "{login}");

    // somebody who takes no part is erased just so, and nothing more is written about them
    campaign.erase(&campaign.customer, "f").await;
    let after = campaign.task(&campaign.manager).await;
    assert_eq!(after["content"][0], json!({ "name": "letter", "value": null, "erased": true }));
    assert_eq!(after["content"][1]["value"], "Answer politely.");
    let project = server.ask(Some(&campaign.manager), "{ projects { nodes { id } } }", json!({})).await;
    let content = json!([{ "name": "letter", "value": "Grace again", "subjectId": campaign.customer }]);
    let input = json!({ "projectId": project["data"]["projects"]["nodes"][0]["id"], "content": content });
    let refused = server.mutate(&campaign.manager, "createTask", input, "u", "").await;
    assert_eq!(refused["code"], "ERASED", "{refused}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn only_compliance_erases_and_says_why(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let query =
        "mutation($input: EraseSubjectInput!) { eraseSubject(input: $input, idempotencyKey: \"k\") { __typename } }";
    let input = json!({ "subjectId": campaign.customer, "basis": "a", "reference": "b" });
    for token in [&campaign.manager, &campaign.annotator] {
        let answer = campaign.server.ask(Some(token), query, json!({ "input": input })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{answer}");
    }
    let input = json!({ "subjectId": campaign.customer, "basis": " ", "reference": "b" });
    let refused = campaign.server.mutate(&campaign.compliance, "eraseSubject", input, "k", "").await;
    assert_eq!(refused["code"], "BAD_NOTE", "{refused}");
    assert!(campaign.events("SubjectErased").await.is_empty());
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_an_auditor_reads_of_others_is_recorded(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    campaign.task(&campaign.manager).await;
    assert!(campaign.events("PersonalDataDisclosed").await.is_empty(), "a manager's work is not an audit");
    let auditor = campaign.server.sign_in("otto", &[Role::Auditor]).await;
    for reads in 1..=2 {
        let task = campaign.task(&auditor).await;
        assert_eq!(task["annotations"][0]["answers"][0]["text"]["text"], "It is polite.");
        let disclosed = campaign.events("PersonalDataDisclosed").await;
        assert_eq!(disclosed.len(), 2 * reads, "one for each person whose data was shown");
        let payload: Value = serde_json::from_str(&disclosed[0].payload).expect("JSON");
        assert_eq!(payload["fields"].as_array().map(Vec::len), Some(1), "{payload}");
    }
    let query = "{ participants { nodes { name { text } email { text } } } }";
    let people = campaign.server.ask(Some(&campaign.compliance), query, json!({})).await;
    assert!(people["errors"].is_null(), "{people}");
    let disclosed = campaign.events("PersonalDataDisclosed").await;
    // mary, ada and otto; one's own name is nobody else's business
    assert_eq!(disclosed.len(), 4 + 3);
    let paths: Vec<Value> =
        disclosed[4..].iter().map(|event| serde_json::from_str(&event.payload).expect("JSON")).collect();
    for payload in paths {
        assert_eq!(payload["fields"].as_array().map(Vec::len), Some(2), "name and email: {payload}");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_cannot_be_recorded_is_not_shown(pool: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let auditor = campaign.server.sign_in("otto", &[Role::Auditor]).await;
    campaign.task(&auditor).await;
    let owner = pool.connect_with(options.clone()).await.expect("connects");
    sqlx::query("revoke execute on function ledger_append from stele_server").execute(&owner).await.expect("revoked");
    let query = "query($id: UUID!) { task(id: $id) { annotations { answers { text { text } } } } }";
    let (status, answer) = campaign.server.post(Some(&auditor), query, json!({ "id": campaign.task })).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!answer.to_string().contains("polite"), "{answer}");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn an_erasure_names_the_copies_outside_and_is_certified(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let (server, compliance) = (&campaign.server, &campaign.compliance);
    campaign.release(&campaign.customer).await;
    let at = server.ledger.head().await.expect("a head").position();
    let of_theirs = "releases { rows release { dataset version rows digest knownAt withdrawn } }";
    let preview = format!(
        "query($id: UUID!, $at: Position) {{ erasurePreview(subjectId: $id, atLeast: $at) {{ {of_theirs}
        erasure {{ certificate {of_theirs} }} }} }}"
    );
    let seen = server.ask(Some(compliance), &preview, json!({ "id": campaign.customer, "at": at })).await;
    let release = json!({ "dataset": "letters", "version": "1.0.0", "rows": 30, "digest": "02".repeat(32),
        "knownAt": 5, "withdrawn": null });
    let expected = json!([{ "rows": 3, "release": release }]);
    assert_eq!(seen["data"]["erasurePreview"], json!({ "releases": expected, "erasure": null }), "{seen}");
    let others = server.ask(Some(compliance), &preview, json!({ "id": uuid::Uuid::from_u128(78), "at": at })).await;
    assert_eq!(others["data"]["erasurePreview"]["releases"], json!([]));

    let input = json!({ "subjectId": campaign.customer, "basis": "a request", "reference": "DSR-17" });
    let fields = format!("... on Erasure {{ position certificate {of_theirs} }}");
    let erased = server.mutate(compliance, "eraseSubject", input, "e", &fields).await;
    assert_eq!((&erased["releases"], &erased["certificate"]), (&expected, &Value::Null), "no checkpoint has it yet");

    let folder = tempfile::tempdir().expect("a folder");
    LogSigner::new(server.ledger.clone(), log_key(), Anchor::at(folder.path().join("last")))
        .sign()
        .await
        .expect("signs");
    let seen =
        server.ask(Some(compliance), &preview, json!({ "id": campaign.customer, "at": erased["position"] })).await;
    let certificate = seen["data"]["erasurePreview"]["erasure"]["certificate"].as_str().expect("a certificate");
    let certified = verify_certificate(certificate, log_key().verifier()).expect("it holds");
    assert_eq!(json!(certified.position), erased["position"]);

    let query = "query($at: Position) { datasetReleases(atLeast: $at) { nodes { dataset version } } }";
    let listed = server.ask(Some(&campaign.manager), query, json!({ "at": at })).await;
    assert_eq!(listed["data"]["datasetReleases"]["nodes"], json!([{ "dataset": "letters", "version": "1.0.0" }]));
    let refused = server.ask(Some(&campaign.annotator), query, json!({})).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
}
