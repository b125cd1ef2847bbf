//! Every field of a manifest is in `visibility.toml`, and nothing else; columns are held against it where they are made.

mod support;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::form::PreferenceOutcome;
use stele_exporter::{Recipe, ReleaseRequest, release};
use support::{Campaign, request};

#[derive(Deserialize)]
struct Classified {
    manifest: toml::Table,
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn every_field_of_a_manifest_is_classified(_: PgPoolOptions, options: PgConnectOptions) {
    let mut campaign = Campaign::begin(&options).await;
    let judged = campaign.task("left", "right").await;
    campaign.vote(judged, 1, PreferenceOutcome::Left).await;
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    let asked = ReleaseRequest { dataset: "good".into(), rows: request(Recipe::default()), actor: None };
    release(&campaign.ledger, asked, &out, |_| {}).await.expect("released");
    let manifest = std::fs::read(out.join("manifest.json")).expect("readable");
    let manifest: Map<String, Value> = serde_json::from_slice(&manifest).expect("JSON");
    let classified: Classified = toml::from_str(include_str!("../visibility.toml")).expect("readable");
    let known: BTreeSet<&String> = classified.manifest.keys().collect();
    assert_eq!(known, manifest.keys().collect::<BTreeSet<_>>());
    let classes = ["public", "pseudonymous", "personal"];
    assert!(classified.manifest.values().all(|class| class.as_str().is_some_and(|class| classes.contains(&class))));
}
