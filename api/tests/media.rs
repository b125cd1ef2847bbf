//! Files are taken from those who may send them, and given to whoever has a signed address: whole, in part, or not at all.

mod support;

use std::{convert::Infallible, fs, io, path::Path, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use futures::{StreamExt, stream};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_api::{
    MediaSettings, Settings, UrlSigner,
    account::{TokenKey, keep_erasing},
};
use stele_domain::{SubjectId, Timestamp, participant::Role};
use stele_ledger::{CommandContext, Fingerprint};
use support::Server;
use tower::ServiceExt;
use uuid::Uuid;

/// The largest file that is taken here.
const LIMIT: u64 = 1 << 20;

/// A PNG of 640 by 480 pixels, as far as anyone looks, and of so many bytes.
fn png(bytes: usize) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x02\0\0\0".to_vec();
    let mut random = StdRng::seed_from_u64(bytes as u64);
    png.extend((png.len()..bytes).map(|_| random.random::<u8>()));
    png
}

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().expect("a valid time")
}

/// An answer, read to its end.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// What it is refused with.
    fn refusal(&self) -> (u16, String) {
        let answer = self.json();
        assert!(answer["message"].as_str().is_some_and(|reason| !reason.is_empty()), "{answer}");
        (self.status.as_u16(), answer["code"].as_str().unwrap_or_default().to_owned())
    }
}

async fn send(server: &Server, request: Request<Body>) -> Answer {
    let response = server.router.clone().oneshot(request).await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body(), 1 << 24).await.expect("a body");
    Answer { status, headers, body }
}

/// A server, a manager, and a project of theirs.
struct Desk {
    server: Server,
    manager: String,
    project: String,
}

impl Desk {
    async fn open(options: &PgConnectOptions) -> Self {
        Self::open_named(options, "test").await
    }

    async fn open_named(options: &PgConnectOptions, ledger: &str) -> Self {
        let media = MediaSettings { limit: LIMIT, idle: Duration::from_millis(200) };
        let server = Server::start_named(options, ledger, now(), Settings { media, ..Settings::default() }).await;
        let manager = server.sign_in("mary", &[Role::Manager]).await;
        let project = project(&server, &manager, "Photographs").await;
        Self { server, manager, project }
    }

    /// Sends a file for the project; `more` is added to the address.
    async fn upload(&self, token: Option<&str>, kind: &str, more: &str, body: impl Into<Body>) -> Answer {
        let mut request = Request::post(format!("/media?project={}{more}", self.project));
        request = request.header(header::CONTENT_TYPE, kind);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        send(&self.server, request.body(body.into()).expect("a request")).await
    }

    /// Sends a PNG that is taken; what is told of it.
    async fn uploaded(&self, more: &str, png: Vec<u8>) -> Value {
        let answer = self.upload(Some(&self.manager), "image/png", more, png).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.json());
        answer.json()
    }

    async fn read(&self, url: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask(Method::GET, url, headers).await
    }

    async fn ask(&self, method: Method, url: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        send(&self.server, request.body(Body::empty()).expect("a request")).await
    }

    /// The files on disk, those of uploads under way as well.
    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(self.server.folder.path(), &mut found);
        found
    }
}

async fn project(server: &Server, manager: &str, name: &str) -> String {
    let questions = json!([{ "key": "why", "title": "Why?", "kind": { "text": { "maxLength": 100 } } }]);
    let input = json!({ "name": name, "questions": questions });
    let created = server.mutate(manager, "createProject", input, name, "... on ProjectCreated { projectId }").await;
    created["projectId"].as_str().expect("an id").to_owned()
}

fn collect(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("listed").path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push(path.display().to_string());
        }
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {value}"))
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_file_is_taken_from_who_may_create_tasks(_: PgPoolOptions, options: PgConnectOptions) {
    let desk = Desk::open(&options).await;
    let server = &desk.server;
    let png = png(3_000);
    let refused = desk.upload(None, "image/png", "", png.clone()).await.refusal();
    assert_eq!(refused, (401, "UNAUTHENTICATED".to_owned()));
    let refused = desk.upload(Some("a.b.c"), "image/png", "", png.clone()).await.refusal();
    assert_eq!(refused, (401, "UNAUTHENTICATED".to_owned()));
    for role in [Role::Admin, Role::Annotator, Role::Reviewer, Role::Researcher, Role::Auditor, Role::Compliance] {
        let token = server.sign_in(role.as_str(), &[role]).await;
        let refused = desk.upload(Some(&token), "image/png", "", png.clone()).await.refusal();
        assert_eq!(refused, (403, "FORBIDDEN".to_owned()), "{role}");
    }
    // a program of the manager's that may read, and no more
    let query = "mutation($input: CreateAccessTokenInput!) { createAccessToken(input: $input) {
        ... on AccessTokenCreated { token } } }";
    let input = json!({ "name": "reader", "level": "READ", "expiresAt": "2026-03-01T00:00:00Z" });
    let made = server.ask(Some(&desk.manager), query, json!({ "input": input })).await;
    let reader = made["data"]["createAccessToken"]["token"].as_str().expect("a token");
    let refused = desk.upload(Some(reader), "image/png", "", png.clone()).await.refusal();
    assert_eq!(refused, (403, "FORBIDDEN".to_owned()), "a token for reading");
    // a manager of another project
    let admin = server.sign_in("founder", &[Role::Admin]).await;
    let other = project(server, &desk.manager, "Letters").await;
    let guest = server.sign_in("guest", &[]).await;
    let viewer = server.ask(Some(&guest), "{ viewer { participantId } }", json!({})).await;
    let input =
        json!({ "participantId": viewer["data"]["viewer"]["participantId"], "role": "MANAGER", "projectId": other });
    let granted = server.mutate(&admin, "grantRole", input, "g", "").await;
    assert!(granted["code"].is_null(), "{granted}");
    let refused = desk.upload(Some(&guest), "image/png", "", png.clone()).await.refusal();
    assert_eq!(refused, (403, "FORBIDDEN".to_owned()));
    let theirs = Desk { project: other, ..desk };
    assert_eq!(theirs.upload(Some(&guest), "image/png", "", png.clone()).await.status, StatusCode::CREATED);
    let nowhere = Desk { project: Uuid::from_u128(9).to_string(), ..theirs };
    let refused = nowhere.upload(Some(&guest), "image/png", "", png.clone()).await.refusal();
    assert_eq!(refused, (403, "FORBIDDEN".to_owned()), "as a project of others");
    let refused = nowhere.upload(Some(&nowhere.manager), "image/png", "", png.clone()).await.refusal();
    assert_eq!(refused, (404, "PROJECT_NOT_FOUND".to_owned()));
    let unclear = Desk { project: "x".to_owned(), ..nowhere };
    let refused = unclear.upload(Some(&unclear.manager), "image/png", "", png).await.refusal();
    assert_eq!(refused, (400, "BAD_REQUEST".to_owned()));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_file_is_given_back_as_it_was_sent(_: PgPoolOptions, options: PgConnectOptions) {
    let desk = Desk::open(&options).await;
    let png = png(200_000);
    let taken = desk.uploaded("", png.clone()).await;
    let (digest, url) = (text(&taken, "digest"), text(&taken, "url"));
    assert_eq!(digest, hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&png)));
    let mut told = taken.clone();
    told.as_object_mut().expect("an object").retain(|name, _| name != "url" && name != "url_expires_at");
    let expected = json!({ "digest": digest, "media_type": "image/png", "bytes": 200_000, "width": 640, "height": 480,
        "duration_ms": null, "subject": null });
    assert_eq!(told, expected);
    assert_eq!(taken["url_expires_at"], "2026-01-01T00:05:00.000000Z");
    assert_eq!(desk.uploaded("", png.clone()).await["digest"], digest, "the same file is the same file");
    assert_eq!(desk.files().len(), 1);

    let whole = desk.read(url, &[]).await;
    assert_eq!(whole.status, StatusCode::OK);
    assert!(whole.body == png, "the bytes that were sent");
    let etag = format!("\"{digest}\"");
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-length", "200000"),
        ("content-disposition", "inline"),
        ("cache-control", "private, max-age=300"),
        ("accept-ranges", "bytes"),
        ("etag", &etag),
        ("content-security-policy", "sandbox"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
    ] {
        assert_eq!(whole.headers[name], value, "{name}");
    }
    let head = desk.ask(Method::HEAD, url, &[("range", "bytes=0-9")]).await;
    assert_eq!((head.status, &head.headers["content-length"]), (StatusCode::OK, &whole.headers["content-length"]));
    assert!(head.body.is_empty());
    let known = desk.read(url, &[("if-none-match", &format!("\"x\", W/{etag}"))]).await;
    assert_eq!(
        (known.status, known.body.len(), &known.headers["etag"]),
        (StatusCode::NOT_MODIFIED, 0, &whole.headers["etag"])
    );
    assert_eq!(desk.read(url, &[("if-none-match", "\"x\"")]).await.status, StatusCode::OK);

    // what a sound lasts is what it says, or else what is said of it
    let wav = [
        b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\xc0\x5d\0\0".as_slice(),
        &[0; 100],
    ];
    let token = Some(desk.manager.as_str());
    let sound = desk.upload(token, "audio/x-wav", "&duration_ms=7", wav.concat()).await.json();
    assert_eq!((&sound["media_type"], &sound["duration_ms"]), (&json!("audio/wav"), &json!(1_500)));
    let sound = desk.upload(token, "audio/mpeg", "&duration_ms=7", b"ID3\x04\0\0\0\0\0\0".to_vec()).await.json();
    assert_eq!((&sound["duration_ms"], &sound["width"]), (&json!(7), &Value::Null));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_file_that_is_not_what_it_is_said_to_be_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let desk = Desk::open(&options).await;
    let html = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>".to_vec();
    let svg =
        b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec();
    let gif_page = [b"GIF89a".as_slice(), &[0; 4], b"<script>alert(1)</script>"].concat();
    for (kind, file, expected) in [
        ("image/png", html.clone(), (415, "TYPE_MISMATCH")),
        ("image/png", svg.clone(), (415, "TYPE_MISMATCH")),
        ("image/jpeg", png(100), (415, "TYPE_MISMATCH")),
        ("video/mp4", png(100), (415, "TYPE_MISMATCH")),
        ("image/png", Vec::new(), (415, "TYPE_MISMATCH")),
        ("image/png", b"\x89PN".to_vec(), (415, "TYPE_MISMATCH")),
        ("text/html", html, (415, "UNSUPPORTED_TYPE")),
        ("image/svg+xml", svg, (415, "UNSUPPORTED_TYPE")),
        ("application/octet-stream", png(100), (415, "UNSUPPORTED_TYPE")),
        ("image/png", png(100)[..18].to_vec(), (422, "UNREADABLE_IMAGE")),
        // a GIF without a size
        ("image/gif", gif_page, (422, "UNREADABLE_IMAGE")),
        ("image/jpeg", [b"\xff\xd8\xff\xe0".as_slice(), &[0; 500]].concat(), (422, "UNREADABLE_IMAGE")),
    ] {
        let refused = desk.upload(Some(&desk.manager), kind, "", file).await.refusal();
        assert_eq!((refused.0, refused.1.as_str()), expected, "{kind}");
    }
    let refused = desk.upload(Some(&desk.manager), "image/png", "&duration_ms=5", png(100)).await.refusal();
    assert_eq!(refused, (400, "BAD_REQUEST".to_owned()));
    let refused = desk.upload(Some(&desk.manager), "image/png", "&subjekt=5", png(100)).await.refusal();
    assert_eq!(refused, (400, "BAD_REQUEST".to_owned()), "what is not known is not passed over");
    assert_eq!(desk.files(), Vec::<String>::new());
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_does_not_come_to_its_end_leaves_nothing_behind(_: PgPoolOptions, options: PgConnectOptions) {
    let desk = Desk::open(&options).await;
    let pieces = |bytes: usize| {
        let pieces: Vec<_> = png(bytes).chunks(60_000).map(Bytes::copy_from_slice).collect();
        stream::iter(pieces.into_iter().map(Ok::<_, io::Error>))
    };
    let limit = usize::try_from(LIMIT).expect("it fits");
    for subject in [String::new(), format!("&subject={}", Uuid::from_u128(5))] {
        let token = Some(desk.manager.as_str());
        let body = Body::from_stream(pieces(limit + 1));
        let refused = desk.upload(token, "image/png", &subject, body).await.refusal();
        assert_eq!(refused, (413, "TOO_LARGE".to_owned()), "it says no length, and is too long");
        let cut = pieces(limit - 1).chain(stream::once(async { Err(io::Error::other("cut")) }));
        let refused = desk.upload(token, "image/png", &subject, Body::from_stream(cut)).await.refusal();
        assert_eq!(refused, (400, "BROKEN_OFF".to_owned()));
        let silent = Body::from_stream(pieces(limit - 1).chain(stream::pending()));
        let refused = desk.upload(token, "image/png", &subject, silent).await.refusal();
        assert_eq!(refused, (408, "TIMED_OUT".to_owned()));
        assert_eq!(desk.files(), Vec::<String>::new());
    }
    let never = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let mut request =
        Request::post(format!("/media?project={}", desk.project)).header(header::CONTENT_LENGTH, LIMIT + 1);
    request =
        request.header(header::CONTENT_TYPE, "video/mp4").header("authorization", format!("Bearer {}", desk.manager));
    let refused = send(&desk.server, request.body(never).expect("a request")).await.refusal();
    assert_eq!(refused, (413, "TOO_LARGE".to_owned()), "it says that it is too long, and is not waited for");
    let fits = desk.upload(Some(&desk.manager), "image/png", "", png(limit)).await;
    assert_eq!(fits.status, StatusCode::CREATED, "larger than what GraphQL takes in no time, and just not too large");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn only_a_signed_address_works_and_only_for_its_time(_: PgPoolOptions, options: PgConnectOptions) {
    let desk = Desk::open(&options).await;
    let taken = desk.uploaded("", png(100)).await;
    let (digest, url) = (text(&taken, "digest").to_owned(), text(&taken, "url").to_owned());
    let other = text(&desk.uploaded("", png(200)).await, "digest").to_owned();
    let last = if url.ends_with('0') { "1" } else { "0" };
    let wrong = (403, "WRONG_SIGNATURE".to_owned());
    for tampered in [
        format!("/media/{digest}"),
        format!("/media/{digest}?expires=99999999999"),
        format!("{}{last}", &url[..url.len() - 1]),
        url[..url.len() - 2].to_owned(),
        url.replace(&digest, &other),
        url.replace("expires=", "expires=9"),
        url.replace("expires=", "expires=+"),
        url.replace("expires=", "expires=x"),
    ] {
        assert_eq!(desk.read(&tampered, &[]).await.refusal(), wrong, "{tampered}");
    }
    let bearer = format!("Bearer {}", desk.manager);
    let read = desk.read(&format!("/media/{digest}"), &[("authorization", &bearer)]).await;
    assert_eq!(read.refusal(), wrong, "a token is no signature");
    desk.server.clock.advance(299);
    let read = desk.read(&url, &[]).await;
    assert_eq!(
        (read.status, &read.headers["cache-control"]),
        (StatusCode::OK, &"private, max-age=1".parse().expect("a value"))
    );
    desk.server.clock.advance(1);
    assert_eq!(desk.read(&url, &[]).await.refusal(), (403, "EXPIRED".to_owned()));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn an_address_names_a_file_and_no_path(_: PgPoolOptions, options: PgConnectOptions) {
    let desk = Desk::open(&options).await;
    let taken = desk.uploaded("", png(100)).await;
    let (digest, url) = (text(&taken, "digest"), text(&taken, "url"));
    fs::write(desk.server.folder.path().join("secret"), "secret").expect("written");
    let (_, query) = url.split_once('?').expect("a query");
    let stored = format!("{}/{}/{digest}", &digest[..2], &digest[2..4]);
    for path in [
        "../secret",
        "..%2fsecret",
        "..%2Fsecret",
        "%2e%2e%2fsecret",
        "%252e%252e%252fsecret",
        "..%5csecret",
        "%c0%ae%c0%ae%c0%afsecret",
        "%2fetc%2fpasswd",
        "....%2f%2fsecret",
        "secret%00",
        "secret",
        "uploads",
        &stored.replace('/', "%2f"),
        &stored,
        &digest.to_uppercase(),
        &format!("{digest}%00"),
        &format!("{digest}/../secret"),
        &format!("%2e%2f{digest}"),
    ] {
        let read = desk.read(&format!("/media/{path}?{query}"), &[]).await;
        assert!(matches!(read.status.as_u16(), 400 | 404), "{path}: {}", read.status);
        assert!(!read.body.windows(6).any(|bytes| bytes == b"secret"), "{path}");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_file_is_of_one_workspace(_: PgPoolOptions, options: PgConnectOptions) {
    let ours = Desk::open_named(&options, "ours").await;
    let theirs = Desk::open_named(&options, "theirs").await;
    let taken = ours.uploaded("", png(100)).await;
    // both servers have one key and, for all they know, one store
    let refused = theirs.read(text(&taken, "url"), &[]).await.refusal();
    assert_eq!(refused, (403, "WRONG_SIGNATURE".to_owned()));
    let signer = UrlSigner::new(theirs.server.ledger.id(), &TokenKey::new([7; 32]));
    let url = signer.sign(text(&taken, "digest").parse().expect("an id"), now()).url;
    assert_eq!(theirs.read(&url, &[]).await.refusal(), (404, "NOT_FOUND".to_owned()));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn any_range_is_exact_whether_the_file_is_sealed_or_not(_: PgPoolOptions, options: PgConnectOptions) {
    let desk = Desk::open(&options).await;
    let length = 3 * stele_media::CHUNK + 17;
    let png = png(length);
    let mut random = StdRng::seed_from_u64(4);
    for subject in [String::new(), format!("&subject={}", Uuid::from_u128(5))] {
        let taken = desk.uploaded(&subject, png.clone()).await;
        let (digest, url) = (text(&taken, "digest"), text(&taken, "url"));
        let near = |random: &mut StdRng| {
            // where chunks meet, and anywhere
            let edge = random.random_range(0..=3) * stele_media::CHUNK;
            if random.random() {
                (edge + random.random_range(0..5)).saturating_sub(2)
            } else {
                random.random_range(0..length)
            }
        };
        for _ in 0..150 {
            let (one, two) = (near(&mut random).min(length - 1), near(&mut random));
            let (first, last) = (one.min(two), one.max(two));
            let (asked, expected) = match random.random_range(0..3) {
                0 => (format!("bytes={first}-{last}"), first..(last + 1).min(length)),
                1 => (format!("bytes={first}-"), first..length),
                _ => (format!("bytes=-{}", first + 1), length - (first + 1)..length),
            };
            let part = desk.read(url, &[("range", &asked), ("if-range", &format!("\"{digest}\""))]).await;
            assert_eq!(part.status, StatusCode::PARTIAL_CONTENT, "{asked}");
            let place = format!("bytes {}-{}/{length}", expected.start, expected.end - 1);
            assert_eq!(part.headers["content-range"], place, "{asked}");
            assert_eq!(part.headers["content-length"], expected.len().to_string(), "{asked}");
            assert!(part.body == png[expected], "{asked}");
        }
        for asked in [format!("bytes={length}-"), "bytes=-0".to_owned()] {
            let outside = desk.read(url, &[("range", &asked)]).await;
            assert_eq!(outside.refusal(), (416, "RANGE_NOT_SATISFIABLE".to_owned()), "{asked}");
            assert_eq!(outside.headers["content-range"], format!("bytes */{length}"));
        }
        for headers in [&[("range", "bytes=0-1,5-6")][..], &[("range", "bytes=0-1"), ("if-range", "\"other\"")]] {
            let whole = desk.read(url, headers).await;
            assert_eq!((whole.status, whole.headers.get("content-range")), (StatusCode::OK, None), "{headers:?}");
            assert!(whole.body == png, "{headers:?}");
        }
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_belongs_to_somebody_is_sealed_and_goes_with_them(_: PgPoolOptions, options: PgConnectOptions) {
    let desk = Desk::open(&options).await;
    let compliance = desk.server.sign_in("carl", &[Role::Compliance]).await;
    let [grace, alan] = [Uuid::from_u128(5), Uuid::from_u128(6)];
    let png = png(2_000);
    let of = |subject: Uuid| format!("&subject={subject}");
    let first = desk.uploaded(&of(grace), png.clone()).await;
    let second = desk.uploaded(&of(grace), png.clone()).await;
    let others = desk.uploaded(&of(alan), png.clone()).await;
    let nobodys = desk.uploaded("", png.clone()).await;
    assert_eq!((&first["subject"], &first["bytes"]), (&json!(grace), &json!(2_000)));
    assert_ne!(first["digest"], second["digest"], "each file has a key of its own");
    for file in desk.files() {
        let stored = fs::read(&file).expect("readable");
        let is_clear = stored.windows(20).any(|bytes| *bytes == png[1_000..1_020]);
        assert_eq!(is_clear, file.ends_with(text(&nobodys, "digest")), "{file}");
    }
    let read = desk.read(text(&first, "url"), &[]).await;
    assert!(read.body == png);
    assert_eq!(read.headers["cache-control"], "private, no-store");

    let input = json!({ "subjectId": grace, "basis": "GDPR Art. 17(1)(b)", "reference": "DSR-17" });
    desk.server.mutate(&compliance, "eraseSubject", input, "e", "... on Erasure { position }").await;
    for erased in [&first, &second] {
        assert_eq!(desk.read(text(erased, "url"), &[]).await.refusal(), (410, "ERASED".to_owned()));
    }
    for left in [&others, &nobodys] {
        assert!(desk.read(text(left, "url"), &[]).await.body == png);
    }
    assert_eq!(desk.files().len(), 2, "the bytes are gone, too");
    let refused = desk.upload(Some(&desk.manager), "image/png", &of(grace), png.clone()).await.refusal();
    assert_eq!(refused, (410, "ERASED".to_owned()), "nothing more is kept of them");

    // a process that dies right after the key is destroyed leaves the rest to others
    let context = CommandContext {
        actor: None,
        key: Uuid::from_u128(8).into(),
        fingerprint: Fingerprint::of(b""),
        occurred_at: None,
        correlation_id: None,
    };
    let alan = SubjectId::from(alan);
    desk.server.ledger.erase(alan, &context, "asked".into(), "1".into()).await.expect("erased");
    assert_eq!(desk.read(text(&others, "url"), &[]).await.refusal(), (410, "ERASED".to_owned()));
    assert_eq!(desk.files().len(), 2);
    let gone = async {
        while desk.files().len() > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = keep_erasing(desk.server.ledger.clone(), desk.server.files.clone()) => {}
        () = gone => {}
    }
    assert!(desk.read(text(&nobodys, "url"), &[]).await.body == png);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_damaged_file_is_not_given_to_its_end(_: PgPoolOptions, options: PgConnectOptions) {
    let desk = Desk::open(&options).await;
    let taken = desk.uploaded(&format!("&subject={}", Uuid::from_u128(5)), png(100_000)).await;
    let file = desk.files().pop().expect("a file");
    let mut stored = fs::read(&file).expect("readable");
    stored[70_000] ^= 1;
    fs::write(&file, &stored).expect("written");
    let url = text(&taken, "url");
    let request = Request::get(url).body(Body::empty()).expect("a request");
    let response = desk.server.router.clone().oneshot(request).await.expect("an answer");
    assert!(to_bytes(response.into_body(), 1 << 24).await.is_err(), "it breaks off");
    assert_eq!(desk.read(url, &[("range", "bytes=0-99")]).await.status, StatusCode::PARTIAL_CONTENT);
    stored.pop();
    fs::write(&file, &stored).expect("written");
    assert_eq!(desk.read(url, &[]).await.refusal(), (500, "INTERNAL".to_owned()), "its length is wrong");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_file_is_shown_to_whoever_claims_its_task_and_marked_within_its_edges(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let desk = Desk::open(&options).await;
    let png = png(10_000);
    let digest = desk.uploaded("", png.clone()).await["digest"].clone();
    let question = json!({ "key": "cats", "title": "Where are cats?", "kind": { "boxes": { "content": "photo" } } });
    let input = json!({ "name": "Cats", "questions": [question] });
    let project =
        desk.server.mutate(&desk.manager, "createProject", input, "cats", "... on ProjectCreated { projectId }");
    let project = project.await["projectId"].clone();
    let task = |media: Value| json!({ "projectId": project, "content": [{ "name": "photo", "media": media }] });
    let fields = "... on TaskCreated { taskId } ... on Refusal { code }";
    let nobodys = "0".repeat(64);
    let refused = desk.server.mutate(&desk.manager, "createTask", task(json!(nobodys)), "t1", fields).await;
    assert_eq!(refused["code"], "UNKNOWN_MEDIA", "{refused}");
    let mut owned = task(digest.clone());
    owned["content"][0]["subjectId"] = json!(Uuid::from_u128(7));
    let refused = desk.server.mutate(&desk.manager, "createTask", owned, "t3", fields).await;
    assert!(text(&refused, "message").contains("a file says itself whose it is"), "{refused}");
    let created = desk.server.mutate(&desk.manager, "createTask", task(digest.clone()), "t2", fields).await;
    assert_eq!(created["__typename"], "TaskCreated", "{created}");
    desk.server.views_caught_up().await;

    let annotator = desk.server.sign_in("anna", &[Role::Annotator]).await;
    let shown = "... on TaskClaimed { assignmentId task { id content { kind media { digest width height url } } } }";
    let claim = json!({ "projectId": project });
    let claimed = desk.server.mutate(&annotator, "claimTask", claim, "c", shown).await;
    let content = &claimed["task"]["content"][0];
    assert_eq!((&content["kind"], &content["media"]["digest"]), (&json!("IMAGE"), &digest), "{claimed}");
    let read = desk.read(text(&content["media"], "url"), &[]).await;
    assert_eq!((read.status, read.body), (StatusCode::OK, png.into()));

    let answer = |width: u32| {
        let cats =
            json!({ "question": "cats", "value": { "boxes": [{ "x": 1, "y": 2, "width": width, "height": 3 }] } });
        json!({ "taskId": claimed["task"]["id"], "assignmentId": claimed["assignmentId"], "answers": [cats] })
    };
    let fields = "... on AnnotationSubmitted { annotationId } ... on Refusal { code message }";
    let beyond = desk.server.mutate(&annotator, "submitAnnotation", answer(640), "s1", fields).await;
    assert!(text(&beyond, "message").contains("cats"), "{beyond}");
    let within = desk.server.mutate(&annotator, "submitAnnotation", answer(639), "s2", fields).await;
    assert_eq!(within["__typename"], "AnnotationSubmitted", "{within}");
}
