//! `stele certificate`: certify an erasure.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use stele_domain::SubjectId;
use stele_ledger::LogSigner;

use super::serve::Signing;
use crate::{installation, settings::Settings};

/// Certify that a person was erased: a signed note, free of personal data, with the proof that the history has it;
/// `stele verify --certificate` verifies it anywhere
#[derive(Debug, Args)]
pub(crate) struct Certificate {
    /// Who was erased
    subject: SubjectId,

    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    signing: Signing,
}

impl Certificate {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        installation::with(&settings, async |ledger| {
            let (key, last_checkpoint) = self.signing.of(ledger, &settings)?;
            // no server need be running: the certificate goes with a checkpoint that covers the erasure
            LogSigner::new(ledger.clone(), key.clone(), last_checkpoint).sign().await?;
            let certificate = ledger.erasure_certificate(self.subject, &key).await?;
            match &self.out {
                None => print!("{certificate}"),
                Some(file) => {
                    std::fs::write(file, certificate)
                        .with_context(|| format!("{} can't be written", file.display()))?;
                    println!("The certificate is in {}.", file.display());
                }
            }
            Ok(())
        })
        .await
    }
}
