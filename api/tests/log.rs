//! The transparency log, read by a client that somebody else wrote.

mod support;

use std::cell::RefCell;

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::participant::Role;
use stele_ledger::{Anchor, LogSigner};
use stele_tlog::{Checkpoint, Entries, Tile, hash_leaf, tiles_of, verify_consistency, verify_inclusion};
use support::{Server, log_key};
use tower::ServiceExt;

/// Signs the history as it stands.
async fn sign(server: &Server, folder: &tempfile::TempDir) -> Checkpoint {
    let anchor = Anchor::at(folder.path().join("checkpoint"));
    let mut signer = LogSigner::new(server.ledger.clone(), log_key(), anchor);
    signer.sign().await.expect("signed").expect("a checkpoint")
}

async fn fetch(server: &Server, path: &str) -> (StatusCode, String, Vec<u8>) {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = server.router.clone().oneshot(request).await.expect("an answer");
    let caching = response.headers()[header::CACHE_CONTROL].to_str().expect("text").to_owned();
    let status = response.status();
    (status, caching, to_bytes(response.into_body(), 1 << 24).await.expect("a body").to_vec())
}

/// People who come in, each with an event or two.
async fn take_in(server: &Server, count: usize) {
    for number in 0..count {
        server.register(&format!("person{number}"), &[Role::Annotator]).await;
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_third_party_verifies_the_log(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, folder) = (Server::start(&options).await, tempfile::tempdir().expect("a folder"));
    let (status, ..) = fetch(&server, "/log/checkpoint").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    take_in(&server, 130).await;
    sign(&server, &folder).await;

    let (status, caching, note) = fetch(&server, "/log/checkpoint").await;
    assert_eq!((status, caching.as_str()), (StatusCode::OK, "no-store"));
    let verifiers = signed_note::VerifierList::new(vec![Box::new(
        signed_note::StandardVerifier::new(&log_key().verifier().to_string()).expect("a verifier key"),
    )]);
    let note = signed_note::Note::from_bytes(&note).expect("a note");
    let (verified, _) = note.verify(&verifiers).expect("signed by the ledger");
    assert_eq!(verified.len(), 1);
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text()).expect("a checkpoint");
    assert_eq!(checkpoint.origin(), "test");
    assert!(checkpoint.size() > 256, "more than one tile: {}", checkpoint.size());

    // the whole tree, recomputed by their code from our entries
    let reader = Hashes::default();
    for path in bundles(checkpoint.size()) {
        let (status, caching, bytes) = fetch(&server, &format!("/log/{path}")).await;
        assert_eq!((status, caching.contains("immutable")), (StatusCode::OK, true), "{path}");
        for entry in Entries::new(&bytes) {
            let entry = entry.expect("whole");
            let index = reader.leaves.take();
            let stored = tlog_tiles::stored_hashes(index, entry, &reader).expect("hashed");
            reader.hashes.borrow_mut().extend(stored);
            reader.leaves.set(index + 1);
        }
    }
    assert_eq!(reader.leaves.get(), checkpoint.size());
    let root = tlog_tiles::tree_hash(checkpoint.size(), &reader).expect("a root");
    assert_eq!(&root, checkpoint.hash());
}

#[derive(Default)]
struct Hashes {
    leaves: std::cell::Cell<u64>,
    hashes: RefCell<Vec<tlog_tiles::Hash>>,
}

impl tlog_tiles::HashReader for Hashes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::tlog::Error> {
        let hashes = self.hashes.borrow();
        Ok(indexes.iter().map(|index| hashes[usize::try_from(*index).expect("small")]).collect())
    }
}

fn bundles(size: u64) -> Vec<String> {
    stele_tlog::bundles_of(size).map(|bundle| bundle.to_string()).collect()
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn proofs_verify_against_checkpoints(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, folder) = (Server::start(&options).await, tempfile::tempdir().expect("a folder"));
    let token = server.sign_in("ada", &[Role::Auditor]).await;
    let old = sign(&server, &folder).await;
    take_in(&server, 5).await;
    let new = sign(&server, &folder).await;

    let query = "query($old: Position!) {
        ledger { position root checkpoint verifierKey }
        inclusionProof(position: 2) { position size leafHash hashes }
        consistencyProof(oldSize: $old) { oldSize newSize hashes } }";
    let answer = server.ask(Some(&token), query, json!({ "old": old.size() })).await;
    let data = &answer["data"];
    let ledger = &data["ledger"];
    let verifier = ledger["verifierKey"].as_str().expect("a key").parse().expect("a verifier key");
    let note = ledger["checkpoint"].as_str().expect("a note");
    assert_eq!(Checkpoint::open(note, &verifier).expect("signed"), new);
    assert_eq!(ledger["root"], hex::encode(new.root()));

    let proof = &data["inclusionProof"];
    assert_eq!((&proof["position"], &proof["size"]), (&json!(2), &json!(new.size())));
    let leaf = hash(&proof["leafHash"]);
    verify_inclusion(&leaf, 1, new.size(), &hashes(&proof["hashes"]), &new.root()).expect("it is in there");
    let (_, _, entries) = fetch(&server, &format!("/log/{}", bundles(new.size())[0])).await;
    let entry = Entries::new(&entries).nth(1).expect("a second entry").expect("whole");
    assert_eq!(hash_leaf(entry), leaf);

    let proof = &data["consistencyProof"];
    assert_eq!((&proof["oldSize"], &proof["newSize"]), (&json!(old.size()), &json!(new.size())));
    let grown = verify_consistency(old.size(), &old.root(), new.size(), &new.root(), &hashes(&proof["hashes"]));
    grown.expect("it has only grown");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_is_not_there_is_refused(_: PgPoolOptions, options: PgConnectOptions) {
    let (server, folder) = (Server::start(&options).await, tempfile::tempdir().expect("a folder"));
    let token = server.sign_in("ada", &[Role::Auditor]).await;
    let checkpoint = sign(&server, &folder).await;
    for tile in tiles_of(checkpoint.size()) {
        let (status, caching, bytes) = fetch(&server, &format!("/log/{tile}")).await;
        assert_eq!((status, bytes.len()), (StatusCode::OK, 32 * usize::from(tile.width())));
        assert!(caching.contains("immutable"), "{caching}");
        let wider = Tile::new(tile.level(), tile.index(), tile.width() + 1).expect("a tile");
        let (status, caching, _) = fetch(&server, &format!("/log/{wider}")).await;
        assert_eq!((status, caching.as_str()), (StatusCode::NOT_FOUND, "no-store"), "it may be there later");
    }
    for path in ["tile/0/1", "tile/64/000", "tile/0/000.p/256", "tile/entries/x", "tile/x/000"] {
        assert_eq!(fetch(&server, &format!("/log/{path}")).await.0, StatusCode::BAD_REQUEST, "{path}");
    }
    let beyond = checkpoint.size() + 1;
    for call in [
        format!("inclusionProof(position: {beyond}) {{ size }}"),
        "inclusionProof(position: 0) { size }".to_owned(),
        format!("inclusionProof(position: 1, size: {beyond}) {{ size }}"),
        format!("consistencyProof(oldSize: {beyond}) {{ newSize }}"),
        format!("consistencyProof(oldSize: 1, newSize: {beyond}) {{ newSize }}"),
    ] {
        let answer = server.ask(Some(&token), &format!("{{ {call} }}"), Value::Null).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_INPUT", "{call}: {answer}");
    }
}

fn hash(text: &Value) -> stele_tlog::Hash {
    hex::decode(text.as_str().expect("text")).expect("hexadecimal").try_into().expect("32 bytes")
}

fn hashes(texts: &Value) -> Vec<stele_tlog::Hash> {
    texts.as_array().expect("a list").iter().map(hash).collect()
}
