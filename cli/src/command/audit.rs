//! `stele audit`: what an auditor takes along.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use sqlx::Connection;
use stele_tlog::{KeyError, Verifier};
use stele_verify::{export_bundle, open_snapshot};

use super::verify::progress;
use crate::{installation, settings::Settings};

/// Take the history along for an audit
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    Export(Export),
}

/// Write the whole history to one file, which `stele verify --bundle` verifies anywhere; docs/verify.md explains it
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The file to write, compressed if its name ends in `.gz`; it is replaced as a whole
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// The key that signs the ledger's checkpoints, as name+id+key, or a file that has it; it is noted in the bundle
    #[arg(long, value_name = "KEY|FILE", value_parser = verifier)]
    key: Option<Verifier>,
}

impl Audit {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let Self::Export(export) = self;
        installation::with_database(&settings, async |database| {
            let mut snapshot = open_snapshot(&database).await?;
            let bar = progress()?;
            let (ledger, key) = (&settings.ledger, export.key.as_ref());
            let show = |position| bar.set_position(position);
            let events = export_bundle(&mut snapshot, ledger, key, &export.out, show).await;
            bar.finish_and_clear();
            snapshot.close().await?;
            println!("{} events of ledger {ledger} are in {}", events?, export.out.display());
            Ok(())
        })
        .await
    }
}

/// Reads a verifier key, or the file that has it.
pub(crate) fn verifier(key_or_file: &str) -> Result<Verifier, KeyError> {
    match key_or_file.parse() {
        Ok(key) => Ok(key),
        Err(error) => std::fs::read_to_string(key_or_file).map_or(Err(error), |key| key.trim_end().parse()),
    }
}
