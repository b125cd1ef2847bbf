//! Signing in by an external issuer that lies, and by people who come back with what is not theirs.
//!
//! The issuer is a fake: it signs whatever the test wants.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use stele_api::{
    Settings,
    account::{Issuer, IssuerSettings, RegistrationMode, erase},
};
use stele_ledger::{CommandContext, Fingerprint};
use tokio::net::TcpListener;
use url::Url;

use crate::{
    second_factor::Owner,
    support::{PASSWORD, Server},
};

const CLIENT: &str = "stele";
const CLIENT_SECRET: &str = "a secret: of the client";
/// Made for these tests; it protects nothing.
const RSA_KEY: &[u8] = include_bytes!("issuer.pem");
/// What comes before the seed of an Ed25519 key in PKCS #8 (RFC 8410 §7).
const PKCS8: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
const FAILED: &str = "EXTERNAL_LOGIN_FAILED";
const UNAVAILABLE: &str = "EXTERNAL_ISSUER_UNAVAILABLE";

/// What the fake does next.
#[derive(Default)]
struct Told {
    url: String,
    /// What it says that it is called, if not by its own name.
    named: Option<String>,
    /// The token that it gives for any code.
    token: String,
    /// The verifier that it was last shown.
    verifier: String,
    /// What it was last shown of who asks.
    authorization: String,
    key_requests: usize,
    redirects_keys: bool,
    is_silent: bool,
    is_endless: bool,
}

#[derive(Clone, Default)]
struct FakeIssuer(Arc<Mutex<Told>>);

impl FakeIssuer {
    async fn start() -> Self {
        let fake = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        fake.tell(|told| told.url = format!("http://{}", listener.local_addr().expect("an address")));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/elsewhere", get(async || Json(key_set())))
            .route("/token", post(token))
            .with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    fn tell<T>(&self, with: impl FnOnce(&mut Told) -> T) -> T {
        with(&mut self.0.lock().expect("not poisoned"))
    }

    fn url(&self) -> String {
        self.tell(|told| told.url.clone())
    }
}

async fn discovery(State(fake): State<FakeIssuer>) -> Response {
    let (silent, endless) = fake.tell(|told| (told.is_silent, told.is_endless));
    if silent {
        std::future::pending::<()>().await;
    }
    if endless {
        return vec![b' '; 100 << 20].into_response();
    }
    let url = fake.url();
    let issuer = fake.tell(|told| told.named.clone()).unwrap_or_else(|| url.clone());
    let endpoint = |path: &str| format!("{url}/{path}");
    Json(json!({
        "issuer": issuer, "authorization_endpoint": endpoint("authorize"), "token_endpoint": endpoint("token"),
        "jwks_uri": endpoint("keys"),
    }))
    .into_response()
}

async fn keys(State(fake): State<FakeIssuer>) -> Response {
    let redirects = fake.tell(|told| {
        told.key_requests += 1;
        told.redirects_keys
    });
    if redirects { Redirect::temporary("/elsewhere").into_response() } else { Json(key_set()).into_response() }
}

async fn token(
    State(fake): State<FakeIssuer>,
    headers: HeaderMap,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let verifier = form.into_iter().find(|(name, _)| name == "code_verifier").map(|(_, value)| value);
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = fake.tell(|told| {
        told.verifier = verifier.unwrap_or_default();
        authorization.unwrap_or_default().clone_into(&mut told.authorization);
        told.token.clone()
    });
    (StatusCode::OK, Json(json!({ "id_token": token, "token_type": "Bearer" }))).into_response()
}

fn public() -> [u8; 32] {
    SigningKey::from_bytes(&[1; 32]).verifying_key().to_bytes()
}

fn rsa_key() -> EncodingKey {
    EncodingKey::from_rsa_pem(RSA_KEY).expect("a key")
}

fn key_set() -> Value {
    let x = URL_SAFE_NO_PAD.encode(public());
    let mut rsa = Jwk::from_encoding_key(&rsa_key(), Algorithm::RS256).expect("a public key");
    rsa.common.key_id = Some("rsa".to_owned());
    json!({ "keys": [{ "kty": "a new kind" }, { "kty": "OKP", "crv": "Ed25519", "kid": "one", "x": x }, rsa] })
}

fn signed(seed: u8, kid: &str, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(kid.to_owned());
    let key = EncodingKey::from_ed_der(&[&PKCS8[..], &[seed; 32]].concat());
    jsonwebtoken::encode(&header, claims, &key).expect("signed")
}

/// What most issuers in the world sign with.
fn rsa_signed(claims: &Value) -> String {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some("rsa".to_owned());
    jsonwebtoken::encode(&header, claims, &rsa_key()).expect("signed")
}

/// Signed with a secret that both have, as is not accepted.
fn symmetric(secret: &[u8], kid: Option<&str>, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::HS256);
    header.kid = kid.map(str::to_owned);
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_secret(secret)).expect("signed")
}

/// A visit that has begun, as the browser and the page know it.
struct Begun {
    handle: String,
    state: String,
    nonce: String,
    challenge: String,
    url: String,
}

struct Client<'a> {
    server: &'a Server,
    fake: &'a FakeIssuer,
}

impl Client<'_> {
    async fn ask_begin(&self, token: Option<&str>) -> Value {
        let call = match token {
            Some(_) => format!("begin: beginExternalLink(password: \"{PASSWORD}\")"),
            None => "begin: beginExternalLogin".to_owned(),
        };
        let query = format!(
            "mutation {{ {call} {{ ... on ExternalLoginBegun {{ authorizationUrl handle }} ... on Refusal {{ code }} }} }}"
        );
        self.server.ask(token, &query, Value::Null).await["data"]["begin"].clone()
    }

    async fn begin(&self, token: Option<&str>) -> Begun {
        // nobody is told to wait
        self.server.clock.advance(61);
        let begun = self.ask_begin(token).await;
        let url = begun["authorizationUrl"].as_str().unwrap_or_else(|| panic!("{begun}")).to_owned();
        let parsed = Url::parse(&url).expect("an address");
        let get = |name: &str| {
            let found = parsed.query_pairs().find(|(key, _)| key == name);
            found.unwrap_or_else(|| panic!("no {name}")).1.into_owned()
        };
        let handle = begun["handle"].as_str().expect("a handle").to_owned();
        Begun { handle, state: get("state"), nonce: get("nonce"), challenge: get("code_challenge"), url }
    }

    fn claims(&self, begun: &Begun) -> Value {
        let now = stele_ledger::Clock::now(&*self.server.clock).to_utc().timestamp();
        json!({
            "iss": self.fake.url(), "sub": "ada-there", "aud": CLIENT, "iat": now, "exp": now + 300,
            "nonce": begun.nonce,
        })
    }

    /// Completes a visit with a token; what the answer says.
    async fn complete(&self, session: Option<&str>, begun: &Begun, token: String) -> Value {
        self.fake.tell(|told| told.token = token);
        self.send(session, &begun.handle, &begun.state).await
    }

    async fn send(&self, session: Option<&str>, handle: &str, state: &str) -> Value {
        let done = match session {
            Some(_) => "completeExternalLink(input: $input) { __typename",
            None => "completeExternalLogin(input: $input) { __typename ... on Session { token }",
        };
        let query = format!("mutation($input: ExternalReturn!) {{ done: {done} ... on Refusal {{ code }} }} }}");
        let input = json!({ "input": { "handle": handle, "state": state, "code": "a code" } });
        let answer = self.server.ask(session, &query, input).await;
        assert!(answer["errors"].is_null(), "{answer}");
        answer["data"]["done"].clone()
    }

    /// Links Ada's identity to her.
    async fn link(&self, session: &str) {
        let linked = self.try_link(session).await;
        assert_eq!(linked["__typename"], "ExternalIdentityLinked", "{linked}");
    }

    async fn try_link(&self, session: &str) -> Value {
        let begun = self.begin(Some(session)).await;
        let token = signed(1, "one", &self.claims(&begun));
        self.complete(Some(session), &begun, token).await
    }

    /// Completes a login with claims that were changed.
    async fn try_claims(&self, change: impl FnOnce(&mut Value)) -> Value {
        let begun = self.begin(None).await;
        let mut claims = self.claims(&begun);
        change(&mut claims);
        self.complete(None, &begun, signed(1, "one", &claims)).await
    }

    async fn refused(&self, what: &str, change: impl FnOnce(&mut Value)) {
        let answer = self.try_claims(change).await;
        assert_eq!(answer["code"], FAILED, "{what}: {answer}");
    }
}

async fn start(options: &PgConnectOptions) -> (Server, FakeIssuer) {
    let fake = FakeIssuer::start().await;
    let issuer = Issuer::new(IssuerSettings {
        issuer: fake.url(),
        client_id: CLIENT.to_owned(),
        client_secret: Some(CLIENT_SECRET.to_owned().into()),
        redirect_uri: "https://console.example.org/back".to_owned(),
    });
    let issuer = issuer.expect("an issuer").answered_within(Duration::from_secs(1));
    let settings =
        Settings { registration: RegistrationMode::Direct, issuer: Some(Arc::new(issuer)), ..Settings::default() };
    let now = "2026-01-01T00:00:00Z".parse().expect("a valid time");
    (Server::start_with(options, now, settings).await, fake)
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_linked_identity_signs_in_until_it_is_unlinked(pool: PgPool) {
    let (server, fake) = start(&pool.connect_options()).await;
    let ada = server.sign_in("ada", &[]).await;
    let client = Client { server: &server, fake: &fake };
    assert_eq!(client.try_claims(|_| {}).await["code"], FAILED, "nobody has the identity");
    client.link(&ada).await;
    let begun = client.begin(None).await;
    assert!(!begun.url.contains(&begun.handle));
    let session = client.complete(None, &begun, signed(1, "one", &client.claims(&begun))).await;
    assert_eq!(session["__typename"], "Session", "{session}");
    let shown = Sha256::digest(fake.tell(|told| told.verifier.clone()));
    assert_eq!(URL_SAFE_NO_PAD.encode(shown), begun.challenge);
    let shown = fake.tell(|told| told.authorization.clone());
    assert_eq!(shown, format!("Basic {}", STANDARD.encode("stele:a+secret%3A+of+the+client")));
    let stored: Vec<String> = sqlx::query_scalar(
        "select external_identity::text from external_identity union all select external_login::text from external_login",
    )
    .fetch_all(&pool)
    .await
    .expect("rows");
    assert!(stored.iter().all(|row| !row.contains("ada-there")), "{stored:?}");

    let bob = server.sign_in("bob", &[]).await;
    assert_eq!(client.try_link(&bob).await["code"], "EXTERNAL_IDENTITY_LINKED", "it is Ada's");
    let unlink = format!(
        "mutation {{ unlinkExternalIdentity(password: \"{PASSWORD}\") {{ __typename ... on Refusal {{ code }} }} }}"
    );
    let ada_again = server.login("ada@example.org", PASSWORD).await["token"].as_str().expect("a token").to_owned();
    let unlinked = server.ask(Some(&ada_again), &unlink, Value::Null).await;
    assert_eq!(unlinked["data"]["unlinkExternalIdentity"]["__typename"], "ExternalIdentityUnlinked", "{unlinked}");
    assert_eq!(server.post(session["token"].as_str(), "{ viewer { roles } }", Value::Null).await.0, 401);
    assert_eq!(client.try_claims(|_| {}).await["code"], FAILED);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_token_that_says_anything_wrong_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, fake) = start(&options).await;
    let ada = server.sign_in("ada", &[]).await;
    let client = Client { server: &server, fake: &fake };
    client.link(&ada).await;
    client.refused("another issuer", |claims| claims["iss"] = json!("https://other.example.org")).await;
    client.refused("another audience", |claims| claims["aud"] = json!("other")).await;
    client.refused("several audiences", |claims| claims["aud"] = json!([CLIENT, "other"])).await;
    client
        .refused("another party", |claims| {
            claims["aud"] = json!([CLIENT, "other"]);
            claims["azp"] = json!("other");
        })
        .await;
    client.refused("expired", |claims| claims["exp"] = json!(claims["iat"].as_i64().map(|at| at - 60))).await;
    client.refused("of the future", |claims| claims["iat"] = json!(claims["iat"].as_i64().map(|at| at + 61))).await;
    client.refused("another nonce", |claims| claims["nonce"] = json!("other")).await;
    client.refused("no nonce", |claims| drop(claims.as_object_mut().expect("an object").remove("nonce"))).await;
    client.refused("no subject", |claims| claims["sub"] = json!("")).await;
    client.refused("another subject", |claims| claims["sub"] = json!("eve")).await;
    let right = client
        .try_claims(|claims| {
            claims["aud"] = json!([CLIENT, "other"]);
            claims["azp"] = json!(CLIENT);
            claims["exp"] = json!(claims["iat"].as_i64().map(|at| at - 59));
        })
        .await;
    assert_eq!(right["__typename"], "Session", "within the leeway, and for us: {right}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_token_that_is_not_signed_by_the_issuer_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, fake) = start(&options).await;
    let ada = server.sign_in("ada", &[]).await;
    let client = Client { server: &server, fake: &fake };
    client.link(&ada).await;
    let forge = async |make: &dyn Fn(&Value) -> String| {
        let begun = client.begin(None).await;
        let token = make(&client.claims(&begun));
        client.complete(None, &begun, token).await
    };
    let none = |claims: &Value| {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.", part(&json!({ "alg": "none", "kid": "one" })), part(claims))
    };
    assert_eq!(forge(&none).await["code"], FAILED, "alg none");
    for secret in [&public()[..], CLIENT_SECRET.as_bytes()] {
        for kid in [Some("one"), Some("rsa"), None] {
            let answer = forge(&|claims| symmetric(secret, kid, claims)).await;
            assert_eq!(answer["code"], FAILED, "HS256, {kid:?}");
        }
    }
    assert_eq!(forge(&|claims| signed(2, "one", claims)).await["code"], FAILED, "another key");
    assert_eq!(forge(&|claims| signed(1, "rsa", claims)).await["code"], FAILED, "the name of another key");
    assert_eq!(forge(&rsa_signed).await["__typename"], "Session", "RS256");
    // an unknown key is looked for, and not at once again
    let before = fake.tell(|told| told.key_requests);
    assert_eq!(forge(&|claims| signed(1, "two", claims)).await["code"], FAILED);
    assert_eq!(fake.tell(|told| told.key_requests), before + 1);
    let begun = client.ask_begin(None).await;
    let state = Url::parse(begun["authorizationUrl"].as_str().expect("an address")).expect("an address");
    let state = state.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    assert_eq!(client.send(None, begun["handle"].as_str().expect("a handle"), &state).await["code"], FAILED);
    assert_eq!(fake.tell(|told| told.key_requests), before + 1);
    assert_eq!(forge(&|claims| signed(1, "one", claims)).await["__typename"], "Session");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_visit_is_completed_once_by_who_began_it(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, fake) = start(&options).await;
    let (ada, bob) = (server.sign_in("ada", &[]).await, server.sign_in("bob", &[]).await);
    let client = Client { server: &server, fake: &fake };
    client.link(&ada).await;
    let (mine, other) = (client.begin(None).await, client.begin(None).await);
    let token = signed(1, "one", &client.claims(&mine));
    fake.tell(|told| told.token = token);
    assert_eq!(client.send(None, &other.handle, &mine.state).await["code"], FAILED, "another's handle");
    assert_eq!(client.send(None, &mine.handle, &other.state).await["code"], FAILED, "another's state");
    let raced =
        tokio::join!(client.send(None, &mine.handle, &mine.state), client.send(None, &mine.handle, &mine.state));
    let done = [&raced.0, &raced.1].into_iter().filter(|answer| answer["__typename"] == "Session").count();
    assert_eq!(done, 1, "{raced:?}");
    assert_eq!(client.send(None, &mine.handle, &mine.state).await["code"], FAILED, "used");

    let linking = client.begin(Some(&ada)).await;
    let token = signed(1, "one", &client.claims(&linking));
    assert_eq!(client.complete(None, &linking, token.clone()).await["code"], FAILED, "begun to link");
    assert_eq!(client.complete(Some(&bob), &linking, token).await["code"], FAILED, "in Ada's session");
    let late = client.begin(None).await;
    server.clock.advance(600);
    let answer = client.complete(None, &late, signed(1, "one", &client.claims(&late))).await;
    assert_eq!(answer["code"], FAILED, "ten minutes are over");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn an_identity_stands_in_for_no_second_factor(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, fake) = start(&options).await;
    let ada = Owner::enrol(&server, "ada").await;
    let client = Client { server: &server, fake: &fake };
    client.link(&ada.token).await;
    let complete = async |begun: &Begun, code: Option<&str>| {
        let token = signed(1, "one", &client.claims(begun));
        fake.tell(|told| told.token = token);
        let query = "mutation($input: ExternalReturn!, $code: String) {
            done: completeExternalLogin(input: $input, secondFactor: $code) {
                __typename ... on Refusal { code } } }";
        let input = json!({ "handle": begun.handle, "state": begun.state, "code": "a code" });
        server.ask(None, query, json!({ "input": input, "code": code })).await["data"]["done"].clone()
    };
    for missing in [None, Some("")] {
        let begun = client.begin(None).await;
        assert_eq!(complete(&begun, missing).await["code"], "SECOND_FACTOR_NEEDED");
        assert_eq!(complete(&begun, Some(&ada.code())).await["code"], FAILED, "the visit is over");
    }
    let begun = client.begin(None).await;
    assert_eq!(complete(&begun, Some(&ada.wrong_code())).await["code"], FAILED);
    let (first, second) = (client.begin(None).await, client.begin(None).await);
    let code = ada.code();
    assert_eq!(complete(&first, Some(&code)).await["__typename"], "Session");
    assert_eq!(complete(&second, Some(&code)).await["code"], FAILED, "a code works once");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn an_erased_person_does_not_come_back(pool: PgPool) {
    let (server, fake) = start(&pool.connect_options()).await;
    let ada = server.sign_in("ada", &[]).await;
    let client = Client { server: &server, fake: &fake };
    client.link(&ada).await;
    let me = server.ask(Some(&ada), "{ viewer { participantId } }", Value::Null).await;
    let id: uuid::Uuid = me["data"]["viewer"]["participantId"].as_str().expect("an id").parse().expect("an id");
    let key = "erase".to_owned().try_into().expect("a key");
    let fingerprint = Fingerprint::of(b"erase");
    let context = CommandContext { actor: None, key, fingerprint, occurred_at: None, correlation_id: None };
    erase(&server.ledger, &server.files, id.into(), &context, "asked".into(), "1".into()).await.expect("erased");
    assert_eq!(client.try_claims(|_| {}).await["code"], FAILED);
    let left: i64 =
        sqlx::query_scalar("select count(*) from external_identity").fetch_one(&pool).await.expect("counted");
    assert_eq!(left, 0);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn an_issuer_that_misbehaves_is_a_refusal(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, fake) = start(&options).await;
    let client = Client { server: &server, fake: &fake };
    let again = async || {
        server.clock.advance(61);
        client.ask_begin(None).await["code"].clone()
    };
    fake.tell(|told| told.named = Some("https://other.example.org".to_owned()));
    assert_eq!(again().await, UNAVAILABLE, "it names another");
    fake.tell(|told| (told.named, told.is_silent) = (None, true));
    assert_eq!(again().await, UNAVAILABLE, "it never answers");
    fake.tell(|told| (told.is_silent, told.is_endless) = (false, true));
    assert_eq!(again().await, UNAVAILABLE, "it sends 100 MB");
    fake.tell(|told| (told.is_endless, told.redirects_keys) = (false, true));
    assert_eq!(client.ask_begin(None).await["code"], UNAVAILABLE, "it is left alone for a while");
    let begun = client.begin(None).await;
    let answer = client.complete(None, &begun, signed(1, "one", &client.claims(&begun))).await;
    assert_eq!(answer["code"], UNAVAILABLE, "its keys are elsewhere");
}
