//! Signing in by an issuer that others have made: `scripts/with-issuer` starts it.
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::{env, sync::Arc};

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_api::{
    Settings,
    account::{Issuer, IssuerSettings, RegistrationMode},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use url::Url;

use crate::support::{PASSWORD, Server};

/// Begins a visit, in a session or to sign in; where to go, and the handle.
async fn begin(server: &Server, session: Option<&str>) -> (Url, Value) {
    let call = match session {
        Some(_) => format!("begin: beginExternalLink(password: \"{PASSWORD}\")"),
        None => "begin: beginExternalLogin".to_owned(),
    };
    let query = format!("mutation {{ {call} {{ ... on ExternalLoginBegun {{ authorizationUrl handle }} }} }}");
    let begun = server.ask(session, &query, Value::Null).await["data"]["begin"].clone();
    let url = begun["authorizationUrl"].as_str().unwrap_or_else(|| panic!("{begun}"));
    (url.parse().expect("an address"), begun["handle"].clone())
}

/// Goes there as a browser does, and says to the issuer who one is; the address that it sends the browser back to.
async fn visit(url: &Url, subject: &str) -> Url {
    let authority = url.authority();
    let mut stream = TcpStream::connect(authority).await.expect("the issuer is there");
    let (target, form) = (&url[url::Position::BeforePath..], format!("sub={subject}"));
    let request = format!(
        "POST {target} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{form}",
        form.len()
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    let is_location =
        |line: &str| line.split_at_checked(10).is_some_and(|(name, _)| name.eq_ignore_ascii_case("location: "));
    let location = answer.lines().find(|line| is_location(line)).unwrap_or_else(|| panic!("{answer}"));
    location[10..].parse().expect("an address")
}

fn parameter(back: &Url, name: &str) -> String {
    let found = back.query_pairs().find(|(key, _)| key == name);
    found.unwrap_or_else(|| panic!("no {name} in {back}")).1.into_owned()
}

/// Completes a visit with the address that one was sent back to.
async fn complete(server: &Server, session: Option<&str>, back: &Url, handle: &Value) -> Value {
    send(server, session, handle, &parameter(back, "state"), &parameter(back, "code")).await
}

async fn send(server: &Server, session: Option<&str>, handle: &Value, state: &str, code: &str) -> Value {
    let done = match session {
        Some(_) => "completeExternalLink(input: $input) { __typename",
        None => "completeExternalLogin(input: $input) { __typename ... on Session { participantId }",
    };
    let input = json!({ "handle": handle, "state": state, "code": code });
    let query = format!("mutation($input: ExternalReturn!) {{ done: {done} ... on Refusal {{ code }} }} }}");
    server.ask(session, &query, json!({ "input": input })).await["data"]["done"].clone()
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
#[expect(clippy::disallowed_methods, reason = "the issuer goes by the clock")]
async fn an_issuer_that_others_have_made_is_understood(_: PgPoolOptions, options: PgConnectOptions) {
    let Ok(issuer) = env::var("STELE_TEST_ISSUER") else {
        eprintln!("skipped: there is no issuer; scripts/with-issuer starts one");
        return;
    };
    let settings = IssuerSettings {
        issuer,
        client_id: "stele".to_owned(),
        client_secret: Some("a secret".to_owned().into()),
        redirect_uri: "https://console.example.org/back".to_owned(),
    };
    let issuer = Some(Arc::new(Issuer::new(settings).expect("an issuer")));
    let settings = Settings { registration: RegistrationMode::Direct, issuer, ..Settings::default() };
    let server = Server::start_with(&options, chrono::Utc::now().into(), settings).await;
    let ada = server.sign_in("ada", &[]).await;
    let (url, handle) = begin(&server, Some(&ada)).await;
    let linked = complete(&server, Some(&ada), &visit(&url, "ada-there").await, &handle).await;
    assert_eq!(linked["__typename"], "ExternalIdentityLinked", "{linked}");

    let (url, handle) = begin(&server, None).await;
    let session = complete(&server, None, &visit(&url, "ada-there").await, &handle).await;
    let me = server.ask(Some(&ada), "{ viewer { participantId } }", Value::Null).await;
    assert_eq!(session["participantId"], me["data"]["viewer"]["participantId"], "{session}");

    let (url, handle) = begin(&server, None).await;
    let stranger = complete(&server, None, &visit(&url, "eve-there").await, &handle).await;
    assert_eq!(stranger["code"], "EXTERNAL_LOGIN_FAILED", "{stranger}");

    // the issuer itself refuses the code of another visit: its verifier is another
    let ((stolen, _), (url, handle)) = (begin(&server, None).await, begin(&server, None).await);
    let code = parameter(&visit(&stolen, "ada-there").await, "code");
    let injected = send(&server, None, &handle, &parameter(&url, "state"), &code).await;
    assert_eq!(injected["code"], "EXTERNAL_LOGIN_FAILED", "{injected}");
}
