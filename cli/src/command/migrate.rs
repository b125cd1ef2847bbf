//! `stele migrate`: bring a database's schema up to date.

use clap::Args;
use stele_ledger::Database;

use crate::{installation, settings::Settings};

/// Bring the database's schema up to date; needs a login that may create tables and roles
#[derive(Debug, Args)]
pub(crate) struct Migrate {}

impl Migrate {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        installation::with_database(&settings, async |options| Ok(Database::migrate(&options).await?)).await?;
        println!("The schema is up to date.");
        Ok(())
    }
}
