//! What the edge keeps out: guessed passwords, pages of other origins, requests that ask for too much.

mod support;

use std::net::{IpAddr, SocketAddr};

use axum::{
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_api::Settings;
use stele_domain::participant::Role;
use support::{PASSWORD, Server};
use tower::ServiceExt;

const LOGIN: &str = "mutation($email: String!, $password: String!) { login(email: $email, password: $password) {
    ... on Session { token } ... on Refusal { code message } } }";

/// Sends a body from an address, with headers.
async fn send(server: &Server, from: &str, headers: &[(&str, &str)], body: String) -> (StatusCode, HeaderMap, Value) {
    let mut request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let peer = SocketAddr::new(from.parse::<IpAddr>().expect("an address"), 40_000);
    let request = request.extension(ConnectInfo(peer)).body(Body::from(body)).expect("a request");
    let response = server.router.clone().oneshot(request).await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = to_bytes(response.into_body(), 1 << 24).await.expect("a body");
    (status, headers, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

/// What somebody at an address is answered who tries to sign in.
async fn try_login(server: &Server, from: &str, forwarded: &str, email: &str, password: &str) -> Value {
    let body = json!({ "query": LOGIN, "variables": { "email": email, "password": password } }).to_string();
    let (_, _, answer) = send(server, from, &[("x-forwarded-for", forwarded)], body).await;
    let login = answer["data"]["login"].clone();
    if login["token"].is_string() { json!("in") } else { login["code"].clone() }
}

async fn start(options: &PgConnectOptions) -> Server {
    let settings = Settings {
        trusted_proxies: vec!["10.0.0.0/8".parse().expect("a network")],
        allowed_origins: vec!["https://console.example.org".parse().expect("an origin")],
        ..Settings::default()
    };
    let now = "2026-01-01T00:00:00Z".parse().expect("a valid time");
    Server::start_with(options, now, settings).await
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn guessing_passwords_comes_to_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = start(&options).await;
    server.register("ada", &[Role::Annotator]).await;
    server.register("bob", &[Role::Annotator]).await;
    // one address, many accounts: ten tries, whatever the header says that nobody vouches for
    for number in 0..10 {
        let email = format!("someone{number}@example.org");
        let forged = format!("198.51.100.{number}");
        assert_eq!(try_login(&server, "203.0.113.9", &forged, &email, "a guess").await, "WRONG_CREDENTIALS");
    }
    let ada = "ada@example.org";
    assert_eq!(try_login(&server, "203.0.113.9", "198.51.100.77", ada, PASSWORD).await, "RATE_LIMITED");
    assert_eq!(try_login(&server, "203.0.113.10", "", ada, PASSWORD).await, "in", "others are not in the way");
    // many addresses, one account, which need not exist
    for email in ["BOB@example.org ", "nobody@example.org"] {
        for number in 0..10 {
            let from = format!("192.0.2.{number}");
            assert_eq!(try_login(&server, &from, "", email, "a guess").await, "WRONG_CREDENTIALS");
        }
        assert_eq!(try_login(&server, "192.0.2.200", "", email.trim(), PASSWORD).await, "RATE_LIMITED");
    }
    // behind a proxy, the address is the one that the proxy writes, and not what the client put before it
    for number in 0..10 {
        let (email, forwarded) = (format!("other{number}@example.org"), format!("198.51.100.{number}, 203.0.113.50"));
        assert_eq!(try_login(&server, "10.0.0.1", &forwarded, &email, "a guess").await, "WRONG_CREDENTIALS");
    }
    assert_eq!(try_login(&server, "10.0.0.1", "8.8.8.8, 203.0.113.50", ada, PASSWORD).await, "RATE_LIMITED");
    assert_eq!(try_login(&server, "10.0.0.1", "203.0.113.51", ada, PASSWORD).await, "in");
    // a minute later
    server.clock.advance(60);
    assert_eq!(try_login(&server, "203.0.113.9", "", "bob@example.org", PASSWORD).await, "in");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn many_guesses_in_one_request_are_as_many_guesses(_: PgPoolOptions, options: PgConnectOptions) {
    let server = start(&options).await;
    let guesses = |count: usize| {
        let guess =
            |number| format!("g{number}: login(email: \"x@example.org\", password: \"{number}\") {{ __typename }}");
        let query = format!("mutation {{ {} }}", (0..count).map(guess).collect::<Vec<_>>().join(" "));
        json!({ "query": query }).to_string()
    };
    let (status, _, answer) = send(&server, "203.0.113.9", &[], guesses(11)).await;
    assert_eq!((status, answer["errors"][0]["extensions"]["code"].as_str()), (StatusCode::OK, Some("BAD_REQUEST")));
    assert!(answer["data"].is_null(), "{answer}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_request_that_asks_for_too_much_is_refused_whole(_: PgPoolOptions, options: PgConnectOptions) {
    let server = start(&options).await;
    server.register("mary", &[Role::Manager]).await;
    let token = server.login("mary@example.org", PASSWORD).await["token"].as_str().expect("a token").to_owned();
    let bearer = format!("Bearer {token}");
    let ask = async |query: &str| {
        let body = json!({ "query": query }).to_string();
        send(&server, "203.0.113.9", &[("authorization", &bearer)], body).await.2
    };
    let deep = format!("{{ {} viewer {{ participantId }} {} }}", "... on Query { ".repeat(3), "} ".repeat(3));
    assert!(ask(&deep).await["errors"].is_null());
    let nested = "{ projects(first: 100) { nodes { tasks(first: 100) { nodes { id } } } } }";
    let aliases: Vec<String> = (0..2_000).map(|number| format!("a{number}: projects {{ nodes {{ id }} }}")).collect();
    let bombs = [
        ("complexity", nested.to_owned()),
        ("aliases", format!("{{ {} }}", aliases.join(" "))),
        ("directives", format!("{{ viewer {{ participantId {} }} }}", "@include(if: true) ".repeat(50))),
        ("a fragment in itself", "{ ...A } fragment A on Query { viewer { participantId } ...A }".to_owned()),
        ("depth", format!("{}participantId{}", "{ viewer ".repeat(40), " }".repeat(40))),
        ("introspection", "{ __schema { types { name } } }".to_owned()),
    ];
    for (bomb, query) in bombs {
        let answer = ask(&query).await;
        let is_refused = answer["errors"][0]["message"].is_string() || answer["data"]["__schema"].is_null();
        assert!(is_refused && (answer["data"].is_null() || bomb == "introspection"), "{bomb}: {answer}");
    }
    let batch = json!([{ "query": "{ viewer { participantId } }" }, { "query": "{ viewer { participantId } }" }]);
    let (status, _, _) = send(&server, "203.0.113.9", &[("authorization", &bearer)], batch.to_string()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "a batch");
    let huge = "x".repeat(5 << 20);
    let length = huge.len().to_string();
    let (status, ..) = send(&server, "203.0.113.9", &[("content-length", &length)], huge).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn pages_of_other_origins_get_nothing(_: PgPoolOptions, options: PgConnectOptions) {
    let server = start(&options).await;
    let preflight = async |origin: &str| {
        let request = Request::builder()
            .method(Method::OPTIONS)
            .uri("/graphql")
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type");
        let request = request.body(Body::empty()).expect("a request");
        server.router.clone().oneshot(request).await.expect("an answer").headers().clone()
    };
    let ours = preflight("https://console.example.org").await;
    assert_eq!(ours["access-control-allow-origin"], "https://console.example.org");
    assert!(!ours.contains_key("access-control-allow-credentials"), "tokens are no cookies");
    for other in ["https://evil.example.org", "null", "https://console.example.org.evil.example"] {
        assert!(!preflight(other).await.contains_key("access-control-allow-origin"), "{other}");
    }
    let (_, headers, _) = send(&server, "203.0.113.9", &[], json!({ "query": "{ __typename }" }).to_string()).await;
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ] {
        assert_eq!(headers[name], value);
    }
}
