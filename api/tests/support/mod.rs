//! What the API's tests share: a server without a socket, a clock that stands still, and people to sign in.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod introspected;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use stele_api::{
    Api, Claims, Deliverer, LabelReaders, Live, Media, Metrics, Settings, Statements, UrlSigner,
    account::{Passwords, Registration, RegistrationMode, TokenKey, Tokens, register},
};
use stele_domain::{
    Timestamp,
    participant::{ParticipantKind, Role},
};
use stele_ledger::{Clock, Database, Fingerprint, KeyStore, Ledger};
use stele_media::Store;
use stele_projections::{Runner, ViewName};
use tempfile::TempDir;
use tokio::sync::watch;
use tower::ServiceExt;

pub(crate) const PASSWORD: &str = "a long enough password";

/// How long a webhook's receiver may take.
pub(crate) const ANSWERED_WITHIN: Duration = Duration::from_millis(500);

/// The key that the ledger's checkpoints are signed with.
pub(crate) fn log_key() -> stele_tlog::Signer {
    stele_tlog::Signer::new("test", [7; 32]).expect("a good name")
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub(crate) struct StandingClock(Mutex<Timestamp>);

impl StandingClock {
    pub(crate) fn advance(&self, seconds: u32) {
        let mut now = self.0.lock().expect("not poisoned");
        *now = now.plus_seconds(seconds);
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("not poisoned")
    }
}

/// A server as `stele serve` runs it, but for the socket.
pub(crate) struct Server {
    pub(crate) router: Router,
    pub(crate) ledger: Ledger,
    pub(crate) clock: Arc<StandingClock>,
    pub(crate) live: Live,
    /// Sends messages to webhooks, when it is told to.
    pub(crate) deliverer: Arc<Deliverer>,
    pub(crate) passwords: Arc<Passwords>,
    /// Where files are kept.
    pub(crate) files: Store,
    /// The folder of the files, removed with the server.
    pub(crate) folder: TempDir,
    /// Dropped with the server, which ends the runner.
    _stop: watch::Sender<bool>,
}

impl Server {
    pub(crate) async fn start(options: &PgConnectOptions) -> Self {
        let start = "2026-01-01T00:00:00Z".parse().expect("a valid time");
        let registration = RegistrationMode::Direct;
        let settings = Settings { introspection: true, registration, ..Settings::default() };
        Self::start_with(options, start, settings).await
    }

    pub(crate) async fn start_with(options: &PgConnectOptions, start: Timestamp, settings: Settings) -> Self {
        Self::start_named(options, "test", start, settings).await
    }

    /// A server for the ledger of this name; others may be in the same database.
    pub(crate) async fn start_named(
        options: &PgConnectOptions,
        name: &str,
        start: Timestamp,
        settings: Settings,
    ) -> Self {
        let clock = Arc::new(StandingClock(Mutex::new(start)));
        let database = Database::connect(options.clone(), 12).await.expect("the test database is migrated");
        let keys = KeyStore::in_process(options).await.expect("a key store");
        let ledger = Ledger::open(database, name, clock.clone(), keys).await.expect("opens");
        let passwords = Arc::new(Passwords::new(ledger.mint()).expect("hashes"));
        let live = Live::start(ledger.clone());
        let deliverer = Arc::new(Deliverer::new(ledger.clone(), true).expect("TLS").answered_within(ANSWERED_WITHIN));
        let folder = tempfile::tempdir().expect("a folder");
        let files = Store::local(folder.path()).expect("a store");
        let key = TokenKey::new([7; 32]);
        let urls = UrlSigner::new(ledger.id(), &key);
        let api = Api {
            ledger: ledger.clone(),
            log_key: log_key(),
            tokens: Arc::new(Tokens::new(ledger.id(), &key)),
            passwords: Arc::clone(&passwords),
            statements: Arc::new(Statements::start(&ledger)),
            claims: Arc::new(Claims::default()),
            metrics: Arc::new(Metrics::default()),
            live: live.clone(),
            deliverer: Arc::clone(&deliverer),
            media: Arc::new(Media::new(ledger.clone(), files.clone(), urls)),
            label_readers: Arc::new(LabelReaders::default()),
            patience: Duration::from_secs(20),
        };
        let (stop, stopped) = watch::channel(false);
        let runner = Runner::new(ledger.clone());
        tokio::spawn(async move { runner.run(stopped).await });
        let router = stele_api::router(api, settings);
        Self { router, ledger, clock, live, deliverer, passwords, files, folder, _stop: stop }
    }

    /// Takes someone in and signs them in; their access token.
    pub(crate) async fn sign_in(&self, name: &str, roles: &[Role]) -> String {
        self.register(name, roles).await;
        let session = self.login(&format!("{name}@example.org"), PASSWORD).await;
        session["token"].as_str().unwrap_or_else(|| panic!("no token in {session}")).to_owned()
    }

    /// Takes someone in.
    pub(crate) async fn register(&self, name: &str, roles: &[Role]) {
        let email = format!("{name}@example.org");
        let registration = Registration {
            kind: ParticipantKind::Human,
            name: name.to_owned(),
            email,
            password: PASSWORD.to_owned(),
            roles: roles.to_vec(),
        };
        let key = format!("register {name}").try_into().expect("a valid key");
        register(&self.ledger, &self.passwords, registration, None, key, Fingerprint::of(b"test"))
            .await
            .expect("registered");
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> Value {
        let query = "mutation($email: String!, $password: String!) { login(email: $email, password: $password) {
            __typename ... on Session { token roles } ... on Refusal { code message } } }";
        let answer = self.ask(None, query, json!({ "email": email, "password": password })).await;
        answer["data"]["login"].clone()
    }

    /// Returns once every view includes all that has been recorded.
    pub(crate) async fn views_caught_up(&self) {
        let head = self.ledger.head().await.expect("a head").position();
        let patience = std::time::Duration::from_mins(1);
        Runner::wait_for(&self.ledger, &ViewName::ALL, head, patience).await.expect("the views go on");
    }

    /// Sends a GraphQL request, and returns the answer whole.
    pub(crate) async fn ask(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        let (status, answer) = self.post(token, query, variables).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer
    }

    pub(crate) async fn post(&self, token: Option<&str>, query: &str, variables: Value) -> (StatusCode, Value) {
        let mut request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = json!({ "query": query, "variables": variables }).to_string();
        let request = request.body(Body::from(body)).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1 << 24).await.expect("a body");
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// Carries a mutation out that is expected to succeed; what it answers with.
    pub(crate) async fn mutate(&self, token: &str, name: &str, input: Value, key: &str, fields: &str) -> Value {
        let type_name = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
        let query = format!(
            "mutation($input: {type_name}!, $key: String!) {{ {name}(input: $input, idempotencyKey: $key) {{
                __typename {fields} ... on Refusal {{ code message }} }} }}"
        );
        let answer = self.ask(Some(token), &query, json!({ "input": input, "key": key })).await;
        assert!(answer["errors"].is_null(), "{name}: {answer}");
        answer["data"][name].clone()
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 1 << 24).await.expect("a body");
        (status, String::from_utf8(bytes.to_vec()).expect("text"))
    }
}
