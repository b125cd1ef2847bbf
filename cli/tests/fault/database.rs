//! What is in the database, past the servers.

use std::{collections::BTreeMap, path::Path};

use sqlx::{
    AssertSqlSafe, Connection, PgConnection, Row,
    postgres::{PgConnectOptions, PgRow},
};
use tokio::runtime::Runtime;

/// Tables that are the history, or that only the account rules write. All others are views.
const NO_VIEWS: [&str; 6] = ["checkpoint", "credential", "event", "ledger", "ledger_head", "tree_node"];

/// A connection to a home's private cluster.
pub(crate) struct Database {
    runtime: Runtime,
    connection: PgConnection,
    ledger: String,
}

/// The rows of every view table of the ledger, as text.
pub(crate) type Dump = BTreeMap<String, Vec<String>>;

impl Database {
    pub(crate) fn open(home: &Path, ledger: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let options = PgConnectOptions::new().socket(home.join("run")).port(5432).username("stele").database("stele");
        let connection = runtime.block_on(PgConnection::connect_with(&options)).expect("PostgreSQL runs");
        Self { runtime, connection, ledger: ledger.to_owned() }
    }

    fn rows(&mut self, query: &str) -> Vec<PgRow> {
        let query = sqlx::query(AssertSqlSafe(query)).bind(&self.ledger);
        self.runtime.block_on(query.fetch_all(&mut self.connection)).expect("readable")
    }

    /// By position, the command of every event, as its hashed metadata names it.
    pub(crate) fn commands(&mut self) -> BTreeMap<u64, String> {
        let query = "select position, metadata ->> 'command_id' from event join ledger using (ledger_id) where ledger.name = $1";
        let position = |row: &PgRow| row.get::<i64, _>(0).cast_unsigned();
        self.rows(query).iter().map(|row| (position(row), row.get(1))).collect()
    }

    pub(crate) fn dump_views(&mut self) -> Dump {
        let query = "select table_name::text from information_schema.columns
            where table_schema = 'public' and column_name = 'ledger_id' and $1 <> ''";
        let tables: Vec<String> = self.rows(query).iter().map(|row| row.get(0)).collect();
        let views = tables.into_iter().filter(|table| !NO_VIEWS.contains(&table.as_str()));
        let mut rows = |table: &str| {
            let query = format!(
                "select t::text from {table} as t where ledger_id = (select ledger_id from ledger where name = $1)
                order by 1"
            );
            self.rows(&query).iter().map(|row| row.get(0)).collect()
        };
        views.map(|table| (table.clone(), rows(&table))).collect()
    }
}
