//! Releases that are asked for over GraphQL: from the request to the files, whoever makes them and whoever is killed over it.

mod support;

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection, postgres::PgConnectOptions};
use support::{Home, PASSWORD, Serving};
use ureq::Agent;

const MAPPING: &str = "
project: { name: Answers }
task:
  key: id
  content: [{ name: question, from: question }]
  responses: [{ text: a }, { text: b }]
annotators: { column: worker }
questions: [{ key: better, title: Which answer is better?, preference: { from: vote, labels: { a: left, b: right } } }]
";

const VOTES: &str = "id,question,a,b,worker,vote
1,What is a stele?,A stone.,A star.,w1,a
2,Who reads it?,Nobody.,Everybody.,w1,b
";

/// Longer than anything may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// A home with judgments, a server that makes no releases, and a manager.
struct Scene {
    home: Home,
    server: Serving,
    agent: Agent,
    token: String,
    project: Value,
}

impl Scene {
    fn set(serve: &[&str]) -> Self {
        let home = Home::new();
        let file = |name: &str, content: &str| {
            let path = home.path().join(name);
            fs::write(&path, content).expect("writable");
            path.to_str().expect("text").to_owned()
        };
        let (map, votes) = (file("map.yaml", MAPPING), file("votes.csv", VOTES));
        let server = home.serve(serve);
        home.succeed(&["import", "votes", "--map", &map, &votes]);
        home.register("mary", &["manager", "auditor"]);
        let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
        let mut scene = Self { home, server, agent, token: String::new(), project: Value::Null };
        let login =
            "mutation($p: String!) { login(email: \"mary@example.org\", password: $p) { ... on Session { token } } }";
        let session = scene.ask(login, &json!({ "p": PASSWORD }));
        session["login"]["token"].as_str().expect("signed in").clone_into(&mut scene.token);
        let at = scene.ask("{ ledger { position } }", &Value::Null)["ledger"]["position"].clone();
        let query = "query($at: Position) { projects(atLeast: $at) { nodes { id } } }";
        scene.project = scene.ask(query, &json!({ "at": at }))["projects"]["nodes"][0]["id"].clone();
        assert!(scene.project.is_string(), "{}", scene.project);
        scene
    }

    fn ask(&self, query: &str, variables: &Value) -> Value {
        let mut request = self.agent.post(&self.server.url).header("content-type", "application/json");
        if !self.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let mut answer = request.send_json(json!({ "query": query, "variables": variables })).expect("an answer");
        let answer: Value = answer.body_mut().read_json().expect("JSON");
        assert!(answer["errors"].is_null(), "{query}: {answer}");
        answer["data"].clone()
    }

    /// Asks for a release; the id of the request.
    fn request(&self, recipe: &str) -> Value {
        let query =
            "mutation($i: RequestReleaseInput!, $k: String!) { requestRelease(input: $i, idempotencyKey: $k) {
            ... on ReleaseRequested { requestId } ... on Refusal { code message } } }";
        let input = json!({ "projectId": self.project, "dataset": "answers", "recipe": recipe });
        let asked = self.ask(query, &json!({ "i": input, "k": format!("request {recipe}") }));
        let id = asked["requestRelease"]["requestId"].clone();
        assert!(id.is_string(), "{asked}");
        id
    }

    /// The request, once it stands so.
    fn until(&self, request: &Value, status: &str) -> Value {
        let query = "{ releaseRequests { nodes { id status version reason progress { read total } } } }";
        let begun = Instant::now();
        loop {
            let all = self.ask(query, &Value::Null)["releaseRequests"]["nodes"].clone();
            let of = all.as_array().expect("a list").iter().find(|one| one["id"] == *request);
            if let Some(one) = of.filter(|one| one["status"] == status) {
                return one.clone();
            }
            assert!(begun.elapsed() < PATIENCE, "{status} is waited for: {all}");
        }
    }

    fn datasets(&self) -> PathBuf {
        self.home.path().join("datasets")
    }

    /// What there is of the dataset, hidden or not.
    fn releases(&self) -> Vec<String> {
        let entries = fs::read_dir(self.datasets().join("answers")).into_iter().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned()).collect();
        names.sort_unstable();
        names
    }

    fn verify(&self, version: &str) {
        let folder = self.datasets().join("answers").join(version);
        let verified = self.home.succeed(&["dataset", "verify", folder.to_str().expect("text")]);
        assert!(verified.contains(&format!("on record as answers {version}")), "{verified}");
        assert!(verified.ends_with("valid\n"), "{verified}");
    }
}

/// Something that keeps every release from being finished: its root can't be looked up.
struct Lock {
    connection: PgConnection,
    runtime: tokio::runtime::Runtime,
}

impl Lock {
    fn on(home: &Home) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let options =
            PgConnectOptions::new().socket(home.path().join("run")).port(5432).username("stele").database("stele");
        let mut connection = runtime.block_on(PgConnection::connect_with(&options)).expect("PostgreSQL runs");
        let lock = connection.execute("begin; lock table checkpoint in access exclusive mode");
        runtime.block_on(lock).expect("locked");
        Self { connection, runtime }
    }

    /// Returns once no worker is at a release.
    fn until_given_up(&mut self) {
        let begun = Instant::now();
        loop {
            let at_it = sqlx::query_scalar("select count(*) from release_progress").fetch_one(&mut self.connection);
            let at_it: i64 = self.runtime.block_on(at_it).expect("readable");
            if at_it == 0 {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "the work goes on");
        }
    }

    fn lift(self) {
        self.runtime.block_on(self.connection.close()).expect("closed");
    }
}

#[test]
fn a_server_makes_what_is_asked_for() {
    let scene = Scene::set(&["serve"]);
    let request = scene.request("separator: ' '");
    let met = scene.until(&request, "MET");
    assert_eq!(met["version"], "1.0.0", "{met}");
    scene.verify("1.0.0");
    let rows = fs::read_to_string(scene.datasets().join("answers/1.0.0/train.jsonl")).expect("rows");
    assert_eq!(rows.lines().count(), 2, "{rows}");
    // whoever is told of events by a webhook is told of these, with the project
    let events = scene.ask("{ events(first: 100) { nodes { name payload } } }", &Value::Null);
    let events = events["events"]["nodes"].as_array().expect("events").clone();
    for name in ["ReleaseRequested", "DatasetReleased", "ReleaseRequestMet"] {
        let event = events.iter().find(|event| event["name"] == name);
        let event = event.unwrap_or_else(|| panic!("no {name}: {events:?}"));
        let payload: Value = serde_json::from_str(event["payload"].as_str().expect("text")).expect("JSON");
        assert_eq!(payload["project"], scene.project, "{name}");
    }
    // what does not fit the project is refused before it is asked for, and the same rows are released once
    let again = scene.request("separator: \" \"");
    assert_eq!(scene.until(&again, "MET")["version"], "1.0.0");
    assert_eq!(scene.releases(), ["1.0.0"]);
    scene.server.process.interrupt();
}

#[test]
fn a_request_outlives_the_worker_that_is_killed_over_it() {
    let scene = Scene::set(&["serve", "--no-exports"]);
    let lock = Lock::on(&scene.home);
    let request = scene.request("{}");
    assert_eq!(scene.until(&request, "PENDING")["progress"], Value::Null, "nobody is there to make it");
    let (first, _) = scene.home.start(&["worker", "export"], "makes releases");
    scene.until(&request, "RUNNING");
    first.kill();
    let left = scene.releases();
    assert!(left.iter().all(|name| name.starts_with('.')), "nothing half written looks whole: {left:?}");
    let (second, _) = scene.home.start(&["worker", "export"], "makes releases");
    lock.lift();
    assert_eq!(scene.until(&request, "MET")["version"], "1.0.0");
    assert_eq!(scene.releases(), ["1.0.0"], "what was left over is gone");
    scene.verify("1.0.0");
    let recorded = scene.ask("{ datasetReleases { nodes { version } } }", &Value::Null);
    assert_eq!(recorded["datasetReleases"]["nodes"], json!([{ "version": "1.0.0" }]), "it is released once");
    second.interrupt();
    scene.server.process.interrupt();
}

#[test]
fn a_request_that_is_taken_back_leaves_no_folder() {
    let scene = Scene::set(&["serve"]);
    let mut lock = Lock::on(&scene.home);
    let request = scene.request("{}");
    scene.until(&request, "RUNNING");
    let query = "mutation($i: CancelReleaseRequestInput!) { cancelReleaseRequest(input: $i, idempotencyKey: \"c\") {
        __typename ... on Refusal { code } } }";
    let input = json!({ "projectId": scene.project, "dataset": "answers", "requestId": request });
    let cancelled = scene.ask(query, &json!({ "i": input }));
    assert_eq!(cancelled["cancelReleaseRequest"]["__typename"], "ReleaseRequestCancelled", "{cancelled}");
    scene.until(&request, "CANCELLED");
    lock.until_given_up();
    assert!(!scene.datasets().join("answers").exists(), "{:?}", scene.releases());
    lock.lift();
    let other = scene.request("separator: ' '");
    scene.until(&other, "MET");
    assert_eq!(scene.releases(), ["1.0.0"], "the one that is wanted");
    scene.verify("1.0.0");
    let recorded = scene.ask("{ datasetReleases { nodes { recipe } } }", &Value::Null);
    assert_eq!(recorded["datasetReleases"]["nodes"].as_array().map(Vec::len), Some(1), "{recorded}");
    scene.server.process.interrupt();
}
