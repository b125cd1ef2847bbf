//! Every guarded field, called as everybody: the answer is what `schemas/authorisation.md` says.

mod socket;
mod support;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use socket::{Client, Edge};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::participant::Role;
use support::{Server, introspected::Introspected};

/// The committed table: for each field, what it answers to whom.
fn committed() -> Vec<(String, BTreeMap<String, String>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/authorisation.md");
    let text = std::fs::read_to_string(path).expect("the table is committed");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let mut rows = rows.map(|row| row.split(" | ").map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    let titles = rows.next().expect("titles");
    let cells = |row: Vec<String>| {
        assert_eq!(row.len(), titles.len(), "{row:?}");
        let field = row[0].trim_matches('`').to_owned();
        (field, titles.iter().cloned().zip(row).skip(1).collect())
    };
    rows.skip(1).map(cells).collect()
}

/// Where whoever calls for a column of the table can be reached.
fn email_of(title: &str) -> String {
    format!("{}@example.org", title.replace(' ', "-"))
}

/// A workspace with two projects.
struct Workspace {
    server: Server,
    edge: Edge,
    admin: String,
    manager: String,
    here: Value,
    elsewhere: Value,
    task: Value,
}

impl Workspace {
    async fn found(options: &PgConnectOptions) -> Self {
        let server = Server::start(options).await;
        let edge = Edge::open(&server);
        let admin = server.sign_in("founder", &[Role::Admin]).await;
        let manager = server.sign_in("starter", &[Role::Manager]).await;
        let project = async |key: &str| {
            let questions = json!([{ "key": "text", "title": "Which?", "kind": { "preference": {} } }]);
            let input = json!({ "name": key, "questions": questions, "redundancy": 100 });
            let fields = "... on ProjectCreated { projectId }";
            server.mutate(&manager, "createProject", input, key, fields).await["projectId"].clone()
        };
        let (here, elsewhere) = (project("here").await, project("elsewhere").await);
        let task = json!({
            "projectId": here, "content": [{ "name": "prompt", "value": "?" }],
            "responses": [{ "text": "0", "model": "m" }, { "text": "1" }],
        });
        let task = server.mutate(&manager, "createTask", task, "t", "... on TaskCreated { taskId }").await;
        let task = task["taskId"].clone();
        Self { server, edge, admin, manager, here, elsewhere, task }
    }

    /// Signs somebody in, for a column of the table.
    async fn caller(&self, title: &str) -> Option<String> {
        let role = |name: &str| name.parse::<Role>().unwrap_or_else(|error| panic!("{title}: {error}"));
        let name = title.replace(' ', "-");
        let (project, held) = match title.rsplit_once(' ') {
            _ if title == "not signed in" => return None,
            _ if title == "no role" => return Some(self.server.sign_in(&name, &[]).await),
            None => return Some(self.server.sign_in(&name, &[role(title)]).await),
            Some((held, "here")) => (&self.here, held),
            Some((held, "elsewhere")) => (&self.elsewhere, held),
            Some(_) => panic!("nobody is `{title}`"),
        };
        let token = self.server.sign_in(&name, &[]).await;
        self.grant(&self.id_of(&token).await, role(held), project).await;
        Some(token)
    }

    async fn id_of(&self, token: &str) -> Value {
        let answer = self.server.ask(Some(token), "{ viewer { participantId } }", Value::Null).await;
        answer["data"]["viewer"]["participantId"].clone()
    }

    async fn grant(&self, participant: &Value, role: Role, project: &Value) {
        let role = role.as_str().to_uppercase();
        let input = json!({ "participantId": participant, "role": role, "projectId": project });
        let key = input.to_string();
        let done = self.server.mutate(&self.admin, "grantRole", input, &key, "").await;
        assert_eq!(done["__typename"], "RoleGranted", "{done}");
    }

    /// Somebody whom nobody calls as, with a role in the first project.
    async fn target(&self) -> Value {
        let token = self.server.sign_in("target", &[]).await;
        let id = self.id_of(&token).await;
        self.grant(&id, Role::Annotator, &self.here).await;
        id
    }

    /// A request that calls a field of the table.
    fn request(schema: &Introspected, field: &str) -> String {
        let (parent, name) = field.split_once('.').expect("an object and its field");
        let call = schema.call(parent, name);
        let of = |outer: &str| schema.call("Query", outer).replace("{ __typename }", &format!("{{ {call} }}"));
        match parent {
            "Query" => format!("{{ {call} }}"),
            "Mutation" => format!("mutation {{ {call} }}"),
            "Subscription" => format!("subscription {{ {call} }}"),
            "LedgerState" => {
                format!("subscription {{ {} }}", schema.call("Subscription", "ledger").replace("__typename", &call))
            }
            "Project" => format!("{{ {} }}", of("project")),
            "Task" => format!("{{ {} }}", of("task")),
            "Response" => format!("{{ {} }}", of("task").replace(&call, &format!("responses {{ {call} }}"))),
            "Participant" => format!("{{ {} }}", of("participant")),
            "Viewer" => format!("{{ {} }}", of("viewer")),
            _ => panic!("how is a {parent} reached?"),
        }
    }

    /// What a caller is answered: `yes`, `no` or `sign in`.
    async fn answer(&self, token: Option<&str>, request: &str) -> &'static str {
        if request.starts_with("subscription") {
            return self.told(token, request).await;
        }
        let (_, answer) = self.server.post(token, request, Value::Null).await;
        Self::said(request, &answer)
    }

    /// The same of a subscription, which is not answered over POST: what comes first over a socket.
    async fn told(&self, token: Option<&str>, request: &str) -> &'static str {
        let Some(token) = token else {
            let mut client = Client::connect(&self.edge).await;
            client.subscribe("1", request, &json!({})).await;
            assert_eq!(client.closed().await.0, 4401, "{request}");
            return "sign in";
        };
        let mut client = Client::signed_in(&self.edge, token).await;
        client.subscribe("1", request, &json!({})).await;
        let first = client.next("1").await;
        Self::said(request, &first)
    }

    fn said(request: &str, answer: &Value) -> &'static str {
        match answer["errors"][0]["extensions"]["code"].as_str() {
            Some("FORBIDDEN") => "no",
            Some("UNAUTHENTICATED") => "sign in",
            Some(code @ ("BAD_REQUEST" | "INTERNAL")) => panic!("{code}: {request}: {answer}"),
            // refused, done, or not asked well: that comes after the guard
            _ => "yes",
        }
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn every_field_answers_everybody_as_the_table_says(_: PgPoolOptions, options: PgConnectOptions) {
    let workspace = Workspace::found(&options).await;
    let target = workspace.target().await;
    let known = BTreeMap::from([
        ("projectId", workspace.here.clone()),
        ("taskId", workspace.task.clone()),
        ("project.id", workspace.here.clone()),
        ("task.id", workspace.task.clone()),
        ("participant.id", target.clone()),
        ("participantId", target),
    ]);
    let schema = Introspected::by(&workspace.server, known).await;
    let table = committed();
    let titles: Vec<String> = table[0].1.keys().cloned().collect();
    let mut callers = BTreeMap::new();
    for title in titles {
        let token = workspace.caller(&title).await;
        callers.insert(title, token);
    }
    workspace.server.views_caught_up().await;
    let (mut wrong, mut called) = (Vec::new(), 0);
    for (field, cells) in &table {
        let request = Workspace::request(&schema, field);
        for (number, (title, said)) in cells.iter().enumerate() {
            let request =
                request.replace("idempotencyKey: \"text\"", &format!("idempotencyKey: \"{field} {number}\""));
            let answer = workspace.answer(callers[title].as_deref(), &request).await;
            if field.starts_with("Mutation.signOut") && said == "yes" {
                let again = workspace.server.login(&email_of(title), support::PASSWORD).await;
                callers.insert(title.clone(), again["token"].as_str().map(str::to_owned));
            }
            if answer != if said == "own" { "yes" } else { said } {
                wrong.push(format!("{field} says `{said}` to `{title}`, and answers `{answer}`"));
            }
            called += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(called > 700, "only {called} calls");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn lists_tell_of_the_callers_projects_alone(_: PgPoolOptions, options: PgConnectOptions) {
    let workspace = Workspace::found(&options).await;
    let target = workspace.target().await;
    let elsewhere = workspace.caller("manager elsewhere").await;
    let here = workspace.caller("manager here").await;
    workspace.grant(&target, Role::Reviewer, &workspace.elsewhere).await;
    workspace.server.views_caught_up().await;
    let query =
        "{ projects { nodes { id } } participants { nodes { name { text } roles projectRoles { projectId role } } }
        datasetReleases { nodes { version } } }";
    let told = async |token: Option<&str>| workspace.server.ask(token, query, Value::Null).await["data"].clone();
    let person = |name: &str, roles: Value, held: &[(&Value, &str)]| {
        let held: Vec<Value> = held.iter().map(|(id, role)| json!({ "projectId": id, "role": role })).collect();
        json!({ "name": { "text": name }, "roles": roles, "projectRoles": held })
    };
    let both = [(&workspace.here, "ANNOTATOR"), (&workspace.elsewhere, "REVIEWER")];
    let of_each =
        [(&workspace.here, here, "manager-here", 0), (&workspace.elsewhere, elsewhere, "manager-elsewhere", 1)];
    for (project, token, name, place) in of_each {
        let told = told(token.as_deref()).await;
        let mut people = told["participants"]["nodes"].as_array().expect("people").clone();
        people.sort_by_key(|person| person["name"]["text"].as_str().map(str::to_owned));
        let expected =
            [person(name, json!([]), &[(project, "MANAGER")]), person("target", json!([]), &both[place..=place])];
        assert_eq!(people, expected, "the people of a project, without what they do in others");
        assert_eq!(told["projects"]["nodes"], json!([{ "id": project }]));
    }
    let all = told(Some(&workspace.manager)).await;
    assert_eq!(all["projects"]["nodes"], json!([{ "id": workspace.here }, { "id": workspace.elsewhere }]));
    let people = all["participants"]["nodes"].as_array().expect("people");
    let mut held = person("target", json!([]), &both);
    let target = people.iter().find(|person| person["name"]["text"] == "target").expect("the target");
    // in the order of the projects' ids
    held["projectRoles"].as_array_mut().expect("roles").sort_by_key(|held| held["projectId"].to_string());
    assert_eq!(*target, held);
}
