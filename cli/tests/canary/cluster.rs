//! The private cluster, past the server that uses it.

use std::{fs, path::Path, process::Command};

use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::runtime::Runtime;

use crate::support::{Home, text};

/// The database of the events, and that of the keys.
pub(crate) const DATABASES: [&str; 2] = ["stele", "stele_keys"];

/// The running cluster of a home.
pub(crate) struct Cluster<'a> {
    home: &'a Home,
    runtime: Runtime,
}

impl<'a> Cluster<'a> {
    pub(crate) fn of(home: &'a Home) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { home, runtime }
    }

    fn connection(&self, database: &str) -> PgConnection {
        let options = PgConnectOptions::new().socket(self.home.path().join("run")).port(5432);
        let options = options.username("stele").database(database);
        self.runtime.block_on(PgConnection::connect_with(&options)).expect("PostgreSQL runs")
    }

    /// Runs some statements, which may well fail.
    pub(crate) fn try_run(&self, database: &str, sql: &str) -> Result<(), sqlx::Error> {
        let mut connection = self.connection(database);
        self.runtime.block_on(async {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
            connection.close().await
        })
    }

    pub(crate) fn run(&self, database: &str, sql: &str) {
        self.try_run(database, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The rows of a query with one column of text.
    pub(crate) fn texts(&self, database: &str, sql: &str) -> Vec<String> {
        let mut connection = self.connection(database);
        let rows = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut connection);
        self.runtime.block_on(rows).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Has every value stored as it is from now on, and the log of changes kept: in what is compressed or gone, nothing can
    /// be found.
    pub(crate) fn keep_all_readable(&self) {
        self.run(DATABASES[0], "alter system set wal_keep_size = '1GB'");
        self.run(DATABASES[0], "select pg_reload_conf()");
        // not by `alter table`, which would wait for the server's open transactions
        let no_compression = "update pg_attribute set attstorage = 'e' from pg_class
            where pg_class.oid = attrelid and relnamespace = 'public'::regnamespace and attstorage = 'x' and attnum > 0";
        for database in DATABASES {
            self.run(database, no_compression);
            assert_eq!(self.texts(database, "select current_setting('wal_compression')"), ["off"]);
        }
    }

    /// Writes a dump of each database and a base backup of the cluster into a folder.
    pub(crate) fn back_up(&self, folder: &Path) {
        for database in DATABASES {
            self.run(database, "checkpoint");
            let file = folder.join(format!("{database}.sql"));
            self.program("pg_dump", &["--dbname", database, "--file", file.to_str().expect("text")]);
        }
        let copy = folder.join("base-backup");
        self.program("pg_basebackup", &["--pgdata", copy.to_str().expect("text"), "--checkpoint", "fast"]);
    }

    /// Runs one of PostgreSQL's programs, of the version that the cluster runs.
    fn program(&self, name: &str, arguments: &[&str]) {
        let started = fs::read_to_string(self.home.path().join("postgres/postmaster.opts")).expect("it runs");
        let server = Path::new(started.split_whitespace().next().expect("a program"));
        let mut command = Command::new(server.with_file_name(name));
        command.args(["--host", self.home.path().join("run").to_str().expect("text")]);
        command.args(["--port", "5432", "--username", "stele"]).args(arguments);
        let output = command.output().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
    }
}
