//! Folders are verified against the history, and releases are compared.

mod support;

use std::{fs, path::Path};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::form::PreferenceOutcome::{Left, Right};
use stele_exporter::{ExportError, Recipe, ReleaseQuery, ReleaseRequest, Released, diff, release, verify_folder};
use stele_ledger::{Anchor, LogSigner};
use stele_recipe::{Split, SplitBy};
use stele_tlog::{Signer, Verifier};
use support::{Campaign, request};

async fn released(campaign: &Campaign, out: &Path, recipe: Recipe) -> Released {
    let request = ReleaseRequest { dataset: "good".into(), rows: request(recipe), actor: None };
    release(&campaign.ledger, request, out, |_| {}).await.expect("released")
}

/// Signs a checkpoint over all that there is; the key to check it with.
async fn sign(campaign: &Campaign, folder: &Path, secret: u8) -> Verifier {
    let signer = Signer::new("test", [secret; 32]).expect("a name");
    let key = signer.verifier().clone();
    let anchor = Anchor::at(folder.join("anchor"));
    LogSigner::new(campaign.ledger.clone(), signer, anchor).sign().await.expect("signs");
    key
}

async fn findings(campaign: &Campaign, out: &Path, key: Option<&Verifier>) -> Vec<String> {
    verify_folder(&campaign.ledger, out, key).await.expect("readable").findings
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_folder_is_what_its_manifest_and_the_history_say(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::begin(&options).await;
    for number in 0..12 {
        let task = campaign.task(&format!("left {number}"), "right").await;
        campaign.vote(task, 1, Left).await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("good");
    let split = Split { test: 0.4, by: SplitBy::Task, ..Split::default() };
    released(&campaign, &out, Recipe { split, ..Recipe::default() }).await;

    let unsigned = verify_folder(&campaign.ledger, &out, None).await.expect("readable");
    assert_eq!((unsigned.findings.as_slice(), unsigned.checkpoint), (&[][..], None));
    assert!(unsigned.released_at.is_some());
    let key = sign(&campaign, folder.path(), 7).await;
    let signed = verify_folder(&campaign.ledger, &out, Some(&key)).await.expect("readable");
    let head = campaign.ledger.head().await.expect("a head").position();
    assert_eq!((signed.findings.as_slice(), signed.checkpoint), (&[][..], Some(head.get())));
    let newer = folder.path().join("newer");
    released(&campaign, &newer, Recipe::default()).await;
    let newer = verify_folder(&campaign.ledger, &newer, Some(&key)).await.expect("readable");
    assert_eq!((newer.findings.as_slice(), newer.checkpoint), (&[][..], None), "it is under the next checkpoint");
    let other = Signer::new("test", [8; 32]).expect("a name").verifier().clone();
    let found = findings(&campaign, &out, Some(&other)).await;
    assert!(found[0].starts_with("the newest checkpoint does not hold"), "{found:?}");

    for (file, change, expected) in [
        ("train.jsonl", None, "train.jsonl is not the file that the manifest lists"),
        ("data/test-00000-of-00001.parquet", None, "data/test-00000-of-00001.parquet is not the file"),
        ("manifest.json", Some(("digest", json!("ab".repeat(32)))), "the rows do not have the digest"),
        ("manifest.json", Some(("rows", json!(3))), "the numbers of rows do not add up"),
        ("manifest.json", Some(("splits", json!({"train": 1, "test": 11}))), "train has"),
        ("manifest.json", Some(("recipe_sha256", json!("ab".repeat(32)))), "the recipe does not have the hash"),
        ("manifest.json", Some(("happened_by", json!("2026-01-01T00:00:00Z"))), "another time by which"),
        (
            "manifest.json",
            Some(("release", json!({"dataset": "good", "version": "3.0.0"}))),
            "no release 3.0.0 of good",
        ),
    ] {
        let path = out.join(file);
        let before = fs::read(&path).expect("readable");
        let after = match change {
            Some((field, value)) => {
                let mut manifest: Value = serde_json::from_slice(&before).expect("JSON");
                manifest[field] = value;
                serde_json::to_vec(&manifest).expect("JSON")
            }
            None => before.iter().map(|byte| byte.wrapping_add(1)).collect(),
        };
        fs::write(&path, after).expect("writable");
        let found = findings(&campaign, &out, None).await;
        assert!(found.iter().any(|finding| finding.contains(expected)), "{expected}: {found:?}");
        fs::write(&path, before).expect("writable");
    }
    // other rows, of which the folder says nothing wrong
    let [rows, manifest] = ["train.jsonl", "manifest.json"].map(|file| out.join(file));
    let before = [&rows, &manifest].map(|file| fs::read(file).expect("readable"));
    let other =
        String::from_utf8(before[0].clone()).expect("text").replacen("\"chosen\":\"left", "\"chosen\":\"LEFT", 1);
    fs::write(&rows, &other).expect("writable");
    let mut said: Value = serde_json::from_slice(&before[1]).expect("JSON");
    let test = fs::read(out.join("test.jsonl")).expect("readable");
    let listed = said["files"].as_array_mut().expect("files").iter_mut().find(|file| file["path"] == "train.jsonl");
    listed.expect("it is listed")["sha256"] = hex::encode(Sha256::digest(other.as_bytes())).into();
    said["digest"] = hex::encode(Sha256::digest([other.into_bytes(), test].concat())).into();
    fs::write(&manifest, serde_json::to_vec(&said).expect("JSON")).expect("writable");
    let expected =
        ["digest of the rows", "list of files"].map(|what| format!("the release on record has another {what}"));
    assert_eq!(findings(&campaign, &out, None).await, expected);
    [&rows, &manifest].into_iter().zip(before).for_each(|(file, bytes)| fs::write(file, bytes).expect("writable"));

    fs::write(out.join("more.txt"), "more").expect("writable");
    assert_eq!(findings(&campaign, &out, None).await, ["more.txt is not in the manifest"]);
    fs::remove_file(out.join("more.txt")).expect("removed");
    fs::remove_file(out.join("train.jsonl")).expect("removed");
    assert_eq!(findings(&campaign, &out, None).await, ["train.jsonl is missing"]);
    fs::write(out.join("manifest.json"), "{}").expect("writable");
    let error = verify_folder(&campaign.ledger, &out, None).await.expect_err("no manifest").to_string();
    assert!(error.contains("manifest.json is not a manifest"), "{error}");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_differs_between_releases_is_told_with_its_events(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::begin(&options).await;
    let [same, turned, dropped, late] = [
        campaign.task("a", "b").await,
        campaign.task("c", "d").await,
        campaign.task("e", "f").await,
        campaign.task("g", "h").await,
    ];
    for task in [same, turned, dropped] {
        campaign.vote(task, 1, Left).await;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("good");
    released(&campaign, &out, Recipe::default()).await;
    let turning = campaign.vote(turned, 1, Right).await;
    let undecided = campaign.vote(dropped, 2, Right).await;
    let first = campaign.vote(late, 1, Left).await;
    let second = released(&campaign, &out, Recipe::default()).await;
    assert_eq!(second.version.to_string(), "1.1.0");

    // what comes later belongs to neither
    campaign.vote(turned, 2, Left).await;
    let query = |text: &str| text.parse::<ReleaseQuery>().expect("a release");
    let ledger = &campaign.ledger;
    let found = diff(ledger, &query("good@1.0.0"), &query("good"), folder.path()).await.expect("compares");
    assert_eq!((found.is_same_recipe, found.unchanged), (true, 1));
    let of = |task: stele_domain::TaskId| {
        found.tasks.iter().find(|found| found.task == task.uuid()).expect("it differs").clone()
    };
    assert_eq!(found.tasks.len(), 3);
    let turned = of(turned);
    assert_eq!((&turned.removed[0]["chosen"], &turned.added[0]["chosen"]), (&json!("c"), &json!("d")));
    let names: Vec<&str> = turned.events.iter().map(|(_, name)| name.as_str()).collect();
    assert_eq!(names, ["AnnotationRevised", "PreferenceLabelled"]);
    assert_eq!(turned.events[1].0, turning);
    assert_eq!((of(dropped).removed.len(), of(dropped).added.len()), (1, 0));
    assert_eq!(of(dropped).events.last().expect("an event").0, undecided);
    assert_eq!((of(late).removed.len(), of(late).added.len()), (0, 1));
    assert_eq!(of(late).events.last().expect("an event").0, first);
    let back = diff(ledger, &query("good"), &query("good@1.0.0"), folder.path()).await.expect("compares");
    assert_eq!(back.tasks.iter().filter(|found| found.added.is_empty()).count(), 1, "the other way round");

    let error = diff(ledger, &query("good@9.0.0"), &query("good"), folder.path()).await.expect_err("no such release");
    assert!(matches!(error, ExportError::NoSuchRelease { .. }), "{error}");
    assert!(error.to_string().ends_with("are 1.0.0, 1.1.0"), "{error}");
}
