//! A dataset from a ledger, beside the same one from a flat file by programs in Python.

mod corpus;
mod flat;
mod history;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::Instant,
};

use anyhow::{Context as _, ensure};
use sqlx::postgres::PgConnectOptions;
use stele_exporter::{History, Recipe, Request};
use stele_ledger::{AsOf, Database, KeyStore, Ledger, SystemClock};

use crate::{machine, scratch::Scratch};
use corpus::Corpus;

/// How to measure exports.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many tasks there are, each judged by three annotators
    #[arg(long, default_value_t = 250_000)]
    tasks: usize,
    /// How often each contender makes the dataset
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// A Python that has the packages of the other contenders
    #[arg(long)]
    python: PathBuf,
    /// A folder for the flat file and the datasets
    #[arg(long)]
    folder: PathBuf,
}

/// What makes the dataset once, as a process of its own.
#[derive(Debug, clap::Args)]
pub(crate) struct Once {
    /// The database that holds the ledger
    database: String,
    /// The folder for the dataset
    out: PathBuf,
    /// A folder for what is read of the history
    #[arg(long)]
    history: Option<PathBuf>,
    /// The ledger
    #[arg(long, default_value = ALL)]
    ledger: String,
    /// Which rows there are
    #[arg(long, default_value = "dpo")]
    format: String,
}

/// The ledger with all tasks.
const ALL: &str = "bench";

/// A ledger with 50,001 judgments, each of which is exported by itself.
const FEW: &str = "few";
const FEW_TASKS: usize = 50_001 / corpus::EACH;

/// Measures and prints; whether the bars were met.
pub(crate) async fn run(options: &Options, scratch: &Scratch) -> anyhow::Result<bool> {
    let corpus = Corpus::new();
    fs::create_dir_all(&options.folder)?;
    let flat = options.folder.join("events.jsonl");
    flat::write(&flat, &corpus, options.tasks)?;
    let began = Instant::now();
    history::write(scratch, ALL, corpus.clone(), options.tasks).await?;
    history::write(scratch, FEW, corpus, FEW_TASKS.min(options.tasks)).await?;
    let bytes = fs::metadata(&flat)?.len();
    println!(
        "{} tasks, {} judgments; {} MB as JSON lines; recorded in {:.0} s",
        options.tasks,
        options.tasks * corpus::EACH,
        bytes / 1_000_000,
        began.elapsed().as_secs_f64()
    );
    scratch.settle().await?;
    println!("{}", machine::load());
    let compare = Path::new(env!("CARGO_MANIFEST_DIR")).join("exports/compare.py");
    let mut measuring = Command::new(&options.python);
    measuring.arg(compare).arg("--stele").arg(env::current_exe()?).arg("--database-url").arg(scratch.server_url());
    measuring.arg("--database").arg(scratch.name());
    measuring.arg("--flat").arg(flat).arg("--folder").arg(&options.folder);
    measuring.arg("--rounds").arg(options.rounds.to_string());
    let status = measuring.status().context("Python can't be run")?;
    ensure!(matches!(status.code(), Some(0 | 3)), "the comparison failed");
    Ok(status.success())
}

/// Makes the dataset once, as `stele export` does.
pub(crate) async fn once(database_url: &str, once: &Once) -> anyhow::Result<()> {
    let options = database_url.parse::<PgConnectOptions>()?.database(&once.database);
    let database = Database::connect(options.clone(), 4).await?;
    let keys = KeyStore::in_process(&options).await?;
    let ledger = Ledger::open(database, &once.ledger, Arc::new(SystemClock), keys).await?;
    let request = Request {
        project: history::PROJECT.to_owned(),
        known_at: AsOf::Now,
        happened_by: None,
        recipe: Recipe::parse("--format", &format!("format: {}", once.format))?,
    };
    stele_exporter::export(History::of(&ledger, once.history.clone()), &request, &once.out, |_| {}).await?;
    Ok(())
}
