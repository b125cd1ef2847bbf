//! Roles in one project: what they open, and what they tell of other projects.

mod support;

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::participant::Role;
use support::Server;

/// A workspace of two projects with a task each, and an annotator of the first.
struct Workspace {
    server: Server,
    admin: String,
    ann: String,
    ann_id: Value,
    /// The projects' ids.
    projects: [Value; 2],
    /// The tasks' ids.
    tasks: [Value; 2],
}

impl Workspace {
    async fn found(options: &PgConnectOptions) -> Self {
        let server = Server::start(options).await;
        let admin = server.sign_in("admin", &[Role::Admin, Role::Manager]).await;
        let ann = server.sign_in("ann", &[]).await;
        let viewer = server.ask(Some(&ann), "{ viewer { participantId } }", Value::Null).await;
        let begin = async |key: &str| {
            let questions = json!([{ "key": "better", "title": "Which?", "kind": { "preference": {} } }]);
            let input = json!({ "name": key, "questions": questions });
            let project =
                server.mutate(&admin, "createProject", input, key, "... on ProjectCreated { projectId }").await;
            let responses = json!([{ "text": "0", "model": "m0" }, { "text": "1" }]);
            let content = json!([{ "name": "prompt", "value": "?" }]);
            let input = json!({ "projectId": project["projectId"], "content": content, "responses": responses });
            let task = server
                .mutate(&admin, "createTask", input, &format!("{key} task"), "... on TaskCreated { taskId }")
                .await;
            (project["projectId"].clone(), task["taskId"].clone())
        };
        let ((one, first), (other, second)) = (begin("one").await, begin("other").await);
        let ann_id = viewer["data"]["viewer"]["participantId"].clone();
        let workspace = Self { server, admin, ann, ann_id, projects: [one, other], tasks: [first, second] };
        let granted = workspace.role("grantRole", "ANNOTATOR", &workspace.projects[0], "g").await;
        assert_eq!(granted["__typename"], "RoleGranted", "{granted}");
        workspace.server.views_caught_up().await;
        workspace
    }

    async fn role(&self, mutation: &str, role: &str, project: &Value, key: &str) -> Value {
        let input = json!({ "participantId": self.ann_id, "role": role, "projectId": project });
        self.server.mutate(&self.admin, mutation, input, key, "").await
    }

    /// What a request of the annotator's is answered with, without what differs from request to request.
    async fn answer(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.server.ask(Some(&self.ann), query, variables).await;
        for error in answer["errors"].as_array_mut().into_iter().flatten() {
            error["extensions"]["requestId"].take();
        }
        answer
    }

    async fn claim(&self, project: &Value, task: Option<&Value>, key: &str) -> Value {
        let query =
            "mutation($input: ClaimTaskInput!, $key: String!) { claimTask(input: $input, idempotencyKey: $key) {
            __typename ... on TaskClaimed { assignmentId } ... on Refusal { code } } }";
        let input = json!({ "projectId": project, "taskId": task });
        self.answer(query, json!({ "input": input, "key": key })).await
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_role_counts_in_its_project_until_it_is_revoked(_: PgPoolOptions, options: PgConnectOptions) {
    let workspace = Workspace::found(&options).await;
    let viewer = workspace.answer("{ viewer { roles projectRoles { projectId role } } }", Value::Null).await;
    let held = json!([{ "projectId": workspace.projects[0], "role": "ANNOTATOR" }]);
    assert_eq!(viewer["data"]["viewer"], json!({ "roles": [], "projectRoles": held }));
    let claimed = workspace.claim(&workspace.projects[0], None, "c1").await;
    let claimed = &claimed["data"]["claimTask"];
    assert_eq!(claimed["__typename"], "TaskClaimed", "{claimed}");
    // the token is as good as before; what it is good for has changed at once
    let revoked = workspace.role("revokeRole", "ANNOTATOR", &workspace.projects[0], "r").await;
    assert_eq!(revoked["__typename"], "RoleRevoked", "{revoked}");
    let submit = "mutation($input: SubmitAnnotationInput!) { submitAnnotation(input: $input, idempotencyKey: \"s\") {
        __typename } }";
    let answers = json!([{ "question": "better", "value": { "preference": { "outcome": "LEFT" } } }]);
    let input = json!({ "taskId": workspace.tasks[0], "assignmentId": claimed["assignmentId"], "answers": answers });
    let refused = workspace.answer(submit, json!({ "input": input })).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{refused}");
    assert_eq!(
        workspace.claim(&workspace.projects[0], None, "c2").await["errors"][0]["extensions"]["code"],
        "FORBIDDEN"
    );
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_is_in_another_project_looks_as_if_it_were_not(_: PgPoolOptions, options: PgConnectOptions) {
    let workspace = Workspace::found(&options).await;
    workspace.role("grantRole", "REVIEWER", &workspace.projects[0], "g2").await;
    let nothing = json!(uuid::Uuid::from_u128(404));
    let ([mine, other], [task, others]) = (&workspace.projects, &workspace.tasks);
    let of_projects = ["query($id: UUID!) { project(id: $id) { name } }"];
    let of_tasks = [
        "query($id: UUID!) { task(id: $id) { id } }",
        "mutation($id: UUID!) { releaseTask(input: { taskId: $id, assignmentId: $id }, idempotencyKey: \"1\") { __typename } }",
        "mutation($id: UUID!) { reviewAnnotation(input: { taskId: $id, annotationId: $id, verdict: APPROVED },
            idempotencyKey: \"2\") { __typename } }",
    ];
    let asked = of_projects.iter().map(|query| (query, mine, other));
    for (query, mine, other) in asked.chain(of_tasks.iter().map(|query| (query, task, others))) {
        let seen = workspace.answer(query, json!({ "id": mine })).await;
        assert!(seen["errors"].is_null(), "{query}: {seen}");
        let hidden = workspace.answer(query, json!({ "id": other })).await;
        assert_eq!(hidden["errors"][0]["extensions"]["code"], "FORBIDDEN", "{query}: {hidden}");
        assert_eq!(hidden, workspace.answer(query, json!({ "id": nothing })).await, "{query}");
    }
    // nor does a way into one's own project lead to a task of another
    let astray = workspace.claim(mine, Some(others), "c1").await;
    assert_eq!(astray["data"]["claimTask"]["code"], "TASK_NOT_FOUND", "{astray}");
    assert_eq!(astray, workspace.claim(mine, Some(&nothing), "c2").await);
    assert_eq!(workspace.claim(mine, Some(task), "c3").await["data"]["claimTask"]["__typename"], "TaskClaimed");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn an_annotator_of_a_project_is_not_told_of_models(_: PgPoolOptions, options: PgConnectOptions) {
    let workspace = Workspace::found(&options).await;
    let query = "mutation($id: UUID!) { claimTask(input: { projectId: $id }, idempotencyKey: \"c\") {
        ... on TaskClaimed { task { responses { model } } } } }";
    let answer = workspace.answer(query, json!({ "id": workspace.projects[0] })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{answer}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn some_roles_are_not_for_projects_and_some_projects_do_not_exist(_: PgPoolOptions, options: PgConnectOptions) {
    let workspace = Workspace::found(&options).await;
    let nothing = json!(uuid::Uuid::from_u128(404));
    for (mutation, role, project, code) in [
        ("grantRole", "ADMIN", &workspace.projects[0], "WORKSPACE_ROLE"),
        ("grantRole", "AUDITOR", &workspace.projects[0], "WORKSPACE_ROLE"),
        ("grantRole", "COMPLIANCE", &workspace.projects[0], "WORKSPACE_ROLE"),
        ("grantRole", "REVIEWER", &nothing, "PROJECT_NOT_FOUND"),
        ("grantRole", "ANNOTATOR", &workspace.projects[0], "UNCHANGED"),
        ("revokeRole", "ANNOTATOR", &workspace.projects[1], "UNCHANGED"),
    ] {
        let refused = workspace.role(mutation, role, project, &format!("{mutation} {role} {project}")).await;
        assert_eq!(refused["code"], code, "{mutation} {role}: {refused}");
    }
}
