//! A film goes through a server that never holds it: it is generated as it is sent, and read as it is given.
//!
//! `STELE_MEDIA_BYTES` says how long it is; `make media` takes the 2 GiB that are allowed at most.

mod support;

use std::{
    fs,
    io::{self, Read},
    time::Instant,
};

use serde_json::{Value, json};
use support::{Home, PASSWORD, Running};
use ureq::{Agent, SendBody};

/// How much more memory the server may take, in KiB.
const MORE: u64 = 64 << 10;

/// How a film begins.
const START: &[u8] = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2\0\0\0\0mdat";

fn ask(agent: &Agent, server: &str, token: Option<&str>, query: &str, variables: &Value) -> Value {
    let mut request = agent.post(format!("{server}/graphql")).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut answer = request.send_json(json!({ "query": query, "variables": variables })).expect("an answer");
    answer.body_mut().read_json().expect("JSON")
}

/// What the process holds, in KiB: now (`VmRSS`), or at most until now (`VmHWM`).
fn memory(process: &Running, which: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix(which)?.strip_prefix(':'));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).expect("a figure")
}

#[test]
fn a_large_film_is_never_held_whole() {
    let bytes = std::env::var("STELE_MEDIA_BYTES").map_or(256 << 20, |bytes| bytes.parse().expect("a number"));
    let home = Home::new();
    let server = home.serve(&["serve"]);
    home.register("mary", &["manager"]);
    let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
    let url = server.url.strip_suffix("/graphql").expect("an address");
    let login =
        "mutation($p: String!) { login(email: \"mary@example.org\", password: $p) { ... on Session { token } } }";
    let token = ask(&agent, url, None, login, &json!({ "p": PASSWORD }))["data"]["login"]["token"].clone();
    let token = token.as_str().expect("signed in");
    let create = "mutation($i: CreateProjectInput!) { createProject(input: $i, idempotencyKey: \"p\") {
        ... on ProjectCreated { projectId } } }";
    let questions = json!([{ "key": "why", "title": "Why?", "kind": { "text": { "maxLength": 100 } } }]);
    let created = ask(&agent, url, Some(token), create, &json!({ "i": { "name": "Films", "questions": questions } }));
    let project = created["data"]["createProject"]["projectId"].as_str().unwrap_or_else(|| panic!("{created}"));

    for owner in ["", "&subject=0193a0b1-0000-7000-8000-000000000005"] {
        let before = memory(&server.process, "VmRSS");
        let started = Instant::now();
        let mut film = START.chain(io::repeat(0)).take(bytes);
        let mut answer = agent
            .post(format!("{url}/media?project={project}{owner}"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "video/mp4")
            .send(SendBody::from_reader(&mut film))
            .expect("an answer");
        let stored: Value = answer.body_mut().read_json().expect("JSON");
        assert_eq!((answer.status().as_u16(), &stored["bytes"]), (201, &json!(bytes)), "{stored}");
        let uploaded = started.elapsed();
        let address = format!("{url}{}", stored["url"].as_str().expect("an address"));

        for (range, expected) in [
            ("bytes=0-31".to_owned(), START.to_vec()),
            (format!("bytes={}-{}", bytes / 2 - 5, bytes / 2 + 4), vec![0; 10]),
            ("bytes=-7".to_owned(), vec![0; 7]),
        ] {
            let mut part = agent.get(&address).header("range", &range).call().expect("an answer");
            assert_eq!(part.status(), 206, "{range}");
            assert_eq!(part.body_mut().read_to_vec().expect("bytes"), expected, "{range}");
        }
        let started = Instant::now();
        let whole = agent.get(&address).call().expect("an answer");
        let read = io::copy(&mut whole.into_body().into_reader(), &mut io::sink()).expect("read to its end");
        assert_eq!(read, bytes);
        let more = memory(&server.process, "VmHWM").saturating_sub(before);
        println!(
            "{bytes} bytes, {}: sent in {uploaded:.1?}, read in {:.1?}; {before} KiB before, {more} KiB more at the most",
            if owner.is_empty() { "clear" } else { "sealed" },
            started.elapsed()
        );
        assert!(more < MORE, "the server took {more} KiB more");
    }
    server.process.interrupt();
}
