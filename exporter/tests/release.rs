//! Releases: on record before they are written, and telling whose text is in them.

mod support;

use std::path::PathBuf;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_domain::{
    Event, SubjectId,
    dataset::{DatasetEvent, SubjectRows},
    form::PreferenceOutcome::{Left, Right},
    subject::{Subject, SubjectCommand},
};
use stele_exporter::{
    ExportError, OutputError, Reason, Recipe, ReleaseRequest, Released, Request, export, purge, release,
    verify_folder,
};
use stele_ledger::{AsOf, CommandContext, EventFilter, Fingerprint, Position};
use stele_recipe::PersonalText;
use support::{Campaign, request, rows};
use tempfile::TempDir;
use uuid::Uuid;

fn including() -> Recipe {
    Recipe { personal_text: PersonalText::Include, ..Recipe::default() }
}

fn ada() -> SubjectId {
    Uuid::from_u128(71).into()
}

fn grace() -> SubjectId {
    Uuid::from_u128(72).into()
}

/// A campaign with two tasks of Ada's, one of Grace's and one of nobody's, each with a vote, and a folder for releases.
struct Letters {
    campaign: Campaign,
    folder: TempDir,
}

impl Letters {
    async fn begin(options: &PgConnectOptions) -> Self {
        let mut campaign = Campaign::begin(options).await;
        for (whose, text) in [(ada(), "Ada's first"), (grace(), "Grace's"), (ada(), "Ada's second")] {
            let task = campaign.personal_task("left", "right", whose, text).await;
            campaign.vote(task, 1, Left).await;
        }
        let task = campaign.task("left", "right").await;
        campaign.vote(task, 1, Left).await;
        Self { campaign, folder: tempfile::tempdir().expect("a folder") }
    }

    async fn release(&self, recipe: Recipe) -> Released {
        self.release_as("letters", request(recipe)).await.expect("released")
    }

    async fn release_as(&self, dataset: &str, rows: Request) -> Result<Released, ExportError> {
        let request = ReleaseRequest { dataset: dataset.into(), rows, actor: None };
        release(&self.campaign.ledger, request, &self.out(), |_| {}).await
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("letters")
    }

    fn files(&self) -> Vec<Vec<u8>> {
        let files = ["train.jsonl", "data/train-00000-of-00001.parquet", "manifest.json"];
        files.map(|file| std::fs::read(self.out().join(file)).expect("readable")).to_vec()
    }

    fn prompts(&self) -> Vec<String> {
        rows(&self.out()).iter().map(|row| row["prompt"].as_str().expect("text").to_owned()).collect()
    }

    /// Ada's erasure is recorded, and no server has come to destroy the key yet.
    async fn record_erasure(&self) {
        let erase =
            SubjectCommand::Erase { basis: "consent".into(), reference: "DSR-1".into(), key_fingerprint: None };
        let context = CommandContext {
            actor: None,
            key: Uuid::from_u128(9).into(),
            fingerprint: Fingerprint::of(b""),
            occurred_at: None,
            correlation_id: None,
        };
        self.campaign.ledger.execute::<Subject>(ada().uuid(), &context, &erase).await.expect("recorded");
    }

    async fn events(&self) -> Vec<DatasetEvent> {
        let ledger = &self.campaign.ledger;
        let head = ledger.head().await.expect("a head").position();
        let events = ledger.read(Position::START, head, &EventFilter::named(DatasetEvent::NAMES)).await;
        events.expect("readable").iter().map(|event| event.decode().expect("an event of a dataset")).collect()
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_release_is_on_record_with_whose_text_it_holds(_: PgPoolOptions, options: PgConnectOptions) {
    let letters = Letters::begin(&options).await;
    let released = letters.release(including()).await;
    assert_eq!((released.version.to_string().as_str(), released.is_known, released.subjects), ("1.0.0", false, 2));
    let prompts = ["Say it.\n\nAda's first", "Say it.\n\nGrace's", "Say it.\n\nAda's second", "Say it.\n\nKindly."];
    assert_eq!(letters.prompts(), prompts);
    let events = letters.events().await;
    let [DatasetEvent::DatasetReleased(recorded), DatasetEvent::SubjectsReleased(subjects)] = events.as_slice()
    else {
        panic!("{events:?}");
    };
    let manifest = &released.manifest;
    assert_eq!((recorded.name.as_str(), recorded.rows), ("letters", 4));
    assert_eq!((recorded.rows_digest, &recorded.files), (manifest.digest, &manifest.files));
    let known_at = &manifest.known_at;
    assert_eq!((recorded.known_at.size, recorded.known_at.root), (known_at.position.get(), known_at.merkle_root));
    assert!(recorded.recipe.contains(r#""personal_text":"include""#), "{}", recorded.recipe);
    let counted = [(ada(), 2), (grace(), 1)].map(|(subject, rows)| SubjectRows { subject, rows });
    assert_eq!(subjects.subjects, counted);
    let written: serde_json::Value = serde_json::from_slice(&letters.files()[2]).expect("JSON");
    assert_eq!(written["release"], serde_json::json!({ "dataset": "letters", "version": "1.0.0" }));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_purge_replaces_the_newest_release_and_withdraws_every_one(_: PgPoolOptions, options: PgConnectOptions) {
    let mut letters = Letters::begin(&options).await;
    letters.release(including()).await;
    let task = letters.campaign.personal_task("left", "right", grace(), "Grace's second").await;
    letters.campaign.vote(task, 1, Left).await;
    let newest = letters.release(including()).await;
    // one of nobody's text, and one of which the newest release has none of hers
    let other = Recipe { prompt: Some(vec!["instruction".into()]), ..Recipe::default() };
    letters.release_as("others", request(other.clone())).await.expect("released");
    letters.release_as("mixed", request(including())).await.expect("released");
    letters.release_as("mixed", request(other)).await.expect("released");
    let out = letters.folder.path().join("purged");
    let ledger = &letters.campaign.ledger;
    let early = purge(ledger, ada(), &out, |_| {}).await;
    assert!(matches!(early, Err(ExportError::NotErased(_))), "{early:?}");
    letters.record_erasure().await;
    ledger.finish_erasure(ada()).await.expect("erased");

    let purged = purge(ledger, ada(), &out, |_| {}).await.expect("purges");
    let found: Vec<_> = purged
        .iter()
        .map(|purged| {
            let withdrawn: Vec<String> = purged.withdrawn.iter().map(ToString::to_string).collect();
            (purged.dataset.as_str(), withdrawn.join(" "), purged.replacement.as_ref().map(|made| made.manifest.rows))
        })
        .collect();
    assert_eq!(found, [("letters", "1.0.0 1.1.0".into(), Some(3)), ("mixed", "1.0.0".into(), None)]);
    let replacement = purged[0].replacement.as_ref().expect("made");
    assert_eq!(replacement.manifest.known_at, newest.manifest.known_at, "the same position");
    assert_eq!(replacement.version.to_string(), "1.2.0");
    assert!(out.join("letters/manifest.json").is_file());
    let withdrawn = verify_folder(ledger, &letters.out(), None).await.expect("readable").findings;
    assert_eq!(withdrawn, Vec::<String>::new(), "the folder holds the last that was written there, of `mixed`");
    assert!(purge(ledger, ada(), &out, |_| {}).await.expect("purges").is_empty(), "there is nothing left to do");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn personal_text_leaves_in_no_other_way(_: PgPoolOptions, options: PgConnectOptions) {
    let letters = Letters::begin(&options).await;
    let refused = export(&letters.campaign.ledger, &request(including()), &letters.out(), |_| {}).await;
    assert!(matches!(refused, Err(ExportError::Unreleased)), "{refused:?}");
    assert!(!letters.out().exists());
    let manifest = letters.campaign.export(&letters.out(), AsOf::Now, None).await;
    assert_eq!((manifest.rows, manifest.left_out.count(Reason::Personal)), (1, 3));
    assert_eq!(letters.prompts(), ["Say it.\n\nKindly."]);
    // nor with fields that are somebody's where others would do
    let recipe = Recipe { prompt: Some(vec!["instruction".into()]), ..Recipe::default() };
    let released = letters.release(recipe).await;
    assert_eq!(
        (released.manifest.rows, released.manifest.left_out.count(Reason::Personal), released.subjects),
        (4, 0, 0)
    );
    assert_eq!(letters.events().await.len(), 1, "nobody's text has left");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn the_same_rows_are_released_once_and_written_as_often_as_asked(_: PgPoolOptions, options: PgConnectOptions) {
    let mut letters = Letters::begin(&options).await;
    let first = letters.release(including()).await;
    let files = letters.files();
    // the ledger has moved on: by the release itself, and by a task that gives no row
    letters.campaign.task("left", "right").await;
    std::fs::remove_dir_all(letters.out()).expect("removed");
    let again = letters.release(including()).await;
    assert!(again.is_known);
    assert_eq!((again.version, &again.manifest), (first.version, &first.manifest));
    assert_eq!(letters.files(), files, "the same bytes");
    assert_eq!(letters.events().await.len(), 2, "and nothing more on record");

    let task = letters.campaign.task("left", "right").await;
    letters.campaign.vote(task, 1, Right).await;
    assert_eq!(letters.release(including()).await.version.to_string(), "1.1.0");
    let other = Recipe { separator: "\n".into(), ..including() };
    assert_eq!(letters.release(other).await.version.to_string(), "2.0.0");
    let elsewhere = letters.release_as("other", request(including())).await.expect("released");
    assert_eq!(elsewhere.version.to_string(), "1.0.0", "a dataset of its own");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn who_is_erased_while_a_release_is_made_is_not_in_it(_: PgPoolOptions, options: PgConnectOptions) {
    let letters = Letters::begin(&options).await;
    letters.record_erasure().await;
    let released = letters.release(including()).await;
    let withdrawn: Vec<String> = released.withdrawn.iter().map(ToString::to_string).collect();
    assert_eq!((released.version.to_string().as_str(), withdrawn), ("1.1.0", vec!["1.0.0".to_owned()]));
    assert_eq!(letters.prompts(), ["Say it.\n\nGrace's", "Say it.\n\nKindly."]);
    assert_eq!((released.manifest.left_out.count(Reason::Erased), released.subjects), (2, 1));
    let names: Vec<&str> = letters.events().await.iter().map(Event::name).collect();
    let expected = ["DatasetReleased", "SubjectsReleased", "ReleaseWithdrawn", "DatasetReleased", "SubjectsReleased"];
    assert_eq!(names, expected);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_can_not_be_written_or_named_is_not_recorded(_: PgPoolOptions, options: PgConnectOptions) {
    let letters = Letters::begin(&options).await;
    let misnamed = letters.release_as("a/b", request(including())).await;
    assert!(misnamed.expect_err("a bad name").to_string().starts_with("a dataset's name has"));
    std::fs::create_dir(letters.out()).expect("made");
    std::fs::write(letters.out().join("thesis.txt"), "years of work").expect("writable");
    let refused = letters.release_as("letters", request(including())).await;
    assert!(matches!(refused, Err(ExportError::Output(OutputError::Occupied(_)))), "{refused:?}");
    assert!(letters.events().await.is_empty());
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn who_is_erased_after_a_release_is_not_written_again(_: PgPoolOptions, options: PgConnectOptions) {
    let letters = Letters::begin(&options).await;
    letters.release(including()).await;
    letters.record_erasure().await;
    let again = letters.release(including()).await;
    assert_eq!((again.version.to_string().as_str(), again.is_known), ("1.1.0", false));
    assert_eq!(letters.prompts(), ["Say it.\n\nGrace's", "Say it.\n\nKindly."]);
    assert!(again.withdrawn.is_empty(), "the first one may have been written, so it stays on record");
}
