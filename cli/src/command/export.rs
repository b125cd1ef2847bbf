//! `stele export`: replay the ledger into a dataset.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, ValueEnum, builder::PossibleValue};
use indicatif::{ProgressBar, ProgressStyle};
use stele_domain::{Timestamp, dataset::DatasetFormat};
use stele_exporter::{History, Manifest, Progress, Recipe, Request, export, write_dvc_pointer};
use stele_ledger::{AsOf, Ledger};

use crate::{installation, settings::Settings};

/// Replay the ledger into a dataset, and record nothing of it
///
/// Tasks with personal text are left out: `stele dataset release` can include them, and records it.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Which rows there are
    #[arg(value_enum)]
    format: Format,

    #[command(flatten)]
    rows: Rows,

    #[command(flatten)]
    kept: Kept,

    #[command(flatten)]
    out: Out,
}

/// What is kept of the history.
#[derive(Debug, Args)]
pub(crate) struct Kept {
    /// A folder for what is read of the history, as the ledger holds it, so that the next dataset is made faster
    #[arg(long, env = "STELE_HISTORY", value_name = "FOLDER")]
    history: Option<PathBuf>,
}

impl Kept {
    pub(crate) fn of(self, ledger: &Ledger) -> History<'_> {
        History::of(ledger, self.history)
    }
}

/// Where a dataset goes.
#[derive(Debug, Args)]
pub(crate) struct Out {
    /// The folder to write; an earlier dataset there is replaced
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,

    /// Write FOLDER.dvc as well, by which DVC tracks the folder
    #[arg(long)]
    dvc: bool,
}

impl Out {
    pub(crate) fn folder(&self) -> &Path {
        &self.out
    }

    /// Prints what was written, and writes the pointer if it is asked for.
    pub(crate) fn finish(&self, manifest: &Manifest) -> anyhow::Result<()> {
        print_manifest(manifest, &self.out);
        if self.dvc {
            println!("  pointer   {}", write_dvc_pointer(&self.out)?.display());
        }
        Ok(())
    }
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

    /// A recipe in YAML; docs/datasets.md says what may stand in it
    #[arg(long, value_name = "FILE")]
    recipe: Option<PathBuf>,
}

/// What a dataset's rows are for, as an argument.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Format(DatasetFormat);

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [Format; DatasetFormat::ALL.len()] = {
            let mut all = [Format(DatasetFormat::Dpo); DatasetFormat::ALL.len()];
            let mut place = 0;
            while place < all.len() {
                all[place] = Format(DatasetFormat::ALL[place]);
                place += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self.0 {
            DatasetFormat::Dpo => "pairs: prompt, chosen, rejected",
            DatasetFormat::Reward => "pairs with a margin, for a reward model",
            DatasetFormat::Kto => "responses that are desirable or not, each by itself",
            DatasetFormat::Ranking => "lists of responses, each with its rank",
            DatasetFormat::Sft => "the best response to each prompt",
            DatasetFormat::Prompts => "prompts alone",
            DatasetFormat::Steps => "the steps of responses, each correct or not",
            DatasetFormat::Judgments => "every judgment by itself, under pseudonyms",
            DatasetFormat::Classification => "texts and their categories",
            DatasetFormat::Scores => "every number that was given, by itself",
            DatasetFormat::Spans => "texts and what was marked in them",
            DatasetFormat::Boxes => "images and the boxes in them, for COCO as well",
        };
        Some(PossibleValue::new(self.0.as_str()).help(help))
    }
}

impl Rows {
    /// What is asked for, by the recipe if it is given. Its format must be the one asked for beside it, if one is.
    pub(crate) fn request(self, format: Option<Format>) -> anyhow::Result<Request> {
        let mut recipe = self.recipe.as_deref().map(Recipe::load).transpose()?;
        if let Some(Format(format)) = format {
            let is_other = |recipe: &Recipe| recipe.format != format && recipe.format != DatasetFormat::default();
            if let Some(other) = recipe.as_ref().filter(|recipe| is_other(recipe)) {
                let (asked, stands) = (format.as_str(), other.format.as_str());
                bail!("a {asked} dataset is asked for, and the recipe says `format: {stands}`");
            }
            recipe.get_or_insert_default().format = format;
        }
        let (recipe, known_at) = (recipe.unwrap_or_default(), self.known_at.unwrap_or(AsOf::Now));
        Ok(Request { project: self.project, known_at, happened_by: self.happened_by, recipe })
    }
}

impl Export {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let Self { format, rows, kept, out } = self;
        let request = rows.request(Some(format))?;
        installation::with(&settings, async |ledger| {
            let bar = replay_bar()?;
            let manifest = export(kept.of(ledger), &request, out.folder(), |progress| show(&bar, progress)).await;
            bar.finish_and_clear();
            out.finish(&manifest?)
        })
        .await
    }
}

/// A bar that shows how far the history has been read.
pub(crate) fn replay_bar() -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("{bar:40} {percent} % of the history {elapsed}")?;
    Ok(ProgressBar::new(0).with_style(style))
}

pub(crate) fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_length(progress.total);
    bar.set_position(progress.read);
}

/// Prints what a dataset holds and what was left out of it.
pub(crate) fn print_manifest(manifest: &Manifest, out: &Path) {
    println!("{} rows from {} tasks with {} judgments", manifest.rows, manifest.tasks, manifest.judgments);
    if manifest.splits.len() > 1 {
        let sides = manifest.splits.iter().map(|(side, rows)| format!("{rows} {side}")).collect::<Vec<_>>();
        println!("  sides     {}", sides.join(", "));
    }
    for (reason, count) in manifest.left_out.iter() {
        println!("  left out: {count} {}", reason.describe());
    }
    println!("  position  {}", manifest.known_at.position);
    println!("  root      {}", manifest.known_at.merkle_root);
    println!("  recipe    {}", manifest.recipe_sha256);
    println!("  digest    {}", manifest.digest);
    println!("  written   {}", out.display());
}
