//! Who may do what: every root field refuses those whom it must.

mod support;

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::participant::Role;
use support::{PASSWORD, Server};

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn annotators_see_neither_others_answers_nor_models_nor_people(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let manager = server.sign_in("manager", &[Role::Manager]).await;
    let annotator = server.sign_in("ann", &[Role::Annotator]).await;
    let questions = json!([{ "key": "better", "title": "Which?", "kind": { "preference": {} } }]);
    let input = json!({ "name": "P", "questions": questions });
    let created = server.mutate(&manager, "createProject", input, "p", "... on ProjectCreated { projectId }").await;
    for (field, code) in [
        ("taskCount", "FORBIDDEN"),
        ("tasks { nodes { id } }", "FORBIDDEN"),
        ("quality(question: \"better\") { agreement { labels } }", "FORBIDDEN"),
    ] {
        let query = format!("query($id: UUID!, $at: Position) {{ project(id: $id, atLeast: $at) {{ {field} }} }}");
        let at = server.ledger.head().await.expect("a head").position().get();
        let answer = server.ask(Some(&annotator), &query, json!({ "id": created["projectId"], "at": at })).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{field}: {answer}");
        let allowed = server.ask(Some(&manager), &query, json!({ "id": created["projectId"], "at": at })).await;
        assert!(allowed["errors"].is_null(), "{field}: {allowed}");
    }
    let emails = "{ participants { nodes { name { text } email { text } } } }";
    let answer = server.ask(Some(&manager), emails, Value::Null).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "addresses are for administrators: {answer}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn signing_in_tells_nothing_to_those_who_guess(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let token = server.sign_in("ada", &[Role::Manager]).await;
    assert_eq!(server.login(" ADA@example.org ", PASSWORD).await["__typename"], "Session");
    let wrong = server.login("ada@example.org", "not the password").await;
    let unknown = server.login("nobody@example.org", PASSWORD).await;
    assert_eq!(wrong, unknown);
    assert_eq!(wrong["code"], "WRONG_CREDENTIALS");

    let viewer = "{ viewer { roles } }";
    let (status, _) = server.post(Some("not.a.token"), viewer, Value::Null).await;
    assert_eq!(status, 401);
    assert_eq!(server.ask(Some(&token), viewer, Value::Null).await["data"]["viewer"]["roles"], json!(["MANAGER"]));
    server.clock.advance(15 * 60);
    let (status, answer) = server.post(Some(&token), viewer, Value::Null).await;
    assert_eq!((status.as_u16(), &answer["errors"][0]["extensions"]["code"]), (401, &json!("UNAUTHENTICATED")));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_person_is_registered_by_an_administrator_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let admin = server.sign_in("admin", &[Role::Admin]).await;
    let person = |email: &str, password: &str| {
        json!({
            "name": "Grace", "email": email, "password": password, "roles": ["REVIEWER"],
        })
    };
    let fields = "... on ParticipantRegistered { participantId receipt { replayed } }";
    let short =
        server.mutate(&admin, "registerParticipant", person("grace@example.org", "short"), "k1", fields).await;
    assert_eq!(short["code"], "BAD_PASSWORD");
    let input = person("grace@example.org", PASSWORD);
    let done = server.mutate(&admin, "registerParticipant", input.clone(), "k2", fields).await;
    assert_eq!(done["receipt"]["replayed"], false, "{done}");
    let again = server.mutate(&admin, "registerParticipant", input.clone(), "k2", fields).await;
    assert_eq!((&again["participantId"], &again["receipt"]["replayed"]), (&done["participantId"], &json!(true)));
    let taken = server.mutate(&admin, "registerParticipant", input, "k3", fields).await;
    assert_eq!(taken["code"], "EMAIL_TAKEN");
    assert_eq!(server.login("grace@example.org", PASSWORD).await["roles"], json!(["REVIEWER"]));
    let input = json!({ "participantId": done["participantId"], "role": "AUDITOR" });
    server.mutate(&admin, "grantRole", input, "k4", "... on RoleGranted { receipt { last } }").await;
    assert_eq!(server.login("grace@example.org", PASSWORD).await["roles"], json!(["REVIEWER", "AUDITOR"]));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_registration_sent_again_lets_no_erased_person_in(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let officer = server.sign_in("officer", &[Role::Admin, Role::Compliance]).await;
    let grace = json!({ "name": "Grace", "email": "grace@example.org", "password": PASSWORD, "roles": ["REVIEWER"] });
    let fields = "... on ParticipantRegistered { participantId receipt { first } }";
    let done = server.mutate(&officer, "registerParticipant", grace.clone(), "k1", fields).await;
    let session = server.login("grace@example.org", PASSWORD).await;
    let erase = json!({ "subjectId": done["participantId"], "basis": "GDPR Art. 17(1)(b)", "reference": "DSR-17" });
    server.mutate(&officer, "eraseSubject", erase, "k2", "... on Erasure { position }").await;

    let again = server.mutate(&officer, "registerParticipant", grace, "k1", fields).await;
    assert_eq!(again, done);
    assert_eq!(server.login("grace@example.org", PASSWORD).await["code"], "WRONG_CREDENTIALS");
    let (status, _) = server.post(session["token"].as_str(), "{ viewer { roles } }", Value::Null).await;
    assert_eq!(status, 401, "nor does her session go on");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_query_can_ask_for_too_much(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let manager = server.sign_in("manager", &[Role::Manager]).await;
    let wide = "{ projects(first: 100) { nodes { tasks(first: 100) { nodes { id } } } } }";
    let answer = server.ask(Some(&manager), wide, Value::Null).await;
    assert_eq!(answer["errors"][0]["message"], "Query is too complex.", "{answer}");
    let deep = format!("{{ __schema {{ types {} name {} }} }}", "{ fields { type ".repeat(8), "} }".repeat(8));
    let answer = server.ask(Some(&manager), &deep, Value::Null).await;
    assert_eq!(answer["errors"][0]["message"], "Query is nested too deep.", "{answer}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn an_error_repeats_names_and_no_values(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    for (query, message) in [
        ("{ viewer { secret } }", "Unknown field \"secret\" on type \"Viewer\"."),
        (
            "{ projects(first: \"secret\") { nodes { id } } }",
            "Invalid value for argument \"first\"; the schema tells its type",
        ),
        (
            "{ secret secret! }",
            "the request is no GraphQL, or a value in it is of another type than the schema says; see `locations`",
        ),
    ] {
        let answer = server.ask(None, query, Value::Null).await;
        let error = &answer["errors"][0];
        assert_eq!((&error["message"], &error["extensions"]["code"]), (&message.into(), &"BAD_REQUEST".into()));
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn health_and_metrics_answer(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    server.login("nobody@example.org", PASSWORD).await;
    assert_eq!(server.get("/healthz").await, (axum::http::StatusCode::OK, "ok\n".to_owned()));
    assert_eq!(server.get("/readyz").await.0, 200);
    let (status, metrics) = server.get("/metrics").await;
    assert_eq!(status, 200);
    for line in [
        "stele_commands_total{mutation=\"login\",outcome=\"WRONG_CREDENTIALS\"} 1",
        "stele_ledger_position 0",
        "stele_view_position{view=\"quality\"} 0",
        "# EOF",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}
