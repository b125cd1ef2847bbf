//! Stolen refresh tokens, sessions that were ended, and passwords that were changed.

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{ParticipantId, participant::Role};
use stele_ledger::{CommandContext, Fingerprint};

use crate::support::{PASSWORD, Server};

const EMAIL: &str = "ada@example.org";

/// Signs somebody in, or refreshes their session.
struct Client<'a>(&'a Server);

impl Client<'_> {
    async fn begin(&self) -> Value {
        let query = format!(
            "mutation {{ login(email: \"{EMAIL}\", password: \"{PASSWORD}\") {{
                ... on Session {{ token refreshToken endsAt participantId }} ... on Refusal {{ code }} }} }}"
        );
        self.0.ask(None, &query, Value::Null).await["data"]["login"].clone()
    }

    async fn refresh(&self, of: &Value) -> Value {
        let query = "mutation($token: String!) { refreshSession(refreshToken: $token) {
            ... on Session { token refreshToken endsAt roles } ... on Refusal { code } } }";
        let variables = json!({ "token": of["refreshToken"] });
        self.0.ask(None, query, variables).await["data"]["refreshSession"].clone()
    }

    async fn is_believed(&self, session: &Value) -> bool {
        let token = session["token"].as_str().unwrap_or_else(|| panic!("no token in {session}"));
        self.0.post(Some(token), "{ viewer { roles } }", Value::Null).await.0 == 200
    }

    async fn call(&self, session: &Value, mutation: &str) -> Value {
        self.0.ask(session["token"].as_str(), &format!("mutation {{ {mutation} }}"), Value::Null).await["data"]
            .clone()
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_refresh_token_used_again_ends_the_session_for_the_thief_and_the_owner(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let server = Server::start(&options).await;
    server.register("ada", &[Role::Reviewer]).await;
    let client = Client(&server);
    let (first, other) = (client.begin().await, client.begin().await);
    let second = client.refresh(&first).await;
    assert_eq!(second["roles"], json!(["REVIEWER"]));
    let third = client.refresh(&second).await;
    assert!(client.is_believed(&first).await && client.is_believed(&third).await);
    assert_eq!(client.refresh(&first).await, json!({ "code": "SESSION_ENDED" }), "what was exchanged works no more");
    assert_eq!(
        client.refresh(&third).await,
        json!({ "code": "SESSION_ENDED" }),
        "nor does what it was exchanged for"
    );
    for session in [&first, &second, &third] {
        assert!(!client.is_believed(session).await, "access tokens end with their session");
    }
    assert!(client.is_believed(&other).await, "another session goes on");
    let guessed = json!({ "refreshToken": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" });
    assert_eq!(client.refresh(&guessed).await, json!({ "code": "SESSION_ENDED" }));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn of_two_who_refresh_at_once_one_succeeds_and_the_session_ends(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    server.register("ada", &[]).await;
    let client = Client(&server);
    for _ in 0..8 {
        let session = client.begin().await;
        let answers = tokio::join!(client.refresh(&session), client.refresh(&session));
        let tokens = [&answers.0, &answers.1].into_iter().filter(|answer| answer["token"].is_string());
        let tokens: Vec<_> = tokens.collect();
        assert_eq!(tokens.len(), 1, "{answers:?}");
        assert!(!client.is_believed(tokens[0]).await);
        assert_eq!(client.refresh(tokens[0]).await["code"], "SESSION_ENDED");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_session_ends_after_thirty_days_however_often_it_is_refreshed(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    server.register("ada", &[]).await;
    let client = Client(&server);
    let mut session = client.begin().await;
    assert_eq!(session["endsAt"], "2026-01-31T00:00:00+00:00");
    for _ in 0..2 {
        server.clock.advance(15 * 24 * 60 * 60 - 1);
        session = client.refresh(&session).await;
        assert!(client.is_believed(&session).await);
    }
    server.clock.advance(2);
    assert!(!client.is_believed(&session).await, "its access token had minutes to go");
    assert_eq!(client.refresh(&session).await["code"], "SESSION_ENDED");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn signing_out_stops_tokens_at_once(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    let bob = server.sign_in("bob", &[]).await;
    server.register("ada", &[]).await;
    let client = Client(&server);
    let [first, second, third] = [client.begin().await, client.begin().await, client.begin().await];
    assert_eq!(client.call(&first, "signOut { sessions }").await["signOut"]["sessions"], 1);
    assert!(!client.is_believed(&first).await);
    assert_eq!(client.refresh(&first).await["code"], "SESSION_ENDED");
    assert!(client.is_believed(&second).await);
    let ended = client.call(&second, "signOutEverywhere { sessions }").await;
    assert_eq!(ended["signOutEverywhere"]["sessions"], 2);
    for session in [&second, &third] {
        assert!(!client.is_believed(session).await);
        assert_eq!(client.refresh(session).await["code"], "SESSION_ENDED");
    }
    assert!(client.is_believed(&json!({ "token": bob })).await, "somebody else's session goes on");
    assert!(client.is_believed(&client.begin().await).await, "she can sign in again");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_changed_password_ends_the_other_sessions(_: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    server.register("ada", &[]).await;
    let client = Client(&server);
    let (mine, stolen) = (client.begin().await, client.begin().await);
    let change = async |present: &str, new: &str| {
        let call = format!(
            "changePassword(present: \"{present}\", new: \"{new}\") {{ __typename ... on Refusal {{ code }} }}"
        );
        client.call(&mine, &call).await["changePassword"].clone()
    };
    assert_eq!(change("a guess at the password", "another password").await["code"], "WRONG_CREDENTIALS");
    assert_eq!(change(PASSWORD, "short").await["code"], "BAD_PASSWORD");
    assert!(client.is_believed(&stolen).await, "nothing has changed yet");
    assert_eq!(change(PASSWORD, "another password").await["__typename"], "PasswordChanged");
    assert!(client.is_believed(&mine).await);
    assert!(!client.is_believed(&stolen).await);
    assert_eq!(client.refresh(&stolen).await["code"], "SESSION_ENDED");
    assert_eq!(client.begin().await["code"], "WRONG_CREDENTIALS", "the old password is of no use");
    assert_eq!(server.login(EMAIL, "another password").await["__typename"], "Session");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn an_erased_person_leaves_no_session(pool_options: PgPoolOptions, options: PgConnectOptions) {
    let server = Server::start(&options).await;
    server.register("ada", &[]).await;
    let client = Client(&server);
    let session = client.refresh(&client.begin().await).await;
    let ada: ParticipantId = {
        let answer = server.ask(session["token"].as_str(), "{ viewer { participantId } }", Value::Null).await;
        let id = answer["data"]["viewer"]["participantId"].as_str().expect("an id").parse::<uuid::Uuid>();
        id.expect("an id").into()
    };
    let pool = pool_options.connect_with(options).await.expect("a connection");
    let kept = async || -> i64 {
        let rows = "select (select count(*) from session) + (select count(*) from refresh_token)";
        sqlx::query_scalar(rows).fetch_one(&pool).await.expect("counted")
    };
    assert!(kept().await >= 3);
    let key = "erase".to_owned().try_into().expect("a key");
    let context = CommandContext {
        actor: None,
        key,
        fingerprint: Fingerprint::of(b"erase"),
        occurred_at: None,
        correlation_id: None,
    };
    let subject = ada.uuid().into();
    stele_api::account::erase(&server.ledger, &server.files, subject, &context, "asked".into(), "1".into())
        .await
        .expect("erased");
    assert_eq!(kept().await, 0);
    assert!(!client.is_believed(&session).await);
    assert_eq!(client.refresh(&session).await["code"], "SESSION_ENDED");
}
