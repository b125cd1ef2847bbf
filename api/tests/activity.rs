//! What auditors see: who was involved in what, and the events of one thing.

mod support;

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::participant::Role;
use support::Server;

const QUERY: &str = "query($participant: UUID, $from: DateTime, $to: DateTime, $names: [String!], $first: Int,
        $after: String, $at: Position) {
    activity(participant: $participant, from: $from, to: $to, names: $names, first: $first, after: $after,
            atLeast: $at) {
        nodes { position name recordedAt involved { participantId actor personalFields } event { position name } }
        pageInfo { hasNextPage endCursor }
    } }";

/// A project that Ada answered a task of ten minutes later, with a reason, and an auditor who looks at it.
struct Audited {
    server: Server,
    auditor: String,
    ada: Value,
    project: Value,
    task: Value,
}

impl Audited {
    async fn begin(options: &PgConnectOptions) -> Self {
        let server = Server::start(options).await;
        let manager = server.sign_in("manager", &[Role::Manager]).await;
        let token = server.sign_in("ada", &[Role::Annotator]).await;
        let auditor = server.sign_in("auditor", &[Role::Auditor]).await;
        let ada = server.ask(Some(&token), "{ viewer { participantId } }", Value::Null).await;
        let ada = ada["data"]["viewer"]["participantId"].clone();
        let questions = json!([{ "key": "why", "title": "Why?", "kind": { "text": { "maxLength": 20 } } }]);
        let input = json!({ "name": "P", "questions": questions });
        let fields = "... on ProjectCreated { projectId }";
        let project = server.mutate(&manager, "createProject", input, "p", fields).await["projectId"].clone();
        let content = json!([{ "name": "prompt", "value": "Say hello." }]);
        let input = json!({ "projectId": project, "content": content, "responses": [{ "text": "Hello!" }] });
        let fields = "... on TaskCreated { taskId }";
        let task = server.mutate(&manager, "createTask", input, "t", fields).await["taskId"].clone();
        server.clock.advance(10 * 60);
        let fields = "... on TaskClaimed { assignmentId }";
        let input = json!({ "projectId": project, "taskId": task });
        let claimed = server.mutate(&token, "claimTask", input, "c", fields).await;
        let answers = json!([{ "question": "why", "value": { "text": "It is polite." } }]);
        let input = json!({ "taskId": task, "assignmentId": claimed["assignmentId"], "answers": answers });
        server.mutate(&token, "submitAnnotation", input, "s", "... on AnnotationSubmitted { annotationId }").await;
        Self { server, auditor, ada, project, task }
    }

    async fn ask(&self, query: &str, mut variables: Value) -> Value {
        variables["at"] = json!(self.server.ledger.head().await.expect("a head").position().get());
        self.server.ask(Some(&self.auditor), query, variables).await
    }

    /// The names of the events that an audit of this range finds.
    async fn names(&self, variables: Value) -> Vec<String> {
        let answer = self.ask(QUERY, variables).await;
        let nodes = answer["data"]["activity"]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}"));
        for node in nodes {
            assert_eq!((&node["event"]["position"], &node["event"]["name"]), (&node["position"], &node["name"]));
        }
        nodes.iter().map(|node| node["name"].as_str().expect("a name").to_owned()).collect()
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn activity_is_found_by_person_time_and_name(_: PgPoolOptions, options: PgConnectOptions) {
    let audited = Audited::begin(&options).await;
    let ada = &audited.ada;
    let of_ada = audited.names(json!({ "participant": ada })).await;
    assert_eq!(of_ada, ["ParticipantRegistered", "RoleGranted", "TaskClaimed", "AnnotationSubmitted"]);
    let later = "2026-01-01T00:10:00Z";
    let since_later = ["TaskClaimed", "AnnotationSubmitted"];
    assert_eq!(audited.names(json!({ "from": later })).await, since_later);
    assert_eq!(audited.names(json!({ "participant": ada, "from": later })).await, since_later);
    let before = audited.names(json!({ "participant": ada, "to": later })).await;
    assert_eq!(before, ["ParticipantRegistered", "RoleGranted"]);
    assert_eq!(audited.names(json!({ "from": later, "to": later })).await, [""; 0]);
    assert_eq!(audited.names(json!({ "from": "2026-01-01T00:10:00.000001Z" })).await, [""; 0]);
    assert_eq!(
        audited.names(json!({ "names": ["TaskCreated", "TaskClaimed"] })).await,
        ["TaskCreated", "TaskClaimed"]
    );
    assert_eq!(audited.names(json!({ "names": ["TaskCreated"], "participant": ada })).await, [""; 0]);

    let registered = audited.ask(QUERY, json!({ "participant": ada, "first": 1 })).await;
    let page = &registered["data"]["activity"];
    let involved = json!([{ "participantId": ada, "actor": false, "personalFields": 2 }]);
    assert_eq!(page["nodes"][0]["involved"], involved, "their name and address");
    let mut after = page["pageInfo"]["endCursor"].clone();
    let mut seen = Vec::new();
    loop {
        let page = audited.ask(QUERY, json!({ "participant": ada, "first": 1, "after": after })).await;
        let page = &page["data"]["activity"];
        seen.extend(page["nodes"].as_array().expect("nodes").iter().map(|node| node["name"].clone()));
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen, of_ada[1..]);
    let answered = audited.ask(QUERY, json!({ "names": ["AnnotationSubmitted"] })).await;
    let involved = json!([{ "participantId": ada, "actor": true, "personalFields": 1 }]);
    assert_eq!(answered["data"]["activity"]["nodes"][0]["involved"], involved);

    let unknown = audited.ask(QUERY, json!({ "names": ["TaskBegun"] })).await;
    assert_eq!(unknown["errors"][0]["extensions"]["code"], "BAD_INPUT", "{unknown}");
    assert_eq!(unknown["errors"][0]["message"], "no event is called `TaskBegun`");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn things_have_their_own_history(_: PgPoolOptions, options: PgConnectOptions) {
    let audited = Audited::begin(&options).await;
    for (field, id, names) in [
        ("task", &audited.task, &["TaskCreated", "TaskClaimed", "AnnotationSubmitted"][..]),
        ("project", &audited.project, &["ProjectCreated"]),
        ("participant", &audited.ada, &["ParticipantRegistered", "RoleGranted"]),
    ] {
        let query = format!(
            "query($id: UUID!, $first: Int, $after: String, $at: Position) {{ {field}(id: $id, atLeast: $at) {{
                history(first: $first, after: $after) {{
                    nodes {{ name streamVersion payload }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
        );
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let answer = audited.ask(&query, json!({ "id": id, "first": 1, "after": after })).await;
            let page = &answer["data"][field]["history"];
            let node = &page["nodes"][0];
            assert_eq!(node["streamVersion"], seen.len() + 1, "{answer}");
            seen.push(node["name"].as_str().expect("a name").to_owned());
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(seen, names);
        let manager = audited.server.login("manager@example.org", support::PASSWORD).await;
        let manager = manager["token"].as_str().expect("a token");
        let refused = audited.server.ask(Some(manager), &query, json!({ "id": id })).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
    }
    let query = "query($id: UUID!) { participant(id: $id) { roles name { text } } }";
    let refused = audited.server.ask(Some(&audited.auditor), query, json!({ "id": audited.ada })).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "an auditor learns no names: {refused}");
}
