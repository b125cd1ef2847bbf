//! Invitations: used twice, late, by two at a time, for more than whoever invites may grant.

use std::net::SocketAddr;

use axum::{
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Request, header},
};
use serde_json::{Value, json};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use stele_api::{
    Settings,
    account::{erase, forget_invitations},
};
use stele_domain::participant::Role;
use stele_ledger::{CommandContext, EventFilter, Fingerprint, SecretError};
use tower::ServiceExt;
use uuid::Uuid;

use crate::support::{PASSWORD, Server};

const GRACE: &str = "grace@example.org";

const ACCEPT: &str = "mutation($token: String!, $name: String!, $password: String!) {
    acceptInvitation(token: $token, name: $name, password: $password) {
        __typename ... on Session { token participantId roles projectRoles { projectId role } }
        ... on Refusal { code message } } }";

/// A server, and an administrator with their id.
async fn start(options: &PgConnectOptions) -> (Server, String) {
    let server = Server::start(options).await;
    let admin = server.sign_in("admin", &[Role::Admin]).await;
    (server, admin)
}

/// The whole answer to an invitation.
async fn try_invite(server: &Server, token: &str, input: Value) -> Value {
    let query = "mutation($input: InviteParticipantInput!) { inviteParticipant(input: $input) {
        __typename ... on ParticipantInvited { token invitation {
            id participantId email { text } roles projectRoles { projectId role } expiresAt } }
        ... on Refusal { code } } }";
    server.ask(Some(token), query, json!({ "input": input })).await
}

async fn invite(server: &Server, token: &str, input: Value) -> Value {
    let answer = try_invite(server, token, input).await;
    assert!(answer["errors"].is_null(), "{answer}");
    answer["data"]["inviteParticipant"].clone()
}

/// Invites Grace to review.
async fn invite_grace(server: &Server, admin: &str) -> Value {
    let invited = invite(server, admin, json!({ "email": GRACE, "roles": ["REVIEWER"] })).await;
    assert_eq!(invited["__typename"], "ParticipantInvited", "{invited}");
    invited
}

async fn accept(server: &Server, token: &Value, password: &str) -> Value {
    let variables = json!({ "token": token, "name": "Grace", "password": password });
    server.ask(None, ACCEPT, variables).await["data"]["acceptInvitation"].clone()
}

/// Asks an administrator's question that names an invitation.
async fn revoke(server: &Server, admin: &str, id: &Value) -> Value {
    let query = "mutation($id: UUID!) { revokeInvitation(invitationId: $id) {
        __typename ... on InvitationRevoked { invitation { revokedAt } } ... on Refusal { code } } }";
    server.ask(Some(admin), query, json!({ "id": id })).await["data"]["revokeInvitation"].clone()
}

/// What the answer to an attack has to be.
async fn invalid(server: &Server) -> Value {
    let answer = accept(server, &json!("a token that nobody was given"), PASSWORD).await;
    assert_eq!(answer["code"], "INVITATION_INVALID", "{answer}");
    answer
}

async fn count(pool: &PgPool, table: &str) -> i64 {
    let query = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    sqlx::query_scalar(query).fetch_one(pool).await.expect("counted")
}

/// How often each event was recorded for somebody, and by whom.
async fn events_of(server: &Server, participant: &Value) -> Vec<(String, Option<String>)> {
    let head = server.ledger.head().await.expect("a head").position();
    let events = server.ledger.read(0.into(), head, &EventFilter::all()).await.expect("readable");
    let of = events.into_iter().filter(|event| json!(event.stream.id) == *participant);
    of.map(|event| {
        let metadata: Value = serde_json::from_str(&event.metadata).expect("JSON");
        (event.name, metadata["actor"].as_str().map(str::to_owned))
    })
    .collect()
}

async fn id_of(server: &Server, token: &str) -> Value {
    let answer = server.ask(Some(token), "{ viewer { participantId } }", Value::Null).await;
    answer["data"]["viewer"]["participantId"].clone()
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn an_invitation_is_good_once(pool: PgPool) {
    let (server, admin) = start(&pool.connect_options()).await;
    let manager = server.sign_in("manager", &[Role::Manager]).await;
    let questions = json!([{ "key": "better", "title": "Which?", "kind": { "preference": {} } }]);
    let project = json!({ "name": "P", "questions": questions });
    let project = server.mutate(&manager, "createProject", project, "p", "... on ProjectCreated { projectId }").await;
    let held = json!([{ "projectId": project["projectId"], "role": "ANNOTATOR" }]);
    let input = json!({ "email": format!(" {GRACE}"), "roles": ["REVIEWER", "REVIEWER"], "projectRoles": held });
    let invited = invite(&server, &admin, input).await;
    let invitation = json!({
        "id": invited["invitation"]["id"], "participantId": invited["invitation"]["participantId"],
        "email": { "text": GRACE }, "roles": ["REVIEWER"], "projectRoles": held, "expiresAt": "2026-01-08T00:00:00+00:00",
    });
    assert_eq!(invited["invitation"], invitation);
    let stored: Vec<String> =
        sqlx::query_scalar("select invitation::text from invitation").fetch_all(&pool).await.expect("rows");
    let token = invited["token"].as_str().expect("a token");
    assert!(
        token.len() == 43 && stored.iter().all(|row| !row.contains(token) && !row.contains("grace")),
        "{stored:?}"
    );

    let session = accept(&server, &invited["token"], PASSWORD).await;
    assert_eq!((&session["roles"], &session["projectRoles"]), (&json!(["REVIEWER"]), &held), "{session}");
    let grace = &session["participantId"];
    assert_eq!(*grace, invitation["participantId"]);
    assert_eq!(id_of(&server, session["token"].as_str().expect("a token")).await, *grace);
    let by_admin = id_of(&server, &admin).await.as_str().map(str::to_owned);
    let recorded = ["ParticipantRegistered", "RoleGranted", "RoleGranted"];
    assert_eq!(events_of(&server, grace).await, recorded.map(|name| (name.to_owned(), by_admin.clone())));

    for password in [PASSWORD, "another long password"] {
        assert_eq!(accept(&server, &invited["token"], password).await, invalid(&server).await);
    }
    assert_eq!(events_of(&server, grace).await.len(), 3);
    assert_eq!(server.login(GRACE, PASSWORD).await["__typename"], "Session");
    assert_eq!(server.login(GRACE, "another long password").await["code"], "WRONG_CREDENTIALS");
    assert_eq!(revoke(&server, &admin, &invitation["id"]).await["code"], "INVITATION_ACCEPTED");
    let again = invite(&server, &admin, json!({ "email": GRACE.to_uppercase() })).await;
    assert_eq!(again["code"], "EMAIL_TAKEN");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn an_invitation_that_is_no_good_is_answered_like_a_wrong_token(pool: PgPool) {
    let (server, admin) = start(&pool.connect_options()).await;
    let replaced = invite_grace(&server, &admin).await;
    let revoked = invite_grace(&server, &admin).await;
    assert_eq!(revoked["invitation"]["id"], replaced["invitation"]["id"], "an address has one open invitation");
    assert_eq!(count(&pool, "invitation").await, 1);
    assert_eq!(accept(&server, &replaced["token"], PASSWORD).await, invalid(&server).await);
    let done = revoke(&server, &admin, &revoked["invitation"]["id"]).await;
    assert_eq!(done["invitation"]["revokedAt"], "2026-01-01T00:00:00+00:00");
    assert_eq!(accept(&server, &revoked["token"], PASSWORD).await, invalid(&server).await);
    server.clock.advance(1);
    assert_eq!(revoke(&server, &admin, &revoked["invitation"]["id"]).await, done, "it stays revoked since then");

    let expired = invite(&server, &admin, json!({ "email": GRACE, "expiresInHours": 1 })).await;
    assert_ne!(expired["invitation"]["participantId"], revoked["invitation"]["participantId"]);
    server.clock.advance(60 * 60 - 1);
    let admin = server.login("admin@example.org", PASSWORD).await["token"].as_str().expect("a token").to_owned();
    let short = accept(&server, &expired["token"], "short").await;
    assert_eq!(short["code"], "BAD_PASSWORD", "it is still good, and not used up by that");
    server.clock.advance(1);
    assert_eq!(accept(&server, &expired["token"], PASSWORD).await, invalid(&server).await);

    let other = server.sign_in("other", &[Role::Admin]).await;
    let orphaned = invite_grace(&server, &other).await;
    let input = json!({ "participantId": id_of(&server, &other).await, "role": "ADMIN" });
    server.mutate(&admin, "revokeRole", input, "r", "").await;
    assert_eq!(accept(&server, &orphaned["token"], PASSWORD).await, invalid(&server).await);
    assert_eq!(server.login(GRACE, PASSWORD).await["code"], "WRONG_CREDENTIALS");
    for hours in [0, 721] {
        let refused = invite(&server, &admin, json!({ "email": GRACE, "expiresInHours": hours })).await;
        assert_eq!(refused["code"], "BAD_EXPIRY");
    }
    assert_eq!(invite(&server, &admin, json!({ "email": "grace" })).await["code"], "BAD_EMAIL");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn of_many_who_accept_at_a_time_one_has_the_account(pool: PgPool) {
    let (server, admin) = start(&pool.connect_options()).await;
    let invited = invite_grace(&server, &admin).await;
    let passwords: Vec<String> = (0..6).map(|number| format!("a long password of {number}")).collect();
    let answers = passwords.iter().map(|password| accept(&server, &invited["token"], password));
    let answers = futures::future::join_all(answers).await;
    let refused = invalid(&server).await;
    let (taken_in, others): (Vec<&Value>, Vec<&Value>) =
        answers.iter().partition(|answer| answer["__typename"] == "Session");
    assert!(taken_in.len() == 1 && others.iter().all(|answer| **answer == refused), "{answers:#?}");
    assert_eq!(events_of(&server, &taken_in[0]["participantId"]).await.len(), 2);
    assert_eq!(count(&pool, "credential").await, 2, "the administrator's, and one more");
    for (password, answer) in passwords.iter().zip(&answers) {
        assert_eq!(server.login(GRACE, password).await["__typename"], answer["__typename"], "{password}");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn of_many_invitations_of_one_address_one_is_good(pool: PgPool) {
    let (server, admin) = start(&pool.connect_options()).await;
    let invitations = futures::future::join_all((0..6).map(|_| invite_grace(&server, &admin))).await;
    assert_eq!(count(&pool, "invitation").await, 1);
    let mut taken_in = 0;
    for invited in &invitations {
        taken_in += u32::from(accept(&server, &invited["token"], PASSWORD).await["__typename"] == "Session");
    }
    assert_eq!(taken_in, 1);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn an_acceptance_that_died_halfway_is_completed_by_who_began_it(pool: PgPool) {
    let (server, admin) = start(&pool.connect_options()).await;
    let invited = invite_grace(&server, &admin).await;
    // what is in the database once the credential is made, and nothing is recorded yet
    let hash = server.passwords.hash(PASSWORD.to_owned(), server.ledger.mint()).await.expect("hashed");
    sqlx::query("update invitation set used_at = '2026-01-01'").execute(&pool).await.expect("used");
    sqlx::query(
        "insert into credential (ledger_id, email_hash, participant_id, password_hash)
        select ledger_id, email_hash, participant_id, $1 from invitation",
    )
    .bind(hash)
    .execute(&pool)
    .await
    .expect("made");
    server.clock.advance(8 * 24 * 60 * 60);
    assert_eq!(accept(&server, &invited["token"], "another long password").await, invalid(&server).await);
    let session = accept(&server, &invited["token"], PASSWORD).await;
    assert_eq!(session["roles"], json!(["REVIEWER"]), "{session}");
    assert_eq!(accept(&server, &invited["token"], PASSWORD).await, invalid(&server).await);
    assert_eq!(events_of(&server, &session["participantId"]).await.len(), 2);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn nobody_invites_to_more_than_they_may_grant(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, admin) = start(&options).await;
    let manager = server.sign_in("manager", &[Role::Manager]).await;
    let questions = json!([{ "key": "better", "title": "Which?", "kind": { "preference": {} } }]);
    let project = json!({ "name": "P", "questions": questions });
    let project = server.mutate(&manager, "createProject", project, "p", "... on ProjectCreated { projectId }").await;
    let project = project["projectId"].clone();
    let project_manager = server.sign_in("mary", &[]).await;
    let mary =
        json!({ "participantId": id_of(&server, &project_manager).await, "role": "MANAGER", "projectId": project });
    server.mutate(&admin, "grantRole", mary, "g", "").await;
    let invitation = invite_grace(&server, &admin).await["invitation"]["id"].clone();
    for (who, token) in [("a manager", &manager), ("a manager of a project", &project_manager)] {
        for input in [
            json!({ "email": "eve@example.org", "roles": ["ADMIN"] }),
            json!({ "email": "eve@example.org", "projectRoles": [{ "projectId": project, "role": "ANNOTATOR" }] }),
            json!({ "email": GRACE, "roles": ["ADMIN"] }),
        ] {
            let answer = try_invite(&server, token, input).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{who}: {answer}");
        }
        let list = server.ask(Some(token), "{ invitations { nodes { id } } }", Value::Null).await;
        assert_eq!(list["errors"][0]["extensions"]["code"], "FORBIDDEN", "{who}: {list}");
        assert_eq!(revoke(&server, token, &invitation).await, Value::Null, "{who}");
    }
    let held = json!([{ "projectId": project, "role": "ADMIN" }]);
    let refused = invite(&server, &admin, json!({ "email": "eve@example.org", "projectRoles": held })).await;
    assert_eq!(refused["code"], "WORKSPACE_ROLE");
    let held = json!([{ "projectId": Uuid::from_u128(1), "role": "ANNOTATOR" }]);
    let refused = invite(&server, &admin, json!({ "email": "eve@example.org", "projectRoles": held })).await;
    assert_eq!(refused["code"], "PROJECT_NOT_FOUND");
    // an administrator's token for programs is not enough
    let query =
        "mutation { createAccessToken(input: { name: \"n\", level: WRITE, expiresAt: \"2026-02-01T00:00:00Z\" }) {
        ... on AccessTokenCreated { token } } }";
    let made = server.ask(Some(&admin), query, Value::Null).await;
    let token = made["data"]["createAccessToken"]["token"].as_str().expect("a token");
    let answer = try_invite(&server, token, json!({ "email": "eve@example.org" })).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "SESSION_NEEDED", "{answer}");
    let list = server.ask(Some(&admin), "{ invitations { nodes { email { text } revokedAt } } }", Value::Null).await;
    let still = json!([{ "email": { "text": GRACE }, "revokedAt": null }]);
    assert_eq!(list["data"]["invitations"]["nodes"], still, "none of it had an effect");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn five_tries_a_minute_are_let_through_from_an_address(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, admin) = start(&options).await;
    let invited = invite_grace(&server, &admin).await;
    let try_from = async |address: &str, token: &Value| {
        let variables = json!({ "token": token, "name": "Grace", "password": PASSWORD });
        let body = json!({ "query": ACCEPT, "variables": variables }).to_string();
        let mut request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        let from: SocketAddr = format!("{address}:7").parse().expect("an address");
        request = request.extension(ConnectInfo(from));
        let request = request.body(Body::from(body)).expect("a request");
        let response = server.router.clone().oneshot(request).await.expect("an answer");
        let bytes = to_bytes(response.into_body(), 1 << 24).await.expect("a body");
        let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
        let accepted = answer["data"]["acceptInvitation"].clone();
        if accepted["token"].is_string() { json!("in") } else { accepted["code"].clone() }
    };
    for _ in 0..5 {
        assert_eq!(try_from("203.0.113.9", &json!("a guess")).await, "INVITATION_INVALID");
    }
    assert_eq!(try_from("203.0.113.9", &invited["token"]).await, "RATE_LIMITED");
    assert_eq!(try_from("203.0.113.10", &json!("a guess")).await, "INVITATION_INVALID", "others are not in the way");
    server.clock.advance(60);
    assert_eq!(try_from("203.0.113.9", &invited["token"]).await, "in");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn who_never_comes_is_forgotten(pool: PgPool) {
    let (server, admin) = start(&pool.connect_options()).await;
    let invited = invite_grace(&server, &admin).await;
    let ada = invite(&server, &admin, json!({ "email": "ada@example.org" })).await;
    let session = accept(&server, &ada["token"], PASSWORD).await;
    server.clock.advance(37 * 24 * 60 * 60);
    forget_invitations(&server.ledger).await.expect("looked");
    assert_eq!(count(&pool, "invitation").await, 2, "thirty days are not over");
    server.clock.advance(1);
    forget_invitations(&server.ledger).await.expect("forgotten");
    assert_eq!(count(&pool, "invitation").await, 0);
    let owner = |invited: &Value| -> Uuid {
        invited["invitation"]["participantId"].as_str().and_then(|id| id.parse().ok()).expect("an id")
    };
    let gone = server.ledger.seal_secret(owner(&invited), "test", b"").await;
    assert!(matches!(gone, Err(SecretError::Destroyed(_))), "their key is gone: {gone:?}");
    assert_eq!(json!(owner(&ada)), session["participantId"]);
    server.ledger.seal_secret(owner(&ada), "test", b"").await.expect("who came keeps their key");
    assert_eq!(accept(&server, &invited["token"], PASSWORD).await, invalid(&server).await);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn an_erasure_ends_the_invitation(pool: PgPool) {
    let (server, admin) = start(&pool.connect_options()).await;
    let invited = invite_grace(&server, &admin).await;
    let subject: Uuid =
        invited["invitation"]["participantId"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let context = CommandContext {
        actor: None,
        key: "erase grace".to_owned().try_into().expect("a valid key"),
        fingerprint: Fingerprint::of(b"test"),
        occurred_at: None,
        correlation_id: None,
    };
    let (basis, reference) = ("GDPR Art. 17(1)(b)".to_owned(), "DSR-1".to_owned());
    erase(&server.ledger, &server.files, subject.into(), &context, basis, reference).await.expect("erased");
    assert_eq!(count(&pool, "invitation").await, 0);
    assert_eq!(accept(&server, &invited["token"], PASSWORD).await, invalid(&server).await);
    let again = invite_grace(&server, &admin).await;
    assert_eq!(accept(&server, &again["token"], PASSWORD).await["__typename"], "Session", "as somebody else");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn people_are_registered_directly_only_where_that_is_on(_: PgPoolOptions, options: PgConnectOptions) {
    let start = "2026-01-01T00:00:00Z".parse().expect("a valid time");
    let server = Server::start_with(&options, start, Settings::default()).await;
    let admin = server.sign_in("admin", &[Role::Admin]).await;
    let register = async |machine: bool| {
        let input = json!({
            "name": "Grace", "email": GRACE, "password": PASSWORD, "roles": ["SERVICE"], "machine": machine,
        });
        server.mutate(&admin, "registerParticipant", input, &format!("{machine}"), "").await
    };
    let refused = register(false).await;
    assert_eq!(refused["code"], "DIRECT_REGISTRATION_OFF", "{refused}");
    assert_eq!(server.login(GRACE, PASSWORD).await["code"], "WRONG_CREDENTIALS");
    assert_eq!(register(true).await["__typename"], "ParticipantRegistered", "a program reads no mail");
}
