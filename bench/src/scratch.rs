//! The database of one run, removed after it.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Executor, PgPool, postgres::PgConnectOptions};
use stele_ledger::{Database, KeyStore, Ledger, SystemClock};

/// A fresh database on the server to be measured.
pub(crate) struct Scratch {
    server: PgPool,
    server_url: String,
    name: String,
    options: PgConnectOptions,
}

impl Scratch {
    /// Creates the database.
    pub(crate) async fn create(server_url: &str) -> anyhow::Result<Self> {
        let options: PgConnectOptions = server_url.parse()?;
        let server = PgPool::connect_with(options.clone()).await?;
        let name = format!("stele_bench_{}", std::process::id());
        server.execute(AssertSqlSafe(format!("drop database if exists {name} with (force)"))).await?;
        server.execute(AssertSqlSafe(format!("create database {name}"))).await?;
        Ok(Self { server, server_url: server_url.to_owned(), options: options.database(&name), name })
    }

    /// Writes out what earlier cells left in the server's memory, so that no cell pays for another's.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        self.server.execute("checkpoint").await?;
        Ok(())
    }

    /// A pool on the server, in the database that it was given with.
    pub(crate) const fn server(&self) -> &PgPool {
        &self.server
    }

    /// The server's address, as it was given.
    pub(crate) fn server_url(&self) -> &str {
        &self.server_url
    }

    /// The database's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A ledger of its own in the database, with so many connections.
    pub(crate) async fn ledger(&self, connections: u32) -> anyhow::Result<Ledger> {
        self.ledger_called("bench", connections).await
    }

    /// A ledger of that name in the database, with so many connections.
    pub(crate) async fn ledger_called(&self, name: &str, connections: u32) -> anyhow::Result<Ledger> {
        Database::migrate(&self.options).await?;
        let database = Database::connect(self.options.clone(), connections).await?;
        let keys = KeyStore::in_process(&self.options).await?;
        Ok(Ledger::open(database, name, Arc::new(SystemClock), keys).await?)
    }

    /// Removes the database, whoever is still connected to it.
    pub(crate) async fn drop(self) -> anyhow::Result<()> {
        self.server.execute(AssertSqlSafe(format!("drop database {} with (force)", self.name))).await?;
        Ok(())
    }
}
