//! What was read of a history is kept, and datasets are the same with it and without.

mod support;

use std::{
    fs,
    num::NonZeroU64,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use sqlx::{
    Executor,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use stele_domain::form::PreferenceOutcome::{Left, Right};
use stele_exporter::{History, Manifest, Recipe, export};
use support::{Campaign, request};

struct Kept {
    campaign: Campaign,
    folder: tempfile::TempDir,
}

impl Kept {
    async fn begin(options: &PgConnectOptions) -> Self {
        let mut campaign = Campaign::begin(options).await;
        for number in 0..6 {
            let task = campaign.task(&format!("left {number}"), &format!("right {number}")).await;
            campaign.vote(task, 1, if number % 2 == 0 { Left } else { Right }).await;
        }
        Self { campaign, folder: tempfile::tempdir().expect("a folder") }
    }

    async fn export(&self, keeps: bool) -> Manifest {
        let kept_in = keeps.then(|| self.folder.path().join("history"));
        let history = History::of(&self.campaign.ledger, kept_in).in_segments_of(NonZeroU64::new(4).expect("not 0"));
        let out = self.folder.path().join("out");
        export(history, &request(Recipe::default()), &out, |_| {}).await.expect("exports")
    }

    /// The files of segments, in order.
    fn segments(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        add_files(&self.folder.path().join("history"), &mut files);
        files.retain(|file| file.extension().is_some_and(|extension| extension == "parquet"));
        files.sort();
        files
    }
}

fn add_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { add_files(&path, files) } else { files.push(path) }
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_dataset_is_the_same_with_what_was_kept(_: PgPoolOptions, options: PgConnectOptions) {
    let kept = Kept::begin(&options).await;
    let expected = kept.export(false).await;
    assert_eq!(expected.rows, 6);
    assert_eq!(kept.export(true).await, expected, "while it is kept");
    // 19 events: a project's, and a task's, an annotation's and a label's of six
    let segments = kept.segments();
    assert_eq!((expected.known_at.position.get(), segments.len()), (19, 2 * 4));
    for file in &segments {
        let sum = fs::read_to_string(file.with_extension("parquet.sha256")).expect("a sum");
        assert!(sum.starts_with(&hex::encode(Sha256::digest(fs::read(file).expect("readable")))), "{sum}");
    }
    assert_eq!(kept.export(true).await, expected, "with what was kept");
    assert_eq!(kept.segments(), segments);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn what_was_kept_is_not_read_from_the_ledger_again(_: PgPoolOptions, options: PgConnectOptions) {
    let kept = Kept::begin(&options).await;
    let expected = kept.export(true).await;
    let pool = PgPoolOptions::new().connect_with(options).await.expect("connects");
    pool.execute("update event set payload = '{}' where position <= 16 and stream_type = 'task'")
        .await
        .expect("changed");
    assert_eq!(kept.export(true).await, expected);
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_damaged_file_is_made_anew_and_one_that_cannot_be_read_is_passed_over(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let kept = Kept::begin(&options).await;
    let expected = kept.export(true).await;
    for file in kept.segments() {
        let whole = fs::read(&file).expect("readable");
        fs::write(&file, &whole[1..]).expect("writable");
    }
    assert_eq!(kept.export(true).await, expected, "damaged");
    for file in kept.segments() {
        let sum = fs::read_to_string(file.with_extension("parquet.sha256")).expect("a sum");
        assert!(sum.starts_with(&hex::encode(Sha256::digest(fs::read(&file).expect("readable")))), "{sum}");
        let name = file.file_name().expect("a name").to_string_lossy();
        fs::write(&file, "no Parquet").expect("writable");
        let sum = format!("{}  {name}\n", hex::encode(Sha256::digest("no Parquet")));
        fs::write(file.with_extension("parquet.sha256"), sum).expect("writable");
    }
    assert_eq!(kept.export(true).await, expected, "of another build");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn another_history_is_not_taken_for_this_one(_: PgPoolOptions, options: PgConnectOptions) {
    let kept = Kept::begin(&options).await;
    kept.export(true).await;
    // the last segment as it would be after another continuation of the same beginning
    let pool = PgPoolOptions::new().connect_with(options).await.expect("connects");
    pool.execute("update event set leaf_hash = sha256(leaf_hash) where position = 16").await.expect("changed");
    let before = kept.segments();
    kept.export(true).await;
    let after = kept.segments();
    assert_eq!(after.len(), before.len() + 2, "{after:?}");
}
