//! The key store: a database of its own.
//!
//! Its queries are not checked when Stele is built, as those on the ledger's database are: the two are different
//! databases. The tests run every one of them.

use std::time::Duration;

use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};
use stele_domain::{SubjectId, Timestamp};
use stele_tlog::Hash;
use uuid::Uuid;

use super::KeyRing;
use crate::database::has_code;

/// The SQLSTATE `invalid_catalog_name`.
const NO_DATABASE: &str = "3D000";

/// How long a request waits for a key store that is down.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many connections a process keeps at most.
const CONNECTIONS: u32 = 5;

/// Where the keys to personal data are: a database with the subjects' keys, and the ring with the ledger keys that wrap
/// them.
#[derive(Clone, Debug)]
pub struct KeyStore {
    pool: PgPool,
    pub(super) ring: KeyRing,
}

/// Why the key store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    /// It can't be reached, or refused a statement.
    #[error("the key store can't be reached: {0}")]
    Sql(#[from] sqlx::Error),
    /// Its schema could not be brought up to date.
    #[error("the key store's schema could not be brought up to date: {0}")]
    Migrate(#[from] MigrateError),
    /// Its schema is not the one that this build was made for.
    #[error("the key store's schema is at version {found} and this Stele needs {needed}; run `stele migrate`")]
    SchemaVersion {
        /// The version found; 0 if there is none.
        found: i64,
        /// The version needed.
        needed: i64,
    },
}

/// A subject's row.
pub(super) struct Stored {
    /// The wrapped key and the version of the ledger key around it, unless it is destroyed.
    pub(super) wrapped: Option<(i32, Vec<u8>)>,
    pub(super) fingerprint: Option<Hash>,
    /// The ledger key that wrapped it last.
    pub(super) ledger_key_version: Option<i32>,
    pub(super) destroyed_at: Option<Timestamp>,
}

/// A version of a ledger's key, as the store knows it.
pub(super) struct Version {
    pub(super) number: i32,
    pub(super) retired: bool,
    pub(super) destroyed_at: Option<Timestamp>,
}

fn migrator() -> Migrator {
    let mut migrator = sqlx::migrate!("../migrations/keys");
    // so that the schema's versions are told apart where both are in one database
    migrator.dangerous_set_table_name("_stele_keys_migrations");
    migrator
}

/// Creates the database that the options name, from the one that every server has.
async fn create_database(options: &PgConnectOptions) -> Result<(), sqlx::Error> {
    let name = options.get_database().unwrap_or("stele_keys").replace('"', "\"\"");
    let mut connection = PgConnection::connect_with(&options.clone().database("postgres")).await?;
    sqlx::query(AssertSqlSafe(format!("create database \"{name}\""))).execute(&mut connection).await?;
    connection.close().await
}

impl KeyStore {
    /// Brings the schema up to date, in a database that is created if there is none. The login needs the right to
    /// create them.
    pub async fn migrate(options: &PgConnectOptions) -> Result<(), KeyStoreError> {
        let once = || PgPoolOptions::new().max_connections(1).connect_with(options.clone());
        let pool = match once().await {
            Err(error) if has_code(&error, NO_DATABASE) => {
                create_database(options).await?;
                once().await?
            }
            connected => connected?,
        };
        let migrated = migrator().run(&pool).await;
        pool.close().await;
        Ok(migrated?)
    }

    /// Connects to a key store whose schema is up to date.
    pub async fn connect(options: PgConnectOptions, ring: KeyRing) -> Result<Self, KeyStoreError> {
        let options = options.application_name("stele keys").options([("client_min_messages", "warning")]);
        let pool =
            PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE).connect_with(options).await;
        let needed = migrator().iter().map(|migration| migration.version).max().unwrap_or(0);
        let pool = match pool {
            Err(error) if has_code(&error, NO_DATABASE) => {
                return Err(KeyStoreError::SchemaVersion { found: 0, needed });
            }
            connected => connected?,
        };
        let found = sqlx::query_scalar("select coalesce(max(version), 0) from _stele_keys_migrations where success");
        let found: i64 = match found.fetch_one(&pool).await {
            Ok(version) => version,
            // undefined_table
            Err(error) if has_code(&error, "42P01") => 0,
            Err(error) => return Err(error.into()),
        };
        if found == needed { Ok(Self { pool, ring }) } else { Err(KeyStoreError::SchemaVersion { found, needed }) }
    }

    /// A key store in this database, whose ledger keys are gone with the process: for tests and benchmarks.
    pub async fn in_process(options: &PgConnectOptions) -> Result<Self, KeyStoreError> {
        Self::migrate(options).await?;
        Self::connect(options.clone(), KeyRing::in_process()).await
    }

    /// The pool of connections.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Every version of a ledger's key, from the oldest.
    pub(super) async fn versions(&self, ledger_id: Uuid) -> Result<Vec<Version>, sqlx::Error> {
        let rows: Vec<(i32, bool, Option<chrono::DateTime<chrono::Utc>>)> = sqlx::query_as(
            "select version, retired_at is not null, destroyed_at from ledger_key where ledger_id = $1
            order by version",
        )
        .bind(ledger_id)
        .fetch_all(&self.pool)
        .await?;
        let version = |(number, retired, destroyed_at): (_, _, Option<chrono::DateTime<chrono::Utc>>)| Version {
            number,
            retired,
            destroyed_at: destroyed_at.map(Into::into),
        };
        Ok(rows.into_iter().map(version).collect())
    }

    /// Makes a version the one that wraps new keys, in place of all before it.
    pub(super) async fn make_current(&self, ledger_id: Uuid, version: i32) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        // waits for those who are creating a key under it
        sqlx::query(
            "update ledger_key set retired_at = now() where ledger_id = $1 and version < $2 and retired_at is null",
        )
        .bind(ledger_id)
        .bind(version)
        .execute(&mut *transaction)
        .await?;
        sqlx::query("insert into ledger_key (ledger_id, version) values ($1, $2) on conflict do nothing")
            .bind(ledger_id)
            .bind(version)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await
    }

    /// Notes that a version is no more.
    pub(super) async fn mark_destroyed(&self, ledger_id: Uuid, version: i32) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update ledger_key set destroyed_at = now()
            where ledger_id = $1 and version = $2 and destroyed_at is null",
        )
        .bind(ledger_id)
        .bind(version)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A subject's row.
    pub(super) async fn find(&self, ledger_id: Uuid, subject: SubjectId) -> Result<Option<Stored>, sqlx::Error> {
        type Row = (Option<i32>, Option<Vec<u8>>, Option<Vec<u8>>, Option<chrono::DateTime<chrono::Utc>>);
        let row: Option<Row> = sqlx::query_as(
            "select ledger_key_version, wrapped, fingerprint, destroyed_at from subject_key
            where ledger_id = $1 and subject_id = $2",
        )
        .bind(ledger_id)
        .bind(subject.uuid())
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|(version, wrapped, fingerprint, destroyed_at)| Stored {
            wrapped: version.zip(wrapped),
            fingerprint: fingerprint.and_then(|bytes| bytes.try_into().ok()),
            ledger_key_version: version,
            destroyed_at: destroyed_at.map(Into::into),
        }))
    }

    /// Keeps a subject's first key. Nothing happens if there is a row already, or if `version` is no longer the one
    /// that wraps new keys.
    pub(super) async fn create(
        &self,
        ledger_id: Uuid,
        subject: SubjectId,
        version: i32,
        wrapped: &[u8],
        fingerprint: &Hash,
    ) -> Result<bool, sqlx::Error> {
        let done = sqlx::query(
            "with current as (
                select version from ledger_key where ledger_id = $1 and version = $3 and retired_at is null for share
            )
            insert into subject_key (ledger_id, subject_id, ledger_key_version, wrapped, fingerprint)
            select $1, $2, version, $4, $5 from current
            on conflict (ledger_id, subject_id) do nothing",
        )
        .bind(ledger_id)
        .bind(subject.uuid())
        .bind(version)
        .bind(wrapped)
        .bind(&fingerprint[..])
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Destroys a subject's key for good; afterwards the subject gets no other.
    pub(super) async fn destroy(&self, ledger_id: Uuid, subject: SubjectId) -> Result<(), sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        // the row's lock puts destructions in the order of their commits
        let count: i64 = sqlx::query_scalar(
            "insert into destructions (ledger_id, count) values ($1, 1)
            on conflict (ledger_id) do update set count = destructions.count + 1 returning count",
        )
        .bind(ledger_id)
        .fetch_one(&mut *transaction)
        .await?;
        sqlx::query(
            "insert into subject_key (ledger_id, subject_id, destroyed_at, destruction) values ($1, $2, now(), $3)
            on conflict (ledger_id, subject_id) do update
            set wrapped = null, destroyed_at = excluded.destroyed_at, destruction = excluded.destruction
            where subject_key.wrapped is not null",
        )
        .bind(ledger_id)
        .bind(subject.uuid())
        .bind(count)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    /// How many keys have been destroyed, and whose since `known` of them.
    pub(super) async fn destroyed_since(
        &self,
        ledger_id: Uuid,
        known: i64,
    ) -> Result<(i64, Vec<SubjectId>), sqlx::Error> {
        let count: Option<i64> = sqlx::query_scalar("select count from destructions where ledger_id = $1")
            .bind(ledger_id)
            .fetch_optional(&self.pool)
            .await?;
        let count = count.unwrap_or(0);
        if count == known {
            return Ok((count, Vec::new()));
        }
        let subjects: Vec<Uuid> = sqlx::query_scalar(
            "select subject_id from subject_key where ledger_id = $1 and destruction > $2 and destruction <= $3",
        )
        .bind(ledger_id)
        .bind(known)
        .bind(count)
        .fetch_all(&self.pool)
        .await?;
        Ok((count, subjects.into_iter().map(Into::into).collect()))
    }

    /// Waits until no other process rotates this ledger's keys. As long as the connection lives, none does.
    pub(super) async fn lock_rotation(&self, ledger_id: Uuid) -> Result<PgConnection, sqlx::Error> {
        // taken out of the pool, so that whoever drops it lets go of the lock
        let mut connection = self.pool.acquire().await?.detach();
        sqlx::query("select pg_advisory_lock(hashtextextended('stele keys rotate ' || $1::text, 0))")
            .bind(ledger_id)
            .execute(&mut connection)
            .await?;
        Ok(connection)
    }

    /// How many living keys an older version than this still wraps.
    pub(super) async fn behind(&self, ledger_id: Uuid, version: i32) -> Result<u64, sqlx::Error> {
        let count: i64 = sqlx::query_scalar(
            "select count(*) from subject_key
            where ledger_id = $1 and ledger_key_version < $2 and wrapped is not null",
        )
        .bind(ledger_id)
        .bind(version)
        .fetch_one(&self.pool)
        .await?;
        Ok(count.cast_unsigned())
    }

    /// Some of the living keys that an older version than this still wraps.
    pub(super) async fn some_behind(
        &self,
        ledger_id: Uuid,
        version: i32,
        limit: i64,
    ) -> Result<Vec<(SubjectId, i32, Vec<u8>)>, sqlx::Error> {
        let rows: Vec<(Uuid, i32, Vec<u8>)> = sqlx::query_as(
            "select subject_id, ledger_key_version, wrapped from subject_key
            where ledger_id = $1 and ledger_key_version < $2 and wrapped is not null
            order by ledger_key_version limit $3",
        )
        .bind(ledger_id)
        .bind(version)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(subject, version, wrapped)| (subject.into(), version, wrapped)).collect())
    }

    /// Puts newly wrapped keys in the place of the old ones; one that was destroyed meanwhile stays destroyed.
    pub(super) async fn rewrap(
        &self,
        ledger_id: Uuid,
        version: i32,
        keys: &[(SubjectId, Vec<u8>)],
    ) -> Result<(), sqlx::Error> {
        let subjects: Vec<Uuid> = keys.iter().map(|(subject, _)| subject.uuid()).collect();
        let wrapped: Vec<&[u8]> = keys.iter().map(|(_, wrapped)| wrapped.as_slice()).collect();
        sqlx::query(
            "update subject_key set wrapped = incoming.wrapped, ledger_key_version = $2
            from unnest($3::uuid[], $4::bytea[]) as incoming (subject_id, wrapped)
            where subject_key.ledger_id = $1 and subject_key.subject_id = incoming.subject_id
                and subject_key.wrapped is not null and subject_key.ledger_key_version < $2",
        )
        .bind(ledger_id)
        .bind(version)
        .bind(subjects)
        .bind(wrapped)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[sqlx::test]
    async fn a_key_is_made_once_and_under_the_version_in_force(_: PgPoolOptions, options: PgConnectOptions) {
        let store = KeyStore::in_process(&options).await.expect("a key store");
        let (ledger, ada) = (Uuid::from_u128(1), SubjectId::from(Uuid::from_u128(2)));
        for version in [1, 2] {
            store.make_current(ledger, version).await.expect("made");
        }
        let create =
            async |version| store.create(ledger, ada, version, b"wrapped", &[7; 32]).await.expect("answered");
        assert!(!create(1).await, "rotation has passed this version, and would not come back for the key");
        assert!(store.find(ledger, ada).await.expect("readable").is_none());
        assert!(!create(3).await, "there is no such version");
        assert!(create(2).await);
        assert!(!create(2).await, "there is one already");
        store.destroy(ledger, ada).await.expect("destroyed");
        assert!(!create(2).await, "whose key was destroyed gets no other");
        let stored = store.find(ledger, ada).await.expect("readable").expect("a marker stays");
        assert!(stored.wrapped.is_none() && stored.destroyed_at.is_some());
    }
}
