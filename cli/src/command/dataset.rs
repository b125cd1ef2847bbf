//! `stele dataset`: releases, which are on record.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use stele_exporter::{ReleaseRequest, Released, release_dpo};
use stele_ledger::{Ledger, Position};
use stele_projections::{
    Runner,
    directory::{PageRequest, Within},
    lineage::{self, PersonalRelease, ReleaseRow},
};

use super::export::{Rows, print_manifest, replay_bar};
use crate::{installation, settings::Settings};

/// How many releases are read at a time.
const PAGE: i64 = 500;

/// Release datasets, each release for good, and list them
#[derive(Debug, Subcommand)]
pub(crate) enum Dataset {
    Release(Release),
    List(List),
}

/// Make a preference dataset, record its recipe, position and digest in the history, and write it
///
/// The same rows, made in the same way, are released once: they are written again under the version they have.
#[derive(Debug, Args)]
pub(crate) struct Release {
    /// What the dataset is called; all releases under a name are of one dataset
    name: String,

    #[command(flatten)]
    rows: Rows,

    /// The folder to write; an earlier release or export there is replaced
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// List every release
#[derive(Debug, Args)]
pub(crate) struct List {}

impl Dataset {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        match self {
            Self::Release(release) => {
                let rows = release.rows.request()?;
                let request = ReleaseRequest { dataset: release.name, rows, actor: None };
                installation::with(&settings, async |ledger| make(ledger, request, release.out).await).await
            }
            Self::List(List {}) => installation::with(&settings, async |ledger| list(ledger).await).await,
        }
    }
}

async fn make(ledger: &Ledger, request: ReleaseRequest, out: PathBuf) -> anyhow::Result<()> {
    let dataset = request.dataset.clone();
    let bar = replay_bar(ledger, request.rows.known_at).await?;
    let released = release_dpo(ledger, request, &out, |position| bar.set_position(position.get())).await;
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
    print_manifest(&manifest, &out);
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
