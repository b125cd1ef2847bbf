//! The connection to PostgreSQL, under the role that can't rewrite history.

use std::time::Duration;

use sqlx::{
    Connection, Executor, PgPool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};
use stele_domain::Timestamp;
use uuid::Uuid;

use crate::random::Random;

/// Every migration of the database's schema.
pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// How long an idle connection is taken to be alive without asking.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// A pool of connections that have taken on the role `stele_server`.
#[derive(Clone, Debug)]
pub struct Database {
    pool: PgPool,
}

/// What can go wrong between Stele and its database.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// PostgreSQL could not be reached, or refused a statement.
    #[error("PostgreSQL: {0}")]
    Sql(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database schema could not be brought up to date: {0}")]
    Migrate(#[from] MigrateError),
    /// The schema is older than this build of Stele, or newer.
    #[error("the database schema is at version {found} and this Stele needs {needed}; {advice}")]
    SchemaVersion {
        /// The version found; 0 if there is none.
        found: i64,
        /// The version needed.
        needed: i64,
        /// What to do about it.
        advice: &'static str,
    },
    /// A ledger's name does not follow the rule.
    #[error("`{0}` can't name a ledger: it takes a letter or digit, then up to 62 of a-z, 0-9, `.` and `-`")]
    LedgerName(String),
    /// The head's frontier does not fit its size: the database has been tampered with or damaged.
    #[error("the head of ledger {ledger_id} is damaged: its frontier does not belong to {size} events")]
    BrokenHead {
        /// The ledger.
        ledger_id: Uuid,
        /// The size it claims.
        size: u64,
    },
}

impl Database {
    /// Brings the schema up to date. The login needs the right to create tables and roles.
    pub async fn migrate(options: &PgConnectOptions) -> Result<(), DatabaseError> {
        let pool = PgPoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        let migrated = MIGRATOR.run(&pool).await;
        pool.close().await;
        Ok(migrated?)
    }

    /// Connects, as the role `stele_server`, to a database whose schema is up to date.
    pub async fn connect(options: PgConnectOptions, connections: u32) -> Result<Self, DatabaseError> {
        // the statements are few, short and run over and over: most take longer to plan than to run, and each longer to compile;
        // nearly all of them look for some rows of many, which are in memory
        let settings = [
            ("client_min_messages", "warning"),
            ("plan_cache_mode", "force_generic_plan"),
            ("jit", "off"),
            ("random_page_cost", "1.1"),
        ];
        let options = options.application_name("stele").options(settings);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(10))
            // one that was in use a moment ago is taken to be alive: to ask would double the round trips
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > TRUSTED_FOR {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute("set role stele_server").await.map(|_| ()) })
            })
            .connect_with(options)
            .await?;
        let database = Self { pool };
        database.check_schema().await?;
        Ok(database)
    }

    /// The pool of connections.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Whether the schema is the one that this build was made for.
    pub async fn check_schema(&self) -> Result<(), DatabaseError> {
        let needed = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0);
        let found = sqlx::query_scalar!(r#"select schema_version() as "version!""#).fetch_one(&self.pool).await;
        let found = match found {
            Ok(version) => version,
            // undefined_function
            Err(error) if has_code(&error, "42883") => 0,
            Err(error) => return Err(error.into()),
        };
        match found.cmp(&needed) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Less => {
                Err(DatabaseError::SchemaVersion { found, needed, advice: "run `stele migrate`" })
            }
            std::cmp::Ordering::Greater => {
                Err(DatabaseError::SchemaVersion { found, needed, advice: "use a newer Stele" })
            }
        }
    }

    /// Has PostgreSQL look at the tables that have grown fourfold since it last did, so that plans made from now on fit them.
    pub async fn analyze_outgrown_tables(&self) -> Result<(), DatabaseError> {
        sqlx::query!("select analyze_outgrown_tables()").execute(&self.pool).await?;
        Ok(())
    }

    /// Begins the ledger called `name`, unless it exists; returns its id and its pseudonym key.
    pub(crate) async fn begin_ledger(&self, name: &str, now: Timestamp) -> Result<(Uuid, [u8; 32]), DatabaseError> {
        let valid = name.len() <= 63
            && name.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-');
        if !valid {
            return Err(DatabaseError::LedgerName(name.to_owned()));
        }
        let random = Random::from_system();
        let (id, key) = (uuid::Builder::from_random_bytes(random.bytes()).into_uuid(), random.bytes::<32>());
        let row = sqlx::query!(
            r#"select ledger_id as "ledger_id!", pseudonym_key as "pseudonym_key!" from ledger_begin($1, $2, $3, $4)"#,
            id,
            name,
            &key[..],
            now.to_utc()
        )
        .fetch_one(&self.pool)
        .await?;
        let key = row.pseudonym_key.try_into().map_err(|_| DatabaseError::LedgerName(name.to_owned()))?;
        Ok((row.ledger_id, key))
    }
}

/// Whether PostgreSQL answered with this SQLSTATE.
pub(crate) fn has_code(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|found| found == code)
}
