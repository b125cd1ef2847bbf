//! What a task shows is changed, through the API: what becomes of annotations, leases and results; and who skipped a task.

mod support;

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::participant::Role;
use support::Server;

struct Campaign {
    server: Server,
    manager: String,
    reviewer: String,
    annotators: Vec<String>,
    project: Value,
}

const CONSENSUS: &str = r#"{ "question": "better", "min": 2, "confidence": 0.9, "accuracy": 0.8 }"#;

impl Campaign {
    /// A project of redundancy 3 with a consensus rule, and three annotators.
    async fn begin(options: &PgConnectOptions) -> Self {
        let server = Server::start(options).await;
        let manager = server.sign_in("mary", &[Role::Manager]).await;
        let reviewer = server.sign_in("rita", &[Role::Reviewer]).await;
        let mut annotators = Vec::new();
        for name in ["ada", "bob", "cleo"] {
            annotators.push(server.sign_in(name, &[Role::Annotator]).await);
        }
        let questions = json!([
            { "key": "better", "title": "Which?", "kind": { "preference": { "tie": true } } },
            { "key": "names", "title": "What is named?", "required": false,
                "kind": { "spans": { "content": "note", "labels": [{ "key": "name", "label": "Name" }] } } },
        ]);
        let consensus: Value = serde_json::from_str(CONSENSUS).expect("JSON");
        let workflow = json!({ "review": "ALL", "consensus": consensus });
        let input = json!({ "name": "Revisions", "questions": questions, "redundancy": 3, "workflow": workflow });
        let created =
            server.mutate(&manager, "createProject", input, "p", "... on ProjectCreated { projectId }").await;
        assert!(created["code"].is_null(), "{created}");
        Self { server, manager, reviewer, annotators, project: created["projectId"].clone() }
    }

    fn key(&self) -> String {
        self.server.ledger.mint().seed().to_string()
    }

    async fn task(&self) -> Value {
        let mut input = shows("Hwo are you?");
        input["projectId"] = self.project.clone();
        let fields = "... on TaskCreated { taskId }";
        let created = self.server.mutate(&self.manager, "createTask", input, &self.key(), fields).await;
        self.server.views_caught_up().await;
        created["taskId"].clone()
    }

    async fn claim(&self, annotator: usize, task: &Value) -> Value {
        let input = json!({ "projectId": self.project, "taskId": task });
        let fields = "... on TaskClaimed { assignmentId task { id version content { name value } } }";
        self.server.mutate(&self.annotators[annotator], "claimTask", input, &self.key(), fields).await
    }

    async fn submit(&self, annotator: usize, claimed: &Value, outcome: &str) -> Value {
        let input = json!({
            "taskId": claimed["task"]["id"],
            "assignmentId": claimed["assignmentId"],
            "answers": [{ "question": "better", "value": { "preference": { "outcome": outcome } } }],
        });
        let fields = "... on AnnotationSubmitted { annotationId }";
        self.server.mutate(&self.annotators[annotator], "submitAnnotation", input, &self.key(), fields).await
    }

    async fn votes(&self, annotator: usize, task: &Value, outcome: &str) -> Value {
        let claimed = self.claim(annotator, task).await;
        let submitted = self.submit(annotator, &claimed, outcome).await;
        assert!(submitted["code"].is_null(), "{submitted}");
        submitted["annotationId"].clone()
    }

    async fn revise(&self, task: &Value, version: u32, prompt: &str, annotations: &str) -> Value {
        let mut input = shows(prompt);
        input["taskId"] = task.clone();
        input["version"] = version.into();
        input["annotations"] = annotations.into();
        input["reason"] = "a typo".into();
        self.send(input).await
    }

    async fn send(&self, input: Value) -> Value {
        let fields = "... on TaskRevised { version }";
        self.server.mutate(&self.manager, "reviseTask", input, &self.key(), fields).await
    }

    /// What managers and reviewers are told of a task and of its project.
    async fn told(&self, task: &Value) -> Value {
        self.server.views_caught_up().await;
        let query = "query($task: UUID!, $project: UUID!) {
            task(id: $task) {
                version content { name value } settlement { standing goldAnswers { question } }
                annotations { annotatorId taskVersion status }
                earlierVersions { version content { name value } responses { text } annotations reason { text } }
            }
            project(id: $project) {
                openTaskCount annotationCount reviewQueue { nodes { id } }
                quality(question: \"better\") { agreement { labels units } }
            } }";
        let of_both = async |token: &str| {
            let answer = self.server.ask(Some(token), query, json!({ "task": task, "project": self.project })).await;
            answer["data"].clone()
        };
        let told = of_both(&self.reviewer).await;
        assert!(told["task"].is_object(), "{told}");
        told
    }

    /// The versions that annotations of a task answer, and what has become of them, the first versions first.
    fn annotations(told: &Value) -> Vec<(u64, String)> {
        let annotations = told["task"]["annotations"].as_array().expect("annotations");
        let version = |annotation: &Value| annotation["taskVersion"].as_u64().expect("a version");
        let status = |annotation: &Value| annotation["status"].as_str().expect("a status").to_owned();
        let mut answered: Vec<_> =
            annotations.iter().map(|annotation| (version(annotation), status(annotation))).collect();
        answered.sort();
        answered
    }

    /// What an annotator holds.
    async fn held(&self, annotator: usize) -> Value {
        self.server.views_caught_up().await;
        let query = "{ viewer { assignments { task { version content { value } } draft { content } } } }";
        let answer = self.server.ask(Some(&self.annotators[annotator]), query, Value::Null).await;
        answer["data"]["viewer"]["assignments"].clone()
    }
}

/// A task with this prompt, a note, and two responses.
fn shows(prompt: &str) -> Value {
    json!({
        "content": [{ "name": "prompt", "value": prompt }, { "name": "note", "value": "Ada asked." }],
        "responses": [{ "text": "0" }, { "text": "1" }],
    })
}

fn is(version: u64, status: &str) -> (u64, String) {
    (version, status.to_owned())
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn annotations_that_are_kept_count_on(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let task = campaign.task().await;
    campaign.votes(0, &task, "LEFT").await;
    let bob = campaign.claim(1, &task).await;
    let revised = campaign.revise(&task, 1, "How are you?", "KEPT").await;
    assert_eq!(revised, json!({ "__typename": "TaskRevised", "version": 2 }));

    // who holds it goes on with what they were shown
    let held = campaign.held(1).await;
    let shown = json!({ "version": 1, "content": [{ "value": "Hwo are you?" }, { "value": "Ada asked." }] });
    assert_eq!(held[0]["task"], shown);
    assert!(campaign.submit(1, &bob, "RIGHT").await["code"].is_null());
    let cleo = campaign.claim(2, &task).await;
    assert_eq!((&cleo["task"]["version"], &cleo["task"]["content"][0]["value"]), (&json!(2), &json!("How are you?")));
    campaign.submit(2, &cleo, "LEFT").await;

    let told = campaign.told(&task).await;
    let [first, second] = [is(1, "submitted"), is(2, "submitted")];
    assert_eq!(Campaign::annotations(&told), [first.clone(), first, second]);
    assert_eq!(told["project"]["quality"]["agreement"], json!({ "labels": 3, "units": 1 }));
    assert_eq!((&told["task"]["version"], &told["project"]["annotationCount"]), (&json!(2), &json!(3)));
    let earlier = json!([{
        "version": 1,
        "content": [{ "name": "prompt", "value": "Hwo are you?" }, { "name": "note", "value": "Ada asked." }],
        "responses": [{ "text": "0" }, { "text": "1" }],
        "annotations": "kept",
        "reason": { "text": "a typo" },
    }]);
    assert_eq!(told["task"]["earlierVersions"], earlier);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_is_superseded_is_done_anew(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let task = campaign.task().await;
    campaign.votes(0, &task, "LEFT").await;
    let of_bob = campaign.votes(1, &task, "RIGHT").await;
    // a third is let in, and then the first two agree
    let cleo = campaign.claim(2, &task).await;
    let draft = json!({ "taskId": task, "assignmentId": cleo["assignmentId"], "content": "{}" });
    let save = "mutation($input: SaveDraftInput!) { saveDraft(input: $input) { __typename } }";
    let saved = campaign.server.ask(Some(&campaign.annotators[2]), save, json!({ "input": draft })).await;
    assert_eq!(saved["data"]["saveDraft"]["__typename"], "DraftSaved", "{saved}");
    let left = json!([{ "question": "better", "value": { "preference": { "outcome": "LEFT" } } }]);
    let again = json!({ "taskId": task, "annotationId": of_bob, "answers": left });
    campaign.server.mutate(&campaign.annotators[1], "reviseAnnotation", again, "r", "").await;
    let told = campaign.told(&task).await;
    assert_eq!(told["task"]["settlement"]["standing"], "agreed");
    assert_eq!(told["project"]["quality"]["agreement"], json!({ "labels": 2, "units": 1 }));
    assert_eq!(told["project"]["reviewQueue"]["nodes"].as_array().map(Vec::len), Some(2));
    let gold = json!({ "taskId": task, "answers": left });
    campaign.server.mutate(&campaign.manager, "setGoldAnswers", gold, "g", "").await;

    assert_eq!(campaign.revise(&task, 1, "How are you?", "SUPERSEDED").await["version"], 2);
    assert_eq!(campaign.submit(2, &cleo, "RIGHT").await["code"], "ASSIGNMENT_NOT_FOUND");
    assert_eq!(campaign.held(2).await, json!([]));
    let drafts: i64 = sqlx::query_scalar("select count(*) from draft")
        .fetch_one(campaign.server.ledger.database().pool())
        .await
        .expect("readable");
    assert_eq!(drafts, 0);
    let told = campaign.told(&task).await;
    let superseded = is(1, "superseded");
    assert_eq!(Campaign::annotations(&told), [superseded.clone(), superseded.clone()]);
    assert_eq!(told["task"]["settlement"], json!({ "standing": "open", "goldAnswers": null }));
    let nothing = json!({
        "openTaskCount": 1, "annotationCount": 0, "reviewQueue": { "nodes": [] },
        "quality": { "agreement": { "labels": 0, "units": 0 } },
    });
    assert_eq!(told["project"], nothing);

    // whose work that was is told so
    let query = "{ notifications(first: 1) { nodes { kind taskId annotationId } } }";
    for (annotator, has_annotated) in [(0, true), (2, false)] {
        let answer = campaign.server.ask(Some(&campaign.annotators[annotator]), query, Value::Null).await;
        let newest = &answer["data"]["notifications"]["nodes"][0];
        assert_eq!((&newest["kind"], &newest["taskId"]), (&json!("TASK_REVISED"), &task), "{answer}");
        assert_eq!(newest["annotationId"].is_string(), has_annotated, "{answer}");
    }

    // the same people may do it again, as nobody's answer to the new version is known
    campaign.votes(0, &task, "RIGHT").await;
    assert_eq!(campaign.claim(0, &task).await["code"], "ALREADY_ANNOTATED");
    campaign.votes(2, &task, "RIGHT").await;
    let told = campaign.told(&task).await;
    let again = is(2, "submitted");
    assert_eq!(Campaign::annotations(&told), [superseded.clone(), superseded, again.clone(), again]);
    assert_eq!(told["task"]["settlement"]["standing"], "agreed");
    assert_eq!(told["project"]["quality"]["agreement"], json!({ "labels": 2, "units": 1 }));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_can_not_be_revised_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let task = campaign.task().await;
    let mut input = shows("How are you?");
    input["taskId"] = task.clone();
    input["version"] = 1.into();
    input["annotations"] = "KEPT".into();
    input["reason"] = "a typo".into();
    let with = |field: &str, value: Value| {
        let mut changed = input.clone();
        changed[field] = value;
        changed
    };
    let longer = json!([{ "name": "note", "value": "Ada has asked." }]);
    for (changed, code) in [
        (with("version", 0.into()), "OTHER_VERSION"),
        (with("version", 2.into()), "OTHER_VERSION"),
        (with("content", json!([])), "BAD_CONTENT"),
        (with("content", json!([{ "name": "note", "value": "" }])), "BAD_CONTENT"),
        (with("content", longer), "CANT_KEEP_ANNOTATIONS"),
        (with("responses", json!([{ "text": "0" }])), "CANT_KEEP_ANNOTATIONS"),
        (with("reason", " ".into()), "BAD_REASON"),
        (with("taskId", json!("00000000-0000-0000-0000-000000000001")), "TASK_NOT_FOUND"),
    ] {
        let refused = campaign.send(changed).await;
        assert_eq!(refused["code"], code, "{refused}");
    }
    let told = campaign.told(&task).await;
    assert_eq!(told["task"]["version"], 1);

    // the same command once more has no second effect
    let fields = "... on TaskRevised { version receipt { last replayed } }";
    let send = async || campaign.server.mutate(&campaign.manager, "reviseTask", input.clone(), "once", fields).await;
    let (first, again) = (send().await, send().await);
    assert_eq!((&first["version"], &again["version"]), (&json!(2), &json!(2)));
    assert_eq!(first["receipt"]["last"], again["receipt"]["last"]);
    assert_eq!(again["receipt"]["replayed"], true);

    campaign.server.mutate(&campaign.manager, "closeTask", json!({ "taskId": task }), "c", "").await;
    assert_eq!(campaign.send(with("version", 2.into())).await["code"], "TASK_CLOSED");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_submission_and_a_revision_at_once_lose_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    for annotations in ["KEPT", "SUPERSEDED"] {
        for number in 0..12 {
            let task = campaign.task().await;
            let bob = campaign.claim(1, &task).await;
            let (submission, revision) =
                (campaign.submit(1, &bob, "LEFT"), campaign.revise(&task, 1, "How are you?", annotations));
            // whoever is asked first has a start
            let (submitted, revised) = if number % 2 == 0 {
                tokio::join!(submission, revision)
            } else {
                let (revised, submitted) = tokio::join!(revision, submission);
                (submitted, revised)
            };
            assert_eq!(revised["version"], 2, "{revised}");
            let told = campaign.told(&task).await;
            let expected = match (submitted["code"].as_str(), annotations) {
                (None, "KEPT") => vec![is(1, "submitted")],
                (None, _) => vec![is(1, "superseded")],
                (Some("ASSIGNMENT_NOT_FOUND"), "SUPERSEDED") => vec![],
                other => panic!("{other:?}: {submitted}"),
            };
            assert_eq!(Campaign::annotations(&told), expected);
        }
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn managers_see_who_skipped_a_task_and_why(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options).await;
    let task = campaign.task().await;
    let bob = campaign.claim(1, &task).await;
    let skip = json!({ "taskId": task, "assignmentId": bob["assignmentId"], "reason": "not my language" });
    campaign.server.mutate(&campaign.annotators[1], "skipTask", skip, "s", "").await;
    campaign.server.views_caught_up().await;
    let viewer =
        campaign.server.ask(Some(&campaign.annotators[1]), "{ viewer { participantId } }", Value::Null).await;
    let query = "query($id: UUID!) { task(id: $id) { skips { annotatorId reason { text erased } skippedAt } } }";
    let ask = async |token: &str| campaign.server.ask(Some(token), query, json!({ "id": task })).await;
    let told = ask(&campaign.manager).await;
    let skips = json!([{
        "annotatorId": viewer["data"]["viewer"]["participantId"],
        "reason": { "text": "not my language", "erased": false },
        "skippedAt": "2026-01-01T00:00:00+00:00",
    }]);
    assert_eq!(told["data"]["task"]["skips"], skips, "{told}");
    let refused = ask(&campaign.reviewer).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
}
