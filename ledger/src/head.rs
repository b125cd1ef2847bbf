//! How far a ledger has come.

use sqlx::PgExecutor;
use stele_domain::Timestamp;
use uuid::Uuid;

use stele_tlog::{Frontier, Hash};

use crate::{DatabaseError, Position};

/// The end of a ledger: its size, its Merkle frontier, and when its last event was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Which continuation of the history this is; it grows when the history is taken up again after a restore.
    pub epoch: i64,
    /// When the last event was recorded.
    pub recorded_at: Timestamp,
    /// The right edge of the Merkle tree.
    pub frontier: Frontier,
}

impl Head {
    /// The position of the last event, which is also how many there are.
    #[must_use]
    pub fn position(&self) -> Position {
        self.frontier.size().into()
    }

    /// The Merkle root over all events.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }
}

pub(crate) async fn read(database: impl PgExecutor<'_>, ledger_id: Uuid) -> Result<Head, DatabaseError> {
    let row =
        sqlx::query!("select epoch, size, recorded_at, frontier from ledger_head where ledger_id = $1", ledger_id)
            .fetch_one(database)
            .await?;
    let size = row.size.cast_unsigned();
    let frontier = Frontier::from_bytes(size, &row.frontier).ok_or(DatabaseError::BrokenHead { ledger_id, size })?;
    Ok(Head { epoch: row.epoch, recorded_at: row.recorded_at.into(), frontier })
}
