//! `stele migrate`: bring a database's schema up to date.

use clap::Args;
use stele_ledger::{Database, KeyStore};

use crate::{installation, settings::Settings};

/// Bring the databases' schemas up to date; needs a login that may create tables and roles, and the key store's
/// database if there is none
#[derive(Debug, Args)]
pub(crate) struct Migrate {}

impl Migrate {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        installation::with_database(&settings, async |options| {
            Database::migrate(&options).await?;
            Ok(KeyStore::migrate(&installation::keys_database(&settings, &options)?).await?)
        })
        .await?;
        println!("The schema is up to date.");
        Ok(())
    }
}
