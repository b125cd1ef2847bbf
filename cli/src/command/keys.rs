//! `stele keys`: look after the keys to personal data.

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{installation, settings::Settings};

/// Look after the keys to personal data
#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    Rotate(Rotate),
}

/// Wrap every living key under a new ledger key and destroy the old one: afterwards, no earlier backup of the key store
/// opens anything; one that was interrupted is finished
#[derive(Debug, Args)]
pub(crate) struct Rotate {}

impl Keys {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let Self::Rotate(Rotate {}) = self;
        installation::with(&settings, async |ledger| {
            let bar = ProgressBar::new(0);
            bar.set_style(ProgressStyle::with_template("{bar:40} key {pos} of {len} {elapsed}")?);
            let rotated = ledger.rotate_keys(|done, all| {
                bar.set_length(all);
                bar.set_position(done);
            });
            let rotated = rotated.await;
            bar.finish_and_clear();
            let rotated = rotated?;
            if rotated.resumed {
                println!("A rotation had been interrupted; it is finished.");
            }
            println!("{} keys wrapped anew; the ledger's key is now version {}.", rotated.rewrapped, rotated.version);
            println!("Backups of the key store from before open nothing any more: take a new one.");
            Ok(())
        })
        .await
    }
}
