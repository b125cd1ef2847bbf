//! What is in the database, past the servers.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde_json::Value;
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, Row,
    postgres::{PgConnectOptions, PgRow},
};
use tokio::runtime::Runtime;

/// Tables that are the history, or that only the account rules write. All others are views.
const NO_VIEWS: [&str; 11] = [
    "checkpoint",
    "credential",
    "event",
    "ledger",
    "ledger_head",
    "notification_read",
    "refresh_token",
    "session",
    "tree_node",
    "webhook",
    "webhook_delivery",
];

/// A connection to one of the databases of a home's private cluster.
pub(crate) struct Database {
    runtime: Runtime,
    connection: PgConnection,
    /// What the queries are about: a ledger's name, or its id where the keys are.
    ledger: String,
}

/// The rows of every view table of the ledger, as text.
pub(crate) type Dump = BTreeMap<String, Vec<String>>;

impl Database {
    /// The events, and the views.
    pub(crate) fn open(home: &Path, ledger: &str) -> Self {
        Self::connect(home, "stele", ledger.to_owned())
    }

    fn connect(home: &Path, name: &str, ledger: String) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let options = PgConnectOptions::new().socket(home.join("run")).port(5432).username("stele").database(name);
        let connection = runtime.block_on(PgConnection::connect_with(&options)).expect("PostgreSQL runs");
        Self { runtime, connection, ledger }
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

    /// Who has something to sign in with.
    pub(crate) fn accounts(&mut self) -> BTreeSet<String> {
        let query =
            "select participant_id::text from credential join ledger using (ledger_id) where ledger.name = $1";
        self.rows(query).iter().map(|row| row.get(0)).collect()
    }

    fn ledger_id(&mut self) -> String {
        self.rows("select ledger_id::text from ledger where name = $1")[0].get(0)
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

/// The keys to a ledger's personal data, as they are stored.
#[derive(Debug)]
pub(crate) struct Keys {
    /// The version of the ledger's key that wraps new keys.
    pub(crate) current: i32,
    /// The versions whose key has not been noted as destroyed.
    pub(crate) undestroyed: Vec<i32>,
    /// The versions that are in the file with the ledger keys.
    pub(crate) in_file: Vec<i32>,
    /// Whose keys are left, and the versions that wrap them.
    pub(crate) living: BTreeMap<String, i32>,
}

impl Keys {
    pub(crate) fn of(home: &Path, database: &mut Database) -> Self {
        let id = database.ledger_id();
        let file = std::fs::read(home.join("ledger.keys")).expect("ledger keys");
        let file: Value = serde_json::from_slice(&file).expect("JSON");
        let all = file["ledger_keys"].as_array().expect("a list").iter();
        let version = |key: &Value| i32::try_from(key["version"].as_i64().expect("a number")).expect("a version");
        let in_file = all.filter(|key| key["ledger"] == *id).map(version).collect();
        let mut keys = Database::connect(home, "stele_keys", id);
        let current = "select version from ledger_key where ledger_id = $1::uuid and retired_at is null";
        let undestroyed = "select version from ledger_key where ledger_id = $1::uuid and destroyed_at is null";
        let living = "select subject_id::text, ledger_key_version from subject_key
            where ledger_id = $1::uuid and wrapped is not null";
        Self {
            current: keys.rows(current)[0].get(0),
            undestroyed: keys.rows(undestroyed).iter().map(|row| row.get(0)).collect(),
            in_file,
            living: keys.rows(living).iter().map(|row| (row.get(0), row.get(1))).collect(),
        }
    }
}
