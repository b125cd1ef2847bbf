//! The plans that PostgreSQL makes for statements: tables outgrow them, and some depend on what is asked.

use std::{convert::Infallible, time::Duration};

use stele_ledger::{DatabaseError, Ledger};

/// How often it is checked whether a table has outgrown what PostgreSQL knows of it.
const EVERY: Duration = Duration::from_secs(1);

/// Begins a reader's transaction whose statements are planned for what they are given: which plan is best depends on it.
pub(crate) const MADE_ANEW: &str = "begin read only; set local plan_cache_mode = force_custom_plan";

/// Has PostgreSQL look at tables that have grown fourfold, while the ledger grows.
pub(crate) async fn keep_fitting(ledger: &Ledger) -> Infallible {
    loop {
        if let Err(error) = look(ledger).await {
            tracing::warn!(%error, "PostgreSQL could not look at tables that have grown; it will by itself");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn look(ledger: &Ledger) -> Result<(), DatabaseError> {
    ledger.database().analyze_outgrown_tables().await?;
    let known = ledger.head().await?.position();
    ledger.grown_beyond(known).await;
    Ok(())
}
