//! Two workspaces in one database, served with one key: nothing of the one is of use in the other.

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_api::Settings;
use stele_domain::participant::Role;

use crate::support::{PASSWORD, Server};

async fn session(server: &Server) -> Value {
    let query = format!(
        "mutation {{ login(email: \"ada@example.org\", password: \"{PASSWORD}\") {{
            ... on Session {{ token refreshToken }} }} }}"
    );
    server.ask(None, &query, Value::Null).await["data"]["login"].clone()
}

async fn refresh(server: &Server, session: &Value) -> Value {
    let query = "mutation($token: String!) { refreshSession(refreshToken: $token) {
        __typename ... on Refusal { code } } }";
    let variables = json!({ "token": session["refreshToken"] });
    server.ask(None, query, variables).await["data"]["refreshSession"].clone()
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn tokens_and_ids_of_another_workspace_are_of_no_use(_: PgPoolOptions, options: PgConnectOptions) {
    let start = "2026-01-01T00:00:00Z".parse().expect("a valid time");
    let here = Server::start(&options).await;
    let there = Server::start_named(&options, "another", start, Settings::default()).await;
    for server in [&here, &there] {
        server.register("ada", &[Role::Manager]).await;
    }
    let (mine, theirs) = (session(&here).await, session(&there).await);
    let viewer = "{ viewer { roles } }";
    assert_eq!(there.post(mine["token"].as_str(), viewer, Value::Null).await.0, 401);
    assert_eq!(refresh(&there, &mine).await["code"], "SESSION_ENDED");
    assert_eq!(here.post(mine["token"].as_str(), viewer, Value::Null).await.0, 200);
    assert_eq!(refresh(&here, &mine).await["__typename"], "Session", "the attempt elsewhere has not used it up");

    let questions = json!([{ "key": "better", "title": "Which?", "kind": { "preference": {} } }]);
    let input = json!({ "name": "P", "questions": questions });
    let (mine, theirs) = (mine["token"].as_str().expect("a token"), theirs["token"].as_str().expect("a token"));
    let project = here.mutate(mine, "createProject", input, "p", "... on ProjectCreated { projectId }").await;
    here.views_caught_up().await;
    let query = "query($id: UUID!) { project(id: $id) { name } }";
    let variables = json!({ "id": project["projectId"] });
    assert_eq!(here.ask(Some(mine), query, variables.clone()).await["data"]["project"]["name"], "P");
    assert_eq!(there.ask(Some(theirs), query, variables).await["data"]["project"], Value::Null);
    let task = json!({
        "projectId": project["projectId"], "content": [{ "name": "prompt", "value": "?" }],
        "responses": [{ "text": "0" }, { "text": "1" }],
    });
    let refused = there.mutate(theirs, "createTask", task.clone(), "t", "").await;
    assert_eq!(refused["code"], "PROJECT_NOT_FOUND", "{refused}");
    assert_eq!(here.mutate(mine, "createTask", task, "t", "").await["__typename"], "TaskCreated");
}
