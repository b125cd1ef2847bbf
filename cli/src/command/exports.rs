//! Where the releases go that are asked for.

use std::path::PathBuf;

use clap::Args;
use stele_exporter::ReleaseWorker;
use stele_ledger::Ledger;

use crate::settings::Settings;

/// How the releases are made that are asked for.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Releases that are asked for")]
pub(crate) struct Exports {
    /// The folder for releases that are asked for, each in FOLDER/NAME/VERSION [default: `datasets` in the home]
    #[arg(long, env = "STELE_DATASETS", global = true, value_name = "FOLDER")]
    datasets: Option<PathBuf>,

    /// A folder for what is read of the history, as the ledger holds it, so that the next release is made faster
    #[arg(long, env = "STELE_HISTORY", global = true, value_name = "FOLDER")]
    history: Option<PathBuf>,
}

impl Exports {
    /// What makes the releases.
    pub(crate) fn worker(&self, ledger: &Ledger, settings: &Settings) -> ReleaseWorker {
        let datasets = self.datasets.clone().unwrap_or_else(|| settings.home().join("datasets"));
        ReleaseWorker::new(ledger.clone(), datasets, self.history.clone())
    }
}
