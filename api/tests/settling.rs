//! From answers to a settled result, through the API: consensus, reviews, adjudication, gold tasks; and drafts on the way.

mod support;

use serde_json::{Value, json};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use stele_domain::participant::Role;
use support::Server;

struct Campaign {
    server: Server,
    manager: String,
    reviewer: String,
    annotators: Vec<String>,
    project: Value,
}

impl Campaign {
    /// A project with this workflow and redundancy 3, and three annotators.
    async fn begin(options: &PgConnectOptions, workflow: Value) -> Self {
        let server = Server::start(options).await;
        let manager = server.sign_in("mary", &[Role::Manager]).await;
        let reviewer = server.sign_in("rita", &[Role::Reviewer]).await;
        let mut annotators = Vec::new();
        for name in ["ada", "bob", "cleo"] {
            annotators.push(server.sign_in(name, &[Role::Annotator]).await);
        }
        let questions = json!([
            { "key": "better", "title": "Which?", "kind": { "preference": { "tie": true } } },
            { "key": "reason", "title": "Why?", "required": false, "kind": { "text": {} } },
        ]);
        let input = json!({ "name": "Settling", "questions": questions, "redundancy": 3, "workflow": workflow });
        let created =
            server.mutate(&manager, "createProject", input, "p", "... on ProjectCreated { projectId }").await;
        assert!(created["code"].is_null(), "{created}");
        Self { server, manager, reviewer, annotators, project: created["projectId"].clone() }
    }

    async fn task(&self, name: &str) -> Value {
        let input = json!({
            "projectId": self.project,
            "externalKey": name,
            "content": [{ "name": "prompt", "value": name }],
            "responses": [{ "text": "0" }, { "text": "1" }],
        });
        let fields = "... on TaskCreated { taskId receipt { last } }";
        let created = self.server.mutate(&self.manager, "createTask", input, name, fields).await;
        self.server.views_caught_up().await;
        created["taskId"].clone()
    }

    async fn claim(&self, annotator: usize, task: Option<&Value>) -> Value {
        let mut input = json!({ "projectId": self.project });
        if let Some(task) = task {
            input["taskId"] = task.clone();
        }
        let fields = "... on TaskClaimed { assignmentId task { id externalKey } }";
        let key = self.server.ledger.mint().seed().to_string();
        let claimed = self.server.mutate(&self.annotators[annotator], "claimTask", input, &key, fields).await;
        self.server.views_caught_up().await;
        claimed
    }

    async fn submit(&self, annotator: usize, claimed: &Value, outcome: &str) -> Value {
        let input = json!({
            "taskId": claimed["task"]["id"],
            "assignmentId": claimed["assignmentId"],
            "answers": prefers(outcome),
        });
        let key = self.server.ledger.mint().seed().to_string();
        let fields = "... on AnnotationSubmitted { annotationId }";
        let token = &self.annotators[annotator];
        let submitted = self.server.mutate(token, "submitAnnotation", input, &key, fields).await;
        assert!(submitted["code"].is_null(), "{submitted}");
        self.server.views_caught_up().await;
        submitted["annotationId"].clone()
    }

    async fn votes(&self, annotator: usize, task: &Value, outcome: &str) -> Value {
        let claimed = self.claim(annotator, Some(task)).await;
        self.submit(annotator, &claimed, outcome).await
    }

    async fn as_reviewer(&self, mutation: &str, input: Value) -> Value {
        let key = self.server.ledger.mint().seed().to_string();
        let answer = self.server.mutate(&self.reviewer, mutation, input, &key, "").await;
        self.server.views_caught_up().await;
        answer
    }

    async fn settlement(&self, task: &Value) -> Value {
        let query = "query($id: UUID!) { task(id: $id) { settlement {
            standing answer posterior
            adjudication { answers { question preference } comment { text } }
            goldAnswers { question preference } } } }";
        let answer = self.server.ask(Some(&self.reviewer), query, json!({ "id": task })).await;
        assert!(answer["errors"].is_null(), "{answer}");
        answer["data"]["task"]["settlement"].clone()
    }

    /// What waits for the reviewer: the tasks in dispute, the annotations to be reviewed, and how many there are.
    async fn waiting(&self) -> Value {
        let query = "query($id: UUID!) { project(id: $id) {
            disputedTasks { nodes { externalKey } }
            reviewQueue { nodes { id status reviewCorrection { preference } } }
            standings { agreed disputed adjudicated awaitingReview } } }";
        let answer = self.server.ask(Some(&self.reviewer), query, json!({ "id": self.project })).await;
        assert!(answer["errors"].is_null(), "{answer}");
        answer["data"]["project"].clone()
    }
}

fn prefers(outcome: &str) -> Value {
    json!([{ "question": "better", "value": { "preference": { "outcome": outcome } } }])
}

fn consensus() -> Value {
    json!({ "question": "better", "min": 2, "confidence": 0.9, "accuracy": 0.8 })
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn annotators_are_asked_until_they_agree_or_somebody_decides(_: PgPoolOptions, options: PgConnectOptions) {
    let workflow = json!({ "review": "DISAGREEMENT", "consensus": consensus() });
    let campaign = Campaign::begin(&options, workflow).await;
    let (easy, hard) = (campaign.task("easy").await, campaign.task("hard").await);
    campaign.votes(0, &easy, "LEFT").await;
    campaign.votes(1, &easy, "LEFT").await;
    let settled = campaign.settlement(&easy).await;
    assert_eq!((&settled["standing"], &settled["answer"]), (&json!("agreed"), &json!("left")));
    assert!((settled["posterior"].as_f64().expect("a number") - 0.64 / 0.66).abs() < 1e-12, "{settled}");
    assert_eq!(campaign.claim(2, Some(&easy)).await["code"], "TASK_SETTLED");

    campaign.votes(0, &hard, "LEFT").await;
    campaign.votes(1, &hard, "RIGHT").await;
    let cleo = campaign.claim(2, None).await;
    assert_eq!(cleo["task"]["externalKey"], "hard", "a third is let in, and only where it is needed");
    campaign.submit(2, &cleo, "TIE").await;
    let waiting = campaign.waiting().await;
    assert_eq!(waiting["disputedTasks"]["nodes"], json!([{ "externalKey": "hard" }]));
    assert_eq!(waiting["reviewQueue"]["nodes"].as_array().map(Vec::len), Some(3));
    let standings = json!({ "agreed": 1, "disputed": 1, "adjudicated": 0, "awaitingReview": 3 });
    assert_eq!(waiting["standings"], standings);

    let decide = json!({ "taskId": hard, "answers": prefers("RIGHT"), "comment": "The right one is correct." });
    assert!(campaign.as_reviewer("adjudicateTask", decide).await["code"].is_null());
    let decided = campaign.settlement(&hard).await;
    assert_eq!(decided["standing"], "adjudicated");
    assert_eq!(decided["adjudication"]["answers"], json!([{ "question": "better", "preference": "RIGHT" }]));
    assert_eq!(decided["adjudication"]["comment"]["text"], "The right one is correct.");
    let wrong = json!({ "taskId": hard, "answers": prefers("BOTH_BAD") });
    assert_eq!(campaign.as_reviewer("adjudicateTask", wrong).await["code"], "BAD_ANSWER");
    let reverse = json!({ "taskId": hard });
    assert!(campaign.as_reviewer("reverseAdjudication", reverse.clone()).await["code"].is_null());
    assert_eq!(campaign.settlement(&hard).await["standing"], "disputed");
    assert_eq!(campaign.as_reviewer("reverseAdjudication", reverse).await["code"], "NOT_ADJUDICATED");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn changes_are_proposed_made_and_seen_again(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options, json!({ "review": "ALL" })).await;
    let task = campaign.task("one").await;
    let annotation = campaign.votes(0, &task, "LEFT").await;
    let review = |verdict: &str, correction: Value| {
        json!({
            "taskId": task, "annotationId": annotation, "verdict": verdict,
            "comment": "Read the second again.", "correction": correction,
        })
    };
    let approve = review("APPROVED", prefers("RIGHT"));
    assert_eq!(campaign.as_reviewer("reviewAnnotation", approve).await["code"], "BAD_CORRECTION");
    let propose = review("CHANGES_REQUESTED", prefers("RIGHT"));
    assert!(campaign.as_reviewer("reviewAnnotation", propose).await["code"].is_null());
    assert_eq!(campaign.waiting().await["reviewQueue"]["nodes"], json!([]));
    let input = json!({ "taskId": task, "annotationId": annotation, "answers": prefers("RIGHT") });
    let revised = campaign.server.mutate(&campaign.annotators[0], "reviseAnnotation", input, "revise", "").await;
    assert!(revised["code"].is_null(), "{revised}");
    campaign.server.views_caught_up().await;
    let again = json!([{
        "id": annotation, "status": "submitted", "reviewCorrection": [{ "preference": "RIGHT" }],
    }]);
    assert_eq!(campaign.waiting().await["reviewQueue"]["nodes"], again);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn gold_tasks_come_as_often_as_they_should_and_look_like_others(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options, json!({ "goldRate": 0.5 })).await;
    let gold = campaign.task("gold").await;
    let input = json!({ "taskId": gold, "answers": prefers("LEFT") });
    let set = campaign.server.mutate(&campaign.manager, "setGoldAnswers", input, "it is gold", "").await;
    assert!(set["code"].is_null(), "{set}");
    for number in 0..20 {
        campaign.task(&format!("t{number}")).await;
    }
    assert_eq!(
        campaign.settlement(&gold).await["goldAnswers"],
        json!([{ "question": "better", "preference": "LEFT" }])
    );
    // one of twenty claims misses all of them once in 2^20 times; there is one gold task, and each gets it once
    for annotator in 0..3 {
        let mut seen = 0;
        for _ in 0..20 {
            let claimed = campaign.claim(annotator, None).await;
            seen += u32::from(claimed["task"]["id"] == gold);
            campaign.submit(annotator, &claimed, "TIE").await;
        }
        assert_eq!(seen, 1, "annotator {annotator}");
    }
    let claimed = campaign.claim(0, None).await;
    let query = "{ viewer { assignments { task { id settlement { standing } } } } }";
    let asked = campaign.server.ask(Some(&campaign.annotators[0]), query, json!({})).await;
    assert_eq!(asked["errors"][0]["extensions"]["code"], "FORBIDDEN", "{claimed}: {asked}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_draft_outlives_the_browser_and_is_read_by_nobody_else(_: PgPoolOptions, options: PgConnectOptions) {
    let campaign = Campaign::begin(&options, json!({})).await;
    let task = campaign.task("one").await;
    let claimed = campaign.claim(0, Some(&task)).await;
    let save = async |annotator: usize, content: String| {
        let query = "mutation($input: SaveDraftInput!) { saveDraft(input: $input) {
            ... on DraftSaved { savedAt } ... on Refusal { code } } }";
        let input = json!({ "taskId": task, "assignmentId": claimed["assignmentId"], "content": content });
        let token = &campaign.annotators[annotator];
        let answer = campaign.server.ask(Some(token), query, json!({ "input": input })).await;
        answer["data"]["saveDraft"].clone()
    };
    assert_eq!(save(1, "mine now".into()).await["code"], "NOT_YOURS");
    assert_eq!(save(0, "x".repeat((256 << 10) + 1)).await["code"], "BAD_DRAFT");
    save(0, "a first".into()).await;
    assert_eq!(save(0, "{\"reason\": \"not quite\"}".into()).await["savedAt"], "2026-01-01T00:00:00+00:00");
    let query = "{ viewer { assignments { id task { externalKey } responseOrder draft { content } } } }";
    let mine = campaign.server.ask(Some(&campaign.annotators[0]), query, json!({})).await;
    let mine = &mine["data"]["viewer"]["assignments"];
    assert_eq!(mine[0]["id"], claimed["assignmentId"]);
    assert_eq!(mine[0]["task"]["externalKey"], "one");
    assert_eq!(mine[0]["draft"]["content"], "{\"reason\": \"not quite\"}");
    let theirs = campaign.server.ask(Some(&campaign.annotators[1]), query, json!({})).await;
    assert_eq!(theirs["data"]["viewer"]["assignments"], json!([]));
    let pool = PgPool::connect_with(options.clone()).await.expect("connects");
    let stored: Vec<String> =
        sqlx::query_scalar("select content::text from draft").fetch_all(&pool).await.expect("readable");
    assert_eq!(stored.len(), 1);
    assert!(!stored[0].contains("quite"), "{stored:?}");
    campaign.submit(0, &claimed, "LEFT").await;
    let left: i64 = sqlx::query_scalar("select count(*) from draft").fetch_one(&pool).await.expect("readable");
    assert_eq!(left, 0);
    assert_eq!(save(0, "too late".into()).await["code"], "ASSIGNMENT_NOT_FOUND");
}
