//! Who makes the releases of a dataset: one worker at a time, by an advisory lock of PostgreSQL's.

use sqlx::{Connection, PgConnection};
use stele_ledger::Ledger;
use uuid::Uuid;

use super::WorkerError;
use crate::folder::sha256;

/// Takes hold of datasets by a connection of its own. The lock is the session's: it is gone with the process, however that ends.
pub(super) struct Holder {
    ledger: Ledger,
    connection: Option<PgConnection>,
}

impl Holder {
    pub(super) fn of(ledger: &Ledger) -> Self {
        Self { ledger: ledger.clone(), connection: None }
    }

    /// Takes hold of a dataset; false if another worker has it.
    pub(super) async fn take(&mut self, dataset: Uuid) -> Result<bool, WorkerError> {
        let key = self.key(dataset);
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => PgConnection::connect_with(&self.ledger.database().pool().connect_options()).await?,
        };
        let is_held = sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "is_held!""#, key)
            .fetch_one(&mut connection)
            .await?;
        self.connection = Some(connection);
        Ok(is_held)
    }

    /// Makes sure that the hold has not been lost with the connection.
    pub(super) async fn check(&mut self) -> Result<(), WorkerError> {
        let alive = match &mut self.connection {
            Some(connection) => connection.ping().await,
            None => Err(sqlx::Error::PoolClosed),
        };
        alive.map_err(WorkerError::Lost)
    }

    /// Lets go of a dataset.
    pub(super) async fn free(&mut self, dataset: Uuid) {
        let key = self.key(dataset);
        let Some(mut connection) = self.connection.take() else { return };
        let freed = sqlx::query_scalar!(r#"select pg_advisory_unlock($1) as "is_freed!""#, key);
        // without the connection there is no hold either
        if freed.fetch_one(&mut connection).await.is_ok() {
            self.connection = Some(connection);
        }
    }

    /// Half a hash of ledger and dataset: locks are the whole database's, and called by numbers.
    fn key(&self, dataset: Uuid) -> i64 {
        let hash = sha256(format!("release {} {dataset}", self.ledger.id()).as_bytes());
        let mut key = [0; 8];
        key.copy_from_slice(&hash[..8]);
        i64::from_be_bytes(key)
    }
}
