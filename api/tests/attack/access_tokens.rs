//! Personal access tokens: what they are refused, and when they stop.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use stele_api::Settings;
use stele_domain::participant::Role;
use stele_ledger::{CommandContext, Fingerprint};

use crate::support::{PASSWORD, Server, introspected::Introspected};

/// A token, as it was made.
struct Token {
    id: Value,
    text: String,
}

/// Asks for a token; what the answer is.
async fn ask_for(server: &Server, session: &str, input: Value) -> Value {
    let query = "mutation($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { __typename
        ... on AccessTokenCreated { token accessToken { id } } ... on Refusal { code } } }";
    server.ask(Some(session), query, json!({ "input": input })).await["data"]["createAccessToken"].clone()
}

async fn create(server: &Server, session: &str, level: &str, project: &Value) -> Token {
    let input = json!({
        "name": "a pipeline", "level": level, "projectId": project, "expiresAt": "2026-03-01T00:00:00Z",
    });
    let created = ask_for(server, session, input).await;
    let text = created["token"].as_str().unwrap_or_else(|| panic!("no token in {created}"));
    assert!(text.starts_with("stele_pat_") && text.len() == 53, "{text}");
    Token { id: created["accessToken"]["id"].clone(), text: text.to_owned() }
}

async fn revoke(server: &Server, session: &str, token: &Token) -> Value {
    let query = "mutation($id: UUID!) { revokeAccessToken(accessTokenId: $id) {
        __typename ... on Refusal { code } } }";
    let answer = server.ask(Some(session), query, json!({ "id": token.id })).await;
    answer["data"]["revokeAccessToken"].clone()
}

async fn create_project(server: &Server, token: &str, key: &str) -> Value {
    let query = "mutation($input: CreateProjectInput!, $key: String!) {
        createProject(input: $input, idempotencyKey: $key) { ... on ProjectCreated { projectId } } }";
    let questions = json!([{ "key": "better", "title": "Which?", "kind": { "preference": {} } }]);
    let input = json!({ "name": key, "questions": questions });
    server.ask(Some(token), query, json!({ "input": input, "key": key })).await
}

/// The code of an answer's first fault.
fn fault(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("none")
}

async fn is_believed(server: &Server, token: &str) -> bool {
    server.post(Some(token), "{ viewer { roles } }", Value::Null).await.0 == 200
}

/// The fields of the committed table, and those of them that take a session.
fn committed() -> (Vec<String>, Vec<String>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/authorisation.md");
    let text = std::fs::read_to_string(path).expect("the table is committed");
    let fields = text.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned()));
    let in_session = text.lines().find_map(|line| line.split_once("(`SESSION_NEEDED`): ")).expect("a list").1;
    (fields.collect(), in_session.trim_end_matches('.').split(", ").map(str::to_owned).collect())
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_token_does_what_its_owner_may_and_no_more(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let admin = server.sign_in("admin", &[Role::Admin]).await;
    let ada = server.sign_in("ada", &[Role::Manager]).await;
    let [read, write] =
        [create(&server, &ada, "READ", &Value::Null).await, create(&server, &ada, "WRITE", &Value::Null).await];
    let whoami = "{ viewer { participantId roles } }";
    let me = server.ask(Some(&ada), whoami, Value::Null).await["data"].clone();
    for token in [&read, &write] {
        assert_eq!(server.ask(Some(&token.text), whoami, Value::Null).await["data"], me);
        assert_eq!(
            fault(&server.ask(Some(&token.text), "{ events { nodes { name } } }", Value::Null).await),
            "FORBIDDEN"
        );
    }
    assert_eq!(fault(&create_project(&server, &read.text, "a").await), "FORBIDDEN");
    let made = create_project(&server, &write.text, "a").await;
    assert!(made["data"]["createProject"]["projectId"].is_string(), "{made}");
    let input = json!({ "participantId": me["viewer"]["participantId"], "role": "MANAGER" });
    assert_eq!(server.mutate(&admin, "revokeRole", input, "r", "").await["__typename"], "RoleRevoked");
    assert_eq!(fault(&create_project(&server, &write.text, "b").await), "FORBIDDEN", "the role is gone at once");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_token_for_reading_carries_out_no_mutation(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let ada = server.sign_in("ada", &Role::ALL).await;
    let token = create(&server, &ada, "READ", &Value::Null).await;
    let schema = Introspected::by(&server, BTreeMap::new()).await;
    let before = server.ledger.head().await.expect("a head").position();
    let (fields, _) = committed();
    let mutations: Vec<&str> = fields.iter().filter_map(|field| field.strip_prefix("Mutation.")).collect();
    assert!(mutations.len() > 40, "{mutations:?}");
    for name in mutations {
        let query = format!("mutation {{ {} }}", schema.call("Mutation", name));
        assert_eq!(fault(&server.ask(Some(&token.text), &query, Value::Null).await), "FORBIDDEN", "{name}");
    }
    for hidden in [
        "query Read { viewer { roles } } mutation Write { markNotificationsRead(upTo: 1) { __typename } }",
        "mutation Write { ...M } fragment M on Mutation { markNotificationsRead(upTo: 1) { __typename } }",
        "mutation Write { ... on Mutation { signOutEverywhere { sessions } } }",
    ] {
        assert_eq!(fault(&server.ask(Some(&token.text), hidden, Value::Null).await), "FORBIDDEN", "{hidden}");
    }
    assert_eq!(server.ledger.head().await.expect("a head").position(), before);
    assert!(is_believed(&server, &ada).await, "she is signed in as before");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_token_has_no_part_in_what_its_owner_signs_in_with(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let ada = server.sign_in("ada", &Role::ALL).await;
    let token = create(&server, &ada, "WRITE", &Value::Null).await;
    let schema = Introspected::by(&server, BTreeMap::new()).await;
    let (fields, in_session) = committed();
    assert!(in_session.iter().all(|field| fields.contains(field)), "{in_session:?}");
    let mut refused = Vec::new();
    for field in &fields {
        let (parent, name) = field.split_once('.').expect("an object and its field");
        let call = schema.call(parent, name);
        let query = match parent {
            "Query" => format!("{{ {call} }}"),
            "Mutation" => format!("mutation {{ {call} }}"),
            "Viewer" => format!("{{ viewer {{ {call} }} }}"),
            _ => continue,
        };
        let (_, answer) = server.post(Some(&token.text), &query, Value::Null).await;
        if fault(&answer) == "SESSION_NEEDED" {
            refused.push(field.clone());
        }
    }
    let sorted = |mut fields: Vec<String>| {
        fields.sort();
        fields
    };
    assert_eq!(sorted(refused), sorted(in_session));
    assert!(is_believed(&server, &ada).await && is_believed(&server, &token.text).await);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_token_of_a_project_has_nothing_to_do_with_others(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let ada = server.sign_in("ada", &[Role::Admin, Role::Manager, Role::Annotator, Role::Auditor]).await;
    let project =
        async |key: &str| create_project(&server, &ada, key).await["data"]["createProject"]["projectId"].clone();
    let (here, elsewhere) = (project("here").await, project("elsewhere").await);
    let task = async |token: &str, project: &Value, key: &str| {
        let input = json!({
            "projectId": project, "content": [{ "name": "prompt", "value": "?" }],
            "responses": [{ "text": "0" }, { "text": "1" }],
        });
        let query = "mutation($input: CreateTaskInput!, $key: String!) {
            createTask(input: $input, idempotencyKey: $key) { ... on TaskCreated { taskId } } }";
        server.ask(Some(token), query, json!({ "input": input, "key": key })).await
    };
    let claim = async |token: &str, project: &Value, key: &str| {
        let query = "mutation($input: ClaimTaskInput!, $key: String!) {
            claimTask(input: $input, idempotencyKey: $key) { __typename ... on TaskClaimed { assignmentId } } }";
        server.ask(Some(token), query, json!({ "input": { "projectId": project }, "key": key })).await
    };
    for (project, key) in [(&here, "t here"), (&elsewhere, "t elsewhere")] {
        task(&ada, project, key).await;
    }
    server.views_caught_up().await;
    let held_elsewhere = claim(&ada, &elsewhere, "c elsewhere").await;
    assert!(held_elsewhere["data"]["claimTask"]["assignmentId"].is_string(), "{held_elsewhere}");
    let token = create(&server, &ada, "WRITE", &here).await.text;
    assert!(task(&token, &here, "t").await["data"]["createTask"]["taskId"].is_string());
    assert_eq!(fault(&task(&token, &elsewhere, "u").await), "FORBIDDEN");
    let held_here = claim(&token, &here, "c here").await["data"]["claimTask"]["assignmentId"].clone();
    assert_eq!(fault(&claim(&token, &elsewhere, "d").await), "FORBIDDEN");
    assert_eq!(fault(&create_project(&server, &token, "more").await), "FORBIDDEN");
    server.views_caught_up().await;
    let query = "{ viewer { roles projectRoles { projectId role } assignments { id } } projects { nodes { id } } }";
    let told = server.ask(Some(&token), query, Value::Null).await["data"].clone();
    let roles = ["MANAGER", "ANNOTATOR"].map(|role| json!({ "projectId": here, "role": role }));
    let viewer = json!({ "roles": [], "projectRoles": roles, "assignments": [{ "id": held_here }] });
    assert_eq!(told, json!({ "viewer": viewer, "projects": { "nodes": [{ "id": here }] } }));
    for query in [
        "{ notifications { nodes { position } } }",
        "{ unreadNotifications }",
        "mutation { markNotificationsRead(upTo: 1) { __typename } }",
        "{ events { nodes { name } } }",
        "{ ledger { position } }",
    ] {
        assert_eq!(fault(&server.ask(Some(&token), query, Value::Null).await), "FORBIDDEN", "{query}");
    }
    let query = "query($id: UUID!) { project(id: $id) { id } }";
    assert_eq!(fault(&server.ask(Some(&token), query, json!({ "id": elsewhere })).await), "FORBIDDEN");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn tokens_that_work_no_more_are_told_what_any_text_is(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let start = "2026-01-01T00:00:00Z".parse().expect("a valid time");
    let there = Server::start_named(&options, "another", start, Settings::default()).await;
    let ada = server.sign_in("ada", &[]).await;
    let bob = server.sign_in("bob", &[]).await;
    let [revoked, expired, erased] = [
        create(&server, &ada, "READ", &Value::Null).await,
        create(&server, &ada, "WRITE", &Value::Null).await,
        create(&server, &bob, "WRITE", &Value::Null).await,
    ];
    let answer = async |server: &Server, token: &str| {
        let (status, mut answer) = server.post(Some(token), "{ viewer { roles } }", Value::Null).await;
        answer["errors"][0]["extensions"]["requestId"] = Value::Null;
        (status.as_u16(), answer)
    };
    let garbage = answer(&server, "garbage").await;
    assert_eq!((garbage.0, fault(&garbage.1)), (401, "UNAUTHENTICATED"));
    for token in [&revoked, &expired, &erased] {
        assert!(is_believed(&server, &token.text).await);
        assert_eq!(answer(&there, &token.text).await, garbage, "it is of another workspace");
    }
    let unknown = format!("stele_pat_{}", "A".repeat(43));
    assert_eq!(answer(&server, &unknown).await, garbage);
    assert_eq!(answer(&server, "stele_pat_").await, garbage);
    assert_eq!(revoke(&server, &bob, &revoked).await["code"], "ACCESS_TOKEN_NOT_FOUND", "it is somebody else's");
    assert!(is_believed(&server, &revoked.text).await);
    for _ in 0..2 {
        assert_eq!(revoke(&server, &ada, &revoked).await["__typename"], "AccessTokenRevoked");
        assert_eq!(answer(&server, &revoked.text).await, garbage);
    }
    let id = server.ask(Some(&bob), "{ viewer { participantId } }", Value::Null).await;
    let id: uuid::Uuid = id["data"]["viewer"]["participantId"].as_str().expect("an id").parse().expect("an id");
    let context = CommandContext {
        actor: None,
        key: "erase".to_owned().try_into().expect("a key"),
        fingerprint: Fingerprint::of(b"erase"),
        occurred_at: None,
        correlation_id: None,
    };
    let gone =
        stele_api::account::erase(&server.ledger, &server.files, id.into(), &context, "asked".into(), "1".into());
    gone.await.expect("erased");
    assert_eq!(answer(&server, &erased.text).await, garbage);
    // to the first of March
    server.clock.advance((31 + 28) * 24 * 60 * 60 - 1);
    assert!(is_believed(&server, &expired.text).await);
    server.clock.advance(1);
    assert_eq!(answer(&server, &expired.text).await, garbage);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn tokens_outlive_sessions_and_passwords(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let ada = server.sign_in("ada", &[]).await;
    let token = create(&server, &ada, "READ", &Value::Null).await.text;
    let change =
        format!("mutation {{ changePassword(present: \"{PASSWORD}\", new: \"another password\") {{ __typename }} }}");
    let changed = server.ask(Some(&ada), &change, Value::Null).await;
    assert_eq!(changed["data"]["changePassword"]["__typename"], "PasswordChanged");
    server.ask(Some(&ada), "mutation { signOutEverywhere { sessions } }", Value::Null).await;
    assert!(!is_believed(&server, &ada).await);
    assert!(is_believed(&server, &token).await);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_is_kept_of_a_token_is_of_no_use(pool_options: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let ada = server.sign_in("ada", &[]).await;
    let token = create(&server, &ada, "READ", &Value::Null).await;
    let pool: PgPool = pool_options.connect_with(options).await.expect("a connection");
    let row: String = sqlx::query_scalar("select row_to_json(kept)::text from personal_access_token kept")
        .fetch_one(&pool)
        .await
        .expect("a row");
    assert!(!row.contains(&token.text[10..]) && !row.contains("a pipeline"), "{row}");
    let hash: Vec<u8> =
        sqlx::query_scalar("select token_hash from personal_access_token").fetch_one(&pool).await.expect("a hash");
    assert!(!is_believed(&server, &format!("stele_pat_{}", hex::encode(hash))).await);
    let listed = async || {
        let query = "{ viewer { accessTokens { name level projectId createdAt expiresAt lastUsedAt revokedAt } } }";
        server.ask(Some(&ada), query, Value::Null).await["data"]["viewer"]["accessTokens"].clone()
    };
    let mut expected = json!([{
        "name": "a pipeline", "level": "READ", "projectId": null, "createdAt": "2026-01-01T00:00:00+00:00",
        "expiresAt": "2026-03-01T00:00:00+00:00", "lastUsedAt": null, "revokedAt": null,
    }]);
    assert_eq!(listed().await, expected);
    server.clock.advance(60);
    for _ in 0..2 {
        assert!(is_believed(&server, &token.text).await);
        expected[0]["lastUsedAt"] = json!("2026-01-01T00:01:00+00:00");
        assert_eq!(listed().await, expected, "the second use is not written down");
        server.clock.advance(200);
    }
    revoke(&server, &ada, &token).await;
    expected[0]["revokedAt"] = json!("2026-01-01T00:07:40+00:00");
    assert_eq!(listed().await, expected);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_token_is_made_within_bounds(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let manager = server.sign_in("mary", &[Role::Manager]).await;
    let ada = server.sign_in("ada", &[]).await;
    let project = create_project(&server, &manager, "p").await["data"]["createProject"]["projectId"].clone();
    let unknown = json!("00000000-0000-0000-0000-000000000001");
    let input = |name: &str, expires_at: &str, project: &Value| json!({ "name": name, "level": "WRITE", "expiresAt": expires_at, "projectId": project });
    let soon = "2026-01-02T00:00:00Z";
    for (who, input, refusal) in [
        (&ada, input("", soon, &Value::Null), "BAD_NAME"),
        (&ada, input(" \t ", soon, &Value::Null), "BAD_NAME"),
        (&ada, input(&"n".repeat(101), soon, &Value::Null), "BAD_NAME"),
        (&ada, input("n", "2026-01-01T00:00:00Z", &Value::Null), "BAD_EXPIRY"),
        (&ada, input("n", "2027-01-02T00:00:01Z", &Value::Null), "BAD_EXPIRY"),
        (&ada, input("n", soon, &project), "PROJECT_NOT_FOUND"),
        (&ada, input("n", soon, &unknown), "PROJECT_NOT_FOUND"),
        (&manager, input("n", soon, &unknown), "PROJECT_NOT_FOUND"),
    ] {
        assert_eq!(ask_for(&server, who, input.clone()).await["code"], refusal, "{input}");
    }
    let longest = ask_for(&server, &ada, input("n", "2027-01-02T00:00:00Z", &Value::Null)).await;
    assert_eq!(longest["__typename"], "AccessTokenCreated");
    for _ in 1..100 {
        ask_for(&server, &ada, input("n", soon, &Value::Null)).await;
    }
    assert_eq!(ask_for(&server, &ada, input("n", soon, &Value::Null)).await["code"], "TOO_MANY_TOKENS");
    server.clock.advance(24 * 60 * 60 - 1);
    let ada = server.login("ada@example.org", PASSWORD).await["token"].as_str().expect("a token").to_owned();
    server.clock.advance(1);
    let another = ask_for(&server, &ada, input("n", "2026-01-03T00:00:00Z", &Value::Null)).await;
    assert_eq!(another["__typename"], "AccessTokenCreated", "those that have expired don't count");
}
