//! Tables outgrow the plans that PostgreSQL made for the statements on them.

use std::{convert::Infallible, time::Duration};

use stele_ledger::{DatabaseError, Ledger};

/// How often it is checked whether a table has outgrown what PostgreSQL knows of it.
const EVERY: Duration = Duration::from_secs(1);

/// Has PostgreSQL look at tables that have grown fourfold, while the ledger grows.
pub(crate) async fn keep_fitting(ledger: &Ledger) -> Infallible {
    loop {
        if let Err(error) = look(ledger).await {
            tracing::debug!(%error, "PostgreSQL could not look at its tables, and will by itself");
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
