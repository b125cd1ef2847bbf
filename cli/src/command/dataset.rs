//! `stele dataset`: releases, which are on record.

use std::{collections::BTreeSet, path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use serde_json::Value;
use stele_domain::SubjectId;
use stele_exporter::{
    History, Purged, ReleaseQuery, ReleaseRequest, Released, TaskDifference, diff, purge, release, verify_folder,
};
use stele_ledger::{Ledger, Position};
use stele_projections::{
    Runner,
    directory::{PageRequest, Within},
    lineage::{self, PersonalRelease, ReleaseRow},
};
use stele_tlog::Verifier;

use super::export::{Kept, Out, Rows, replay_bar, show};
use crate::{installation, settings::Settings};

/// How many releases are read at a time.
const PAGE: i64 = 500;

/// Release datasets, each release for good; publish, list, verify and compare them
#[derive(Debug, Subcommand)]
pub(crate) enum Dataset {
    Release(Release),
    Publish(super::publish::Publish),
    List(List),
    Verify(Verify),
    Diff(Diff),
    Impact(Impact),
    Purge(Purge),
}

/// List the releases that hold somebody's text, and in how many of their rows
#[derive(Debug, Args)]
pub(crate) struct Impact {
    /// Whom; `stele subject` finds the id of somebody whom imports know by name
    subject: SubjectId,
}

/// Release anew, without somebody who was erased, every dataset whose newest release holds their text; withdraw all that hold it
///
/// The same recipe is followed at the same position. Copies outside the ledger are for people to delete: this names them.
#[derive(Debug, Args)]
pub(crate) struct Purge {
    /// Who was erased
    subject: SubjectId,

    /// A folder, in which each dataset that is released anew gets one of its name
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,

    #[command(flatten)]
    kept: Kept,
}

/// Verify a dataset's folder: its files and rows, the release on record, and that its position is under the newest checkpoint
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Verify {
    /// The folder
    folder: PathBuf,

    /// The key that signs the ledger's checkpoints, as name+id+key, or a file that has it; without it, the signature is not
    /// checked
    #[arg(long, value_name = "KEY|FILE", value_parser = super::audit::verifier)]
    key: Option<Verifier>,
}

const EXIT_CODES: &str = "\
Exit codes:
  0   valid: nothing was found
  1   the dataset could not be verified, because the database or the folder can't be read, for example
  2   the command was not understood
  10  something does not hold";

/// What was found.
const FOUND: u8 = 10;

/// Compare two releases row by row, and name the events between them
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// A release, as NAME@1.0.0; NAME is its newest
    one: ReleaseQuery,

    /// Another one
    other: ReleaseQuery,

    /// Print whole rows, as JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    kept: Kept,
}

/// Make a dataset, record its recipe, position and digest in the history, and write it
///
/// The same rows, made in the same way, are released once: they are written again under the version they have.
#[derive(Debug, Args)]
pub(crate) struct Release {
    /// What the dataset is called; all releases under a name are of one dataset
    name: String,

    #[command(flatten)]
    rows: Rows,

    #[command(flatten)]
    kept: Kept,

    #[command(flatten)]
    out: Out,
}

/// List every release
#[derive(Debug, Args)]
pub(crate) struct List {}

impl Dataset {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<ExitCode> {
        match self {
            Self::Release(release) => {
                let rows = release.rows.request(None)?;
                let request = ReleaseRequest { dataset: release.name, rows, actor: None };
                installation::with(&settings, async |ledger| {
                    make(release.kept.of(ledger), request, release.out).await
                })
                .await?;
            }
            Self::Publish(publish) => publish.run().await?,
            Self::List(List {}) => installation::with(&settings, async |ledger| list(ledger).await).await?,
            Self::Verify(verify) => return verify.run(&settings).await,
            Self::Diff(diff) => diff.run(&settings).await?,
            Self::Impact(Impact { subject }) => {
                installation::with(&settings, async |ledger| print_impact(ledger, subject).await).await?;
            }
            Self::Purge(purge) => purge.run(&settings).await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Verify {
    async fn run(self, settings: &Settings) -> anyhow::Result<ExitCode> {
        let Self { folder, key } = self;
        let found =
            installation::with(settings, async |ledger| Ok(verify_folder(ledger, &folder, key.as_ref()).await?))
                .await?;
        let manifest = &found.manifest;
        println!("{} rows, digest {}", manifest.rows, manifest.digest);
        match (&manifest.release, found.released_at) {
            (Some(release), Some(at)) => {
                println!("  on record as {} {} at position {at}", release.dataset, release.version);
            }
            (Some(release), None) => println!("  said to be {} {}", release.dataset, release.version),
            (None, _) => println!("  an export: nothing of it is on record"),
        }
        match (found.checkpoint, &key) {
            (Some(size), Some(_)) => println!("  under the signed checkpoint of {size} events"),
            (Some(size), None) => println!("  under the checkpoint of {size} events; its signature was not checked"),
            (None, _) => println!("  not under a checkpoint yet"),
        }
        for finding in &found.findings {
            println!("  found: {finding}");
        }
        println!("{}", if found.findings.is_empty() { "valid" } else { "not valid" });
        Ok(if found.findings.is_empty() { ExitCode::SUCCESS } else { FOUND.into() })
    }
}

async fn print_impact(ledger: &Ledger, subject: SubjectId) -> anyhow::Result<()> {
    Runner::new(ledger.clone()).catch_up().await?;
    let releases = lineage::releases_of(ledger, subject).await?;
    if releases.is_empty() {
        println!("No release holds text of theirs.");
    }
    print_releases_of_theirs(&releases);
    Ok(())
}

impl Purge {
    async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let Self { subject, out, kept } = self;
        let purged =
            installation::with(settings, async |ledger| Ok(purge(kept.of(ledger), subject, &out, |_| {}).await?))
                .await?;
        if purged.is_empty() {
            println!("No release that stands holds text of theirs.");
        }
        for Purged { dataset, withdrawn, replacement } in purged {
            for version in withdrawn {
                println!("{dataset} {version} is withdrawn: delete its copies.");
            }
            if let Some(Released { manifest, version, .. }) = replacement {
                println!(
                    "{dataset} {version} is released without them: {} rows, in {}",
                    manifest.rows,
                    out.display()
                );
            }
        }
        Ok(())
    }
}

impl Diff {
    async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let Self { one, other, json, kept } = self;
        let scratch = tempfile::tempdir()?;
        let found = installation::with(settings, async |ledger| {
            Ok(diff(kept.of(ledger), &one, &other, scratch.path()).await?)
        })
        .await?;
        println!("{one} (position {}) to {other} (position {})", found.positions.0, found.positions.1);
        if !found.is_same_recipe {
            println!("  they are made in different ways, so that rows may differ without any event");
        }
        let (mut added, mut removed, mut changed) = (0, 0, 0);
        for task in &found.tasks {
            let both = task.removed.len().min(task.added.len());
            (changed, added, removed) =
                (changed + both, added + task.added.len() - both, removed + task.removed.len() - both);
            print_difference(task, json);
        }
        println!("{added} rows added, {removed} removed, {changed} changed, {} the same", found.unchanged);
        Ok(())
    }
}

fn print_difference(task: &TaskDifference, json: bool) {
    let sign = match (task.removed.is_empty(), task.added.is_empty()) {
        (true, _) => '+',
        (_, true) => '-',
        _ => '~',
    };
    let events: Vec<String> = task.events.iter().map(|(position, name)| format!("{position} {name}")).collect();
    let events = if events.is_empty() { "no event".to_owned() } else { events.join(", ") };
    println!("{sign} task {}: {events}", task.task);
    if json {
        task.removed.iter().for_each(|row| println!("  - {row}"));
        task.added.iter().for_each(|row| println!("  + {row}"));
    } else if let ([before], [after]) = (task.removed.as_slice(), task.added.as_slice()) {
        print_changes(before, after);
    }
}

/// The fields of a row that changed, shortened.
fn print_changes(before: &Value, after: &Value) {
    let names = [before, after].into_iter().filter_map(Value::as_object).flat_map(|row| row.keys());
    for name in names.collect::<BTreeSet<_>>() {
        if before[name] != after[name] {
            println!("    {name}: {} -> {}", short(&before[name]), short(&after[name]));
        }
    }
}

fn short(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    if text.chars().count() <= LONGEST { text } else { text.chars().take(LONGEST).chain(['…']).collect() }
}

async fn make(history: History<'_>, request: ReleaseRequest, out: Out) -> anyhow::Result<()> {
    let dataset = request.dataset.clone();
    let bar = replay_bar()?;
    let released = release(history, request, out.folder(), |progress| show(&bar, progress)).await;
    bar.finish_and_clear();
    let Released { manifest, version, is_known, subjects, withdrawn } = released?;
    for version in withdrawn {
        println!("{dataset} {version} was withdrawn before it was written: somebody in it was erased meanwhile.");
    }
    if is_known {
        println!("{dataset} {version} has these rows already; it was written again.");
    } else {
        println!("{dataset} {version} is released.");
    }
    out.finish(&manifest)?;
    if subjects > 0 {
        println!("  It holds personal text of {subjects} people; an erasure will name this release.");
    }
    Ok(())
}

async fn list(ledger: &Ledger) -> anyhow::Result<()> {
    Runner::new(ledger.clone()).catch_up().await?;
    let mut after = Position::START;
    loop {
        let releases = lineage::releases(ledger, &Within::Workspace, PageRequest { after, limit: PAGE }).await?;
        let Some(last) = releases.last() else { break };
        after = last.position;
        for release in &releases {
            println!(
                "{} at position {}, known at {}: {} rows, digest {}{}",
                named(release),
                release.position,
                release.known_at,
                release.rows,
                release.rows_digest,
                withdrawn(release)
            );
        }
    }
    if after == Position::START {
        println!("Nothing has been released.");
    }
    Ok(())
}

/// Prints the releases that hold somebody's text.
pub(crate) fn print_releases_of_theirs(releases: &[PersonalRelease]) {
    for PersonalRelease { release, rows_of_theirs } in releases {
        println!(
            "  {} holds text of theirs in {rows_of_theirs} of its {} rows{}",
            named(release),
            release.rows,
            withdrawn(release)
        );
    }
}

fn named(release: &ReleaseRow) -> String {
    format!("{} {}", release.dataset, release.version)
}

fn withdrawn(release: &ReleaseRow) -> String {
    release.withdrawn.as_ref().map(|reason| format!(" (withdrawn: {reason})")).unwrap_or_default()
}
