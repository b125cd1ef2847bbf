//! `stele verify`: check the whole history from its stored bytes.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use sqlx::Connection;
use stele_tlog::Verifier;
use stele_verify::{Options, Report, Verdict, open_snapshot, verify_bundle, verify_certificate, verify_ledger};

use crate::{installation, settings::Settings};

const EXIT_CODES: &str = "\
Exit codes:
  0   valid: nothing was found
  1   the history could not be verified, because the database or a file can't be read, for example
  2   the command was not understood
  10  tampered: something stored is not what it was when it was written
  11  forked: the rows agree with each other, but not with a signed checkpoint
  12  incomplete: rows are missing, and the others are sound";

/// Verify the whole history: every hash, version, receipt and checkpoint, recomputed from what is stored
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Verify {
    /// The key that signs the ledger's checkpoints, as name+id+key, or a file that has it; without it, signatures
    /// are not checked
    #[arg(long, value_name = "KEY|FILE", value_parser = super::audit::verifier)]
    key: Option<Verifier>,

    /// A signed checkpoint that was kept elsewhere: the history must be the one that it is of, or go on from it
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,

    /// Verify a bundle that `stele audit export` has written; no database is needed
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,

    /// Verify the certificate of an erasure, which `stele certificate` has written; no database is needed
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with_all = ["bundle", "checkpoint"])]
    certificate: Option<PathBuf>,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,

    /// How many findings are listed; the others are counted
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    max_findings: usize,
}

impl Verify {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<ExitCode> {
        if let (Some(file), Some(key)) = (&self.certificate, &self.key) {
            return of_certificate(file, key, self.json);
        }
        let checkpoint = self.checkpoint.as_deref().map(read).transpose()?;
        let options = Options { key: self.key, checkpoint, max_findings: self.max_findings };
        let report = match self.bundle {
            Some(bundle) => of_bundle(bundle, options).await?,
            None => of_ledger(&settings, &options).await?,
        };
        if self.json {
            println!("{}", serde_json::to_string_pretty(&report)?);
        } else {
            println!("{report}");
        }
        Ok(report.verdict.exit_code().into())
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} can't be read", file.display()))
}

/// A certificate that does not hold is as good as one that was tampered with.
fn of_certificate(file: &Path, key: &Verifier, json: bool) -> anyhow::Result<ExitCode> {
    let certificate = match verify_certificate(&read(file)?, key) {
        Ok(certificate) => certificate,
        Err(error) => {
            println!("{}: {error}", file.display());
            return Ok(Verdict::Tampered.exit_code().into());
        }
    };
    if json {
        println!("{}", serde_json::to_string_pretty(&certificate)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("valid: ledger {} records the erasure of subject {}", certificate.ledger, certificate.subject_id);
    println!("  position      {}, recorded {}", certificate.position, certificate.erased_at);
    println!("  basis         {}", certificate.basis);
    println!("  reference     {}", certificate.reference);
    println!("  key           {}", certificate.key_fingerprint.as_deref().unwrap_or("none: nothing had been sealed"));
    println!("  destroyed     {}", certificate.key_destroyed_at);
    match &certificate.beyond_backups_since {
        Some(time) => println!("  backups       none from before {time} can revive it"),
        None => {
            println!("  backups       one of the key store from before could still revive it when this was issued");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn of_bundle(bundle: PathBuf, options: Options) -> anyhow::Result<Report> {
    let bar = progress()?;
    let shown = bar.clone();
    let name = bundle.display().to_string();
    let verifying = tokio::task::spawn_blocking(move || {
        verify_bundle(&bundle, &options, |position| shown.set_position(position))
    });
    let report = verifying.await;
    bar.finish_and_clear();
    report?.with_context(|| format!("{name} could not be verified"))
}

async fn of_ledger(settings: &Settings, options: &Options) -> anyhow::Result<Report> {
    installation::with_database(settings, async |database| {
        let mut snapshot = open_snapshot(&database).await?;
        let bar = progress()?;
        let report =
            verify_ledger(&mut snapshot, &settings.ledger, options, |position| bar.set_position(position)).await;
        bar.finish_and_clear();
        snapshot.close().await?;
        Ok(report?)
    })
    .await
}

/// What shows how far a long reading of the history has come.
pub(crate) fn progress() -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} position {pos} {elapsed}")?);
    Ok(bar)
}
