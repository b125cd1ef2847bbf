//! A release's folder, as `stele dataset release` writes one.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub(crate) mod server;

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use stele_publish::Dataset;
use tempfile::TempDir;

pub(crate) const CARD: &str = "---
license: \"other\"
dataset_info:
  features:
  - name: prompt
    dtype: string
  - name: chosen
    dtype: string
  - name: votes_total
    dtype: uint32
  - name: events
    list: uint64
---

# helpfulness
";

/// A release's folder, to be published and tampered with.
pub(crate) struct Released {
    scratch: TempDir,
}

impl Released {
    /// One with a small file and one of as many bytes as asked for.
    pub(crate) fn with_shard_of(bytes: usize) -> Self {
        let released = Self { scratch: tempfile::tempdir().expect("a folder") };
        fs::create_dir_all(released.path("data")).expect("a folder");
        let shard: Vec<u8> =
            (0..bytes as u64).map(|place| (place.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
        released.write("train.jsonl", b"{\"chosen\":\"b\",\"events\":[1],\"prompt\":\"a\",\"votes_total\":1}\n");
        released.write("data/train-00000-of-00001.parquet", &shard);
        released.write("README.md", CARD.as_bytes());
        released.write("croissant.json", b"{}\n");
        let manifest = released.manifest(&["data/train-00000-of-00001.parquet", "train.jsonl"]);
        released.write_manifest(&manifest);
        released
    }

    fn manifest(&self, files: &[&str]) -> Value {
        let files = files.iter().map(|path| {
            let content = self.read(path);
            json!({"path": path, "bytes": content.len(), "sha256": sha256(&content)})
        });
        json!({
            "stele_manifest": 1,
            "format": "dpo",
            "release": {"dataset": "helpfulness", "version": "1.2.0"},
            "ledger_id": "0197a3c4-0000-7000-8000-000000000001",
            "ledger_name": "main",
            "project_id": "0197a3c4-0000-7000-8000-000000000002",
            "project_name": "Helpful \u{2014} or not?",
            "known_at": {"position": 4711, "merkle_root": sha256(b"root"), "recorded_at": "2026-01-01T00:00:00.000000Z"},
            "happened_by": null,
            "recipe": {"format": "dpo", "further": ["fields"]},
            "recipe_sha256": sha256(b"recipe"),
            "tasks": 5,
            "judgments": 9,
            "rows": 3,
            "splits": {"train": 2, "test": 1},
            "left_out": {"majority_tie": 2, "duplicate": 0},
            "digest": sha256(&self.read("train.jsonl")),
            "files": files.collect::<Vec<_>>(),
            "a_further_field": true,
        })
    }

    pub(crate) fn change_manifest(&self, change: impl FnOnce(&mut Value)) {
        let mut manifest = serde_json::from_slice(&self.read("manifest.json")).expect("JSON");
        change(&mut manifest);
        self.write_manifest(&manifest);
    }

    fn write_manifest(&self, manifest: &Value) {
        self.write("manifest.json", serde_json::to_string_pretty(manifest).expect("JSON").as_bytes());
    }

    pub(crate) fn folder(&self) -> &Path {
        self.scratch.path()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder().join(path)
    }

    pub(crate) fn write(&self, path: &str, content: &[u8]) {
        fs::write(self.path(path), content).expect("writable");
    }

    pub(crate) fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.path(path)).expect("readable")
    }

    pub(crate) fn dataset(&self) -> Dataset {
        Dataset::open(self.folder()).expect("a release")
    }

    /// All files, by their paths.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        files_in(self.folder())
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The files in a folder and in the folders in it, by their paths.
pub(crate) fn files_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("listed").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let within = path.strip_prefix(folder).expect("within").to_str().expect("text").to_owned();
                files.insert(within, fs::read(path).expect("readable"));
            }
        }
    }
    files
}

/// The Python of `scripts/with-consumers`. Without it a test says that it is skipped; in CI that is a failure.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) fn consumers() -> Option<String> {
    let python = env::var("STELE_TEST_CONSUMERS").ok();
    if python.is_none() {
        assert!(env::var("CI").is_err(), "in CI there must be consumers: scripts/with-consumers installs them");
        eprintln!("skipped: there are no consumers; scripts/with-consumers installs them");
    }
    python
}
