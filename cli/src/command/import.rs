//! `stele import`: take judgments from elsewhere into the ledger.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::{import, installation, settings::Settings};

/// Take judgments from elsewhere into the ledger
#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    Votes(Votes),
}

/// Import judgments from JSON, JSONL or CSV, plain or gzip, by a mapping that says what each column means
#[derive(Debug, Args)]
pub(crate) struct Votes {
    /// The mapping, in YAML; `examples/` has some, and docs/import.md explains it
    #[arg(long, value_name = "FILE")]
    map: PathBuf,

    /// Skip rows that can't be imported, and list them; by default nothing is written if there are any
    #[arg(long)]
    skip_bad: bool,

    /// The file with the judgments, or the folder that holds it
    #[arg(value_name = "DATA")]
    data: PathBuf,
}

impl Import {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let Self::Votes(votes) = self;
        let mapping = import::Mapping::load(&votes.map)?;
        installation::with(&settings, async |ledger| {
            import::import_votes(ledger, &mapping, &votes.data, votes.skip_bad).await
        })
        .await
    }
}
