//! Releases are asked for, planned and taken back; nobody here makes any.

mod socket;
mod support;

use serde_json::{Value, json};
use socket::{Client, Edge};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use stele_domain::{
    dataset::{Dataset, DatasetCommand, DatasetFormat, MAX_PENDING, Release, ReleaseVersion},
    history::TreeHead,
    participant::Role,
};
use stele_ledger::{CommandContext, Fingerprint};
use support::Server;
use uuid::Uuid;

const REQUESTED: &str = "... on ReleaseRequested { requestId datasetId receipt { last replayed } }";
const CANCELLED: &str = "... on ReleaseRequestCancelled { receipt { last } }";
const PLANNED: &str = "... on ReleasesPlanned { datasetId receipt { last } }";
const ENDED: &str = "... on ReleasePlanEnded { receipt { last } }";

/// A server with a project, and a researcher of it.
struct Workspace {
    server: Server,
    researcher: String,
    admin: String,
    manager: String,
    project: Value,
}

impl Workspace {
    async fn found(options: &PgConnectOptions) -> Self {
        let server = Server::start(options).await;
        let admin = server.sign_in("admin", &[Role::Admin]).await;
        let manager = server.sign_in("manager", &[Role::Manager]).await;
        let researcher = server.sign_in("rosa", &[]).await;
        let project = project(&server, &manager, "Letters").await;
        let viewer = server.ask(Some(&researcher), "{ viewer { participantId } }", Value::Null).await;
        let grant = json!({
            "participantId": viewer["data"]["viewer"]["participantId"], "role": "RESEARCHER", "projectId": project,
        });
        server.mutate(&admin, "grantRole", grant, "grant", "").await;
        Self { server, researcher, admin, manager, project }
    }

    fn input(&self, recipe: &str) -> Value {
        json!({ "projectId": self.project, "dataset": "letters", "recipe": recipe })
    }

    /// Asks for a release as the researcher.
    async fn ask(&self, input: Value, key: &str) -> Value {
        self.server.mutate(&self.researcher, "requestRelease", input, key, REQUESTED).await
    }

    async fn cancel(&self, request: &Value, key: &str) -> Value {
        let input = json!({ "projectId": self.project, "dataset": "letters", "requestId": request });
        self.server.mutate(&self.researcher, "cancelReleaseRequest", input, key, CANCELLED).await
    }

    /// What the list of requests tells somebody.
    async fn listed(&self, token: &str, fields: &str) -> Value {
        let query = format!("query($at: Position) {{ releaseRequests(atLeast: $at) {{ nodes {{ {fields} }} }} }}");
        let at = self.server.ledger.head().await.expect("a head").position().get();
        let answer = self.server.ask(Some(token), &query, json!({ "at": at })).await;
        assert!(answer["errors"].is_null(), "{answer}");
        answer["data"]["releaseRequests"]["nodes"].clone()
    }

    /// Does what a worker does.
    async fn execute(&self, command: DatasetCommand) {
        let ledger = &self.server.ledger;
        let context = CommandContext {
            actor: None,
            key: ledger.mint().fresh::<Uuid>().into(),
            fingerprint: Fingerprint::of(b"test"),
            occurred_at: None,
            correlation_id: None,
        };
        let dataset = ledger.mint().derived::<Uuid>("dataset", &["letters"]);
        ledger.execute::<Dataset>(dataset, &context, &command).await.expect("accepted");
    }
}

async fn project(server: &Server, manager: &str, name: &str) -> Value {
    let questions = json!([{ "key": "better", "title": "Which?", "kind": { "preference": {} } }]);
    let input = json!({ "name": name, "questions": questions });
    let created = server.mutate(manager, "createProject", input, name, "... on ProjectCreated { projectId }").await;
    created["projectId"].clone()
}

fn id(value: &Value) -> Uuid {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no id: {value}"))
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_release_is_asked_for_once_and_taken_back_once(_: PgPoolOptions, options: PgConnectOptions) {
    let workspace = Workspace::found(&options).await;
    let before = workspace.server.ledger.head().await.expect("a head").position().get();
    let yaml = "# which are better?\nformat: dpo\nseparator: ' '\n";
    let asked = workspace.ask(workspace.input(yaml), "a").await;
    assert_eq!(asked["receipt"]["replayed"], false, "{asked}");
    let again = workspace.ask(workspace.input(yaml), "a").await;
    assert_eq!((&again["requestId"], &again["receipt"]["replayed"]), (&asked["requestId"], &json!(true)));
    let fields = "id dataset projectId status knownAt planned recipe version reason endedAt progress { read }";
    let listed = workspace.listed(&workspace.researcher, fields).await;
    let one = &listed[0];
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(
        (&one["id"], &one["status"], &one["planned"]),
        (&asked["requestId"], &json!("PENDING"), &json!(false))
    );
    assert_eq!((&one["knownAt"], &one["projectId"]), (&json!(before), &workspace.project), "fixed when it was asked");
    let recipe: Value = serde_json::from_str(one["recipe"].as_str().expect("text")).expect("JSON");
    assert_eq!((&recipe["question"], &recipe["separator"]), (&json!("better"), &json!(" ")), "{recipe}");
    for nothing in ["version", "reason", "endedAt", "progress"] {
        assert!(one[nothing].is_null(), "{one}");
    }
    assert_eq!(workspace.cancel(&json!(Uuid::from_u128(404)), "n").await["code"], "REQUEST_NOT_FOUND");
    let cancelled = workspace.cancel(&asked["requestId"], "c").await;
    assert_eq!(cancelled["__typename"], "ReleaseRequestCancelled", "{cancelled}");
    assert_eq!(workspace.cancel(&asked["requestId"], "c2").await["code"], "REQUEST_ENDED");
    let listed = workspace.listed(&workspace.researcher, "status endedAt").await;
    assert_eq!((&listed[0]["status"], listed[0]["endedAt"].is_string()), (&json!("CANCELLED"), true));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_cant_be_asked_for_is_refused_with_its_reason(_: PgPoolOptions, options: PgConnectOptions) {
    let workspace = Workspace::found(&options).await;
    let with = |member: &str, value: Value| {
        let mut input = workspace.input("{}");
        input[member] = value;
        input
    };
    for (input, code, told) in [
        (workspace.input("format: dpo\nformt: sft\n"), "BAD_RECIPE", "formt"),
        (workspace.input("separator: [\n"), "BAD_RECIPE", "line"),
        (workspace.input("filters: { min_agreement: 2 }"), "BAD_RECIPE", "filters.min_agreement"),
        (workspace.input("question: worse"), "BAD_RECIPE", "worse"),
        (workspace.input(&" ".repeat(70_000)), "BAD_RECIPE", "65536 bytes"),
        (workspace.input("personal_text: include"), "PERSONAL_TEXT", "compliance officer"),
        (with("knownAt", json!(1_000_000)), "BAD_POSITION", "head"),
        (with("knownAt", json!(1)), "PROJECT_NOT_FOUND", "project"),
        (with("dataset", json!("../letters")), "BAD_NAME", "name"),
    ] {
        let key = input.to_string();
        let refused = workspace.ask(input.clone(), &key[..key.len().min(200)]).await;
        assert_eq!(refused["code"], code, "{refused}");
        assert!(refused["message"].as_str().is_some_and(|message| message.contains(told)), "{told}: {refused}");
        if code == "BAD_RECIPE" {
            let mut plan = input;
            plan["when"] = json!({ "everyHours": 1 });
            let refused =
                workspace.server.mutate(&workspace.researcher, "planReleases", plan, &format!("p {told}"), "").await;
            assert_eq!(refused["code"], code, "{refused}");
        }
    }
    // whoever answers for it may let personal text leave
    let include = workspace.input("personal_text: include");
    let asked = workspace.server.mutate(&workspace.admin, "requestRelease", include, "admin", REQUESTED).await;
    assert_eq!(asked["__typename"], "ReleaseRequested", "{asked}");
    for number in 1..MAX_PENDING {
        let asked = workspace.ask(workspace.input("{}"), &number.to_string()).await;
        assert_eq!(asked["__typename"], "ReleaseRequested", "{asked}");
    }
    assert_eq!(workspace.ask(workspace.input("{}"), "many").await["code"], "TOO_MANY_REQUESTS");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_dataset_is_its_projects_alone(_: PgPoolOptions, options: PgConnectOptions) {
    let workspace = Workspace::found(&options).await;
    let (server, manager) = (&workspace.server, &workspace.manager);
    let asked = workspace.ask(workspace.input("{}"), "a").await;
    let other = project(server, manager, "Other").await;
    let theirs = json!({ "projectId": other, "dataset": "letters", "recipe": "{}" });
    let refused = server.mutate(manager, "requestRelease", theirs.clone(), "b", REQUESTED).await;
    assert_eq!(refused["code"], "OTHER_PROJECT", "{refused}");
    let mut plan = theirs;
    plan["when"] = json!({ "everyApproved": 1 });
    let refused = server.mutate(manager, "planReleases", plan, "p", PLANNED).await;
    assert_eq!(refused["code"], "OTHER_PROJECT", "{refused}");
    let cancel = json!({ "projectId": other, "dataset": "letters", "requestId": asked["requestId"] });
    let refused = server.mutate(manager, "cancelReleaseRequest", cancel, "c", CANCELLED).await;
    assert_eq!(refused["code"], "REQUEST_NOT_FOUND", "{refused}");
    let elsewhere = json!({ "projectId": other, "dataset": "others", "recipe": "{}" });
    server.mutate(manager, "requestRelease", elsewhere.clone(), "d", REQUESTED).await;
    // whoever has a role in one project is told of that one
    assert_eq!(workspace.listed(&workspace.researcher, "dataset").await, json!([{ "dataset": "letters" }]));
    let all = workspace.listed(&workspace.admin, "dataset").await;
    assert_eq!(all, json!([{ "dataset": "letters" }, { "dataset": "others" }]));
    let query = "mutation($input: RequestReleaseInput!) { requestRelease(input: $input, idempotencyKey: \"e\") {
        __typename } }";
    let answer = server.ask(Some(&workspace.researcher), query, json!({ "input": elsewhere })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{answer}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn releases_are_planned_and_the_plan_is_ended(_: PgPoolOptions, options: PgConnectOptions) {
    let workspace = Workspace::found(&options).await;
    let (server, researcher) = (&workspace.server, workspace.researcher.as_str());
    let plan = async |when: Value, key: &str| {
        let mut input = workspace.input("{}");
        input["when"] = when;
        server.mutate(researcher, "planReleases", input, key, PLANNED).await
    };
    let listed = async || {
        let at = server.ledger.head().await.expect("a head").position().get();
        let query = "query($at: Position) { releasePlans(atLeast: $at) {
            nodes { dataset projectId everyApproved everyHours plannedBy } } }";
        let answer = server.ask(Some(researcher), query, json!({ "at": at })).await;
        answer["data"]["releasePlans"]["nodes"].clone()
    };
    let end = async |key: &str| {
        let input = json!({ "projectId": workspace.project, "dataset": "letters" });
        server.mutate(researcher, "endReleasePlan", input, key, ENDED).await
    };
    assert_eq!(end("e0").await["code"], "PLAN_NOT_FOUND");
    for when in [json!({ "everyHours": 0 }), json!({ "everyHours": 8_761 }), json!({ "everyApproved": 0 })] {
        assert_eq!(plan(when.clone(), &when.to_string()).await["code"], "BAD_PLAN", "{when}");
    }
    assert_eq!(plan(json!({ "everyApproved": 500 }), "p1").await["__typename"], "ReleasesPlanned");
    assert_eq!(listed().await[0]["everyApproved"], 500);
    assert_eq!(plan(json!({ "everyHours": 24 }), "p2").await["__typename"], "ReleasesPlanned");
    let plans = listed().await;
    assert_eq!(plans.as_array().map(Vec::len), Some(1), "a new one takes the place of the old one: {plans}");
    assert_eq!((&plans[0]["everyHours"], plans[0]["everyApproved"].is_null()), (&json!(24), true), "{plans}");
    assert_eq!(end("e1").await["__typename"], "ReleasePlanEnded");
    assert_eq!(listed().await, json!([]));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn whoever_waits_is_told_how_the_release_comes_along(pool: PgPool) {
    let options = (*pool.connect_options()).clone();
    let workspace = Workspace::found(&options).await;
    let edge = Edge::open(&workspace.server);
    let asked = workspace.ask(workspace.input("{}"), "a").await;
    let mut client = Client::signed_in(&edge, &workspace.researcher).await;
    let query = "subscription($id: UUID!, $at: Position) { releaseRequest(id: $id, atLeast: $at) {
        status version reason progress { read total } } }";
    let variables = json!({ "id": asked["requestId"], "at": asked["receipt"]["last"] });
    client.subscribe("1", query, &variables).await;
    let first = client.next("1").await["data"]["releaseRequest"].clone();
    assert_eq!((&first["status"], &first["progress"]), (&json!("PENDING"), &Value::Null), "{first}");

    let (ledger, request) = (&workspace.server.ledger, id(&asked["requestId"]));
    let note =
        "insert into release_progress (ledger_id, request_id, read, total, updated_at) values ($1, $2, 3, 10, $3)";
    let now = stele_ledger::Ledger::clock(ledger).now().to_utc();
    sqlx::query(note).bind(ledger.id()).bind(request).bind(now).execute(&pool).await.expect("noted");
    let running = client.next("1").await["data"]["releaseRequest"].clone();
    assert_eq!((&running["status"], &running["progress"]), (&json!("RUNNING"), &json!({ "read": 3, "total": 10 })));
    // a worker that has not been heard of for long is not at it
    workspace.server.clock.advance(60);
    let listed = workspace.listed(&workspace.researcher, "status progress { read }").await;
    assert_eq!(listed, json!([{ "status": "PENDING", "progress": null }]));

    let release = Release {
        name: "letters".into(),
        format: DatasetFormat::Dpo,
        project: id(&workspace.project).into(),
        recipe: "{}".into(),
        known_at: TreeHead { size: 1, root: [1; 32].into() },
        happened_by: None,
        rows: 0,
        rows_digest: [2; 32].into(),
        files: Vec::new(),
        subjects: Vec::new(),
    };
    workspace.execute(DatasetCommand::Release(Box::new(release))).await;
    workspace.execute(DatasetCommand::Meet { request: request.into(), version: ReleaseVersion::FIRST }).await;
    let met = client.next("1").await["data"]["releaseRequest"].clone();
    assert_eq!((&met["status"], &met["version"], &met["progress"]), (&json!("MET"), &json!("1.0.0"), &Value::Null));

    // nobody is told of a request that there is not, or that is none of theirs
    let other = project(&workspace.server, &workspace.manager, "Other").await;
    let elsewhere = json!({ "projectId": other, "dataset": "others", "recipe": "{}" });
    let theirs = workspace.server.mutate(&workspace.manager, "requestRelease", elsewhere, "o", REQUESTED).await;
    for (operation, request) in [("2", &theirs["requestId"]), ("3", &json!(Uuid::from_u128(404)))] {
        client.subscribe(operation, query, &json!({ "id": request, "at": theirs["receipt"]["last"] })).await;
        let refused = client.receive_for(operation).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_INPUT", "{refused}");
    }
}
