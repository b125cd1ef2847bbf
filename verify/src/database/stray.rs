//! Rows that belong to no ledger: what is left of a row that was moved away.

use sqlx::PgConnection;

use crate::{audit::Audit, error::VerifyError};

/// Looks for ledger ids that are in a table and not in `ledger`, in as many index look-ups as there are ledgers.
pub(crate) async fn check(connection: &mut PgConnection, audit: &mut Audit) -> Result<(), VerifyError> {
    let strays = sqlx::query_file!("src/database/stray.sql");
    for stray in strays.fetch_all(connection).await? {
        let field = match stray.table.as_str() {
            "event" => "ledger_id",
            "checkpoint" => "checkpoint.ledger_id",
            "tree_node" => "tree_node.ledger_id",
            _ => "ledger_head.ledger_id",
        };
        let position = stray.position.and_then(|position| u64::try_from(position).ok());
        let detail = format!("there is a row of {}, which is no ledger", stray.ledger_id);
        audit.findings.tampered(position, field, detail);
    }
    Ok(())
}
