//! `stele export`: replay the ledger into a dataset.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use stele_domain::Timestamp;
use stele_exporter::{DpoRecipe, DpoRequest, Manifest, export_dpo};
use stele_ledger::{AsOf, Ledger};

use crate::{installation, settings::Settings};

/// Replay the ledger into a dataset, and record nothing of it
#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    Dpo(Dpo),
}

/// Write a preference dataset: for each task, the response that a strict majority preferred and the other one
///
/// Tasks with personal text are left out: `stele dataset release` can include them, and records it.
#[derive(Debug, Args)]
pub(crate) struct Dpo {
    #[command(flatten)]
    rows: Rows,

    /// The folder to write; an earlier export there is replaced
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// Which rows a dataset has.
#[derive(Debug, Args)]
pub(crate) struct Rows {
    /// The project, by name or id
    #[arg(long)]
    project: String,

    /// What the ledger knew: a position, or a time such as 2026-01-31T09:30:00Z [default: everything]
    #[arg(long, value_name = "POSITION|TIME")]
    known_at: Option<AsOf>,

    /// Only judgments that are said to have happened by this time, whenever they were recorded
    #[arg(long, value_name = "TIME")]
    happened_by: Option<Timestamp>,

    /// A recipe in YAML: `question`, `prompt`, `separator`, `empty_responses`, `personal_text`
    #[arg(long, value_name = "FILE")]
    recipe: Option<PathBuf>,
}

impl Rows {
    pub(crate) fn request(self) -> anyhow::Result<DpoRequest> {
        let recipe = self.recipe.as_deref().map(DpoRecipe::load).transpose()?.unwrap_or_default();
        let known_at = self.known_at.unwrap_or(AsOf::Now);
        Ok(DpoRequest { project: self.project, known_at, happened_by: self.happened_by, recipe })
    }
}

impl Export {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let Self::Dpo(Dpo { rows, out }) = self;
        let request = rows.request()?;
        installation::with(&settings, async |ledger| {
            let bar = replay_bar(ledger, request.known_at).await?;
            let manifest = export_dpo(ledger, &request, &out, |position| bar.set_position(position.get())).await;
            bar.finish_and_clear();
            print_manifest(&manifest?, &out);
            Ok(())
        })
        .await
    }
}

/// A bar that shows how far the ledger has been replayed.
pub(crate) async fn replay_bar(ledger: &Ledger, known_at: AsOf) -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::new(ledger.as_of(known_at).await?.get());
    bar.set_style(ProgressStyle::with_template("{bar:40} position {pos} of {len} {elapsed}")?);
    Ok(bar)
}

/// Prints what a dataset holds and what was left out of it.
pub(crate) fn print_manifest(manifest: &Manifest, out: &Path) {
    println!("{} rows from {} tasks with {} judgments", manifest.rows, manifest.tasks, manifest.judgments);
    let left_out = &manifest.left_out;
    let reasons = [
        (left_out.not_judged, "were not judged"),
        (left_out.not_a_pair, "do not compare two responses"),
        (left_out.majority_tie, "are ties by majority"),
        (left_out.majority_both_bad, "have two bad responses by majority"),
        (left_out.no_majority, "have no majority"),
        (left_out.identical_responses, "have two responses that say the same"),
        (left_out.empty_response, "have an empty response"),
        (left_out.personal, "hold personal text, which the recipe withholds"),
        (left_out.erased, "belong to someone who has been erased"),
    ];
    for (count, reason) in reasons.into_iter().filter(|(count, _)| *count > 0) {
        println!("  left out: {count} tasks that {reason}");
    }
    println!("  position  {}", manifest.known_at.position);
    println!("  root      {}", manifest.known_at.merkle_root);
    println!("  recipe    {}", manifest.recipe_sha256);
    println!("  digest    {}", manifest.digest);
    println!("  written   {}", out.display());
}
