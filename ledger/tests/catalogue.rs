//! What the database itself guarantees, asked of its catalogue.

mod support;

use std::path::Path;

use sqlx::{
    Executor, PgPool, Row, SqlSafeStr,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use support::open;

const HISTORY: [&str; 5] = ["ledger", "ledger_head", "event", "checkpoint", "tree_node"];

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn the_server_can_only_read_the_history(pool: PgPool) {
    for table in HISTORY {
        for right in ["insert", "update", "delete", "truncate", "references", "trigger"] {
            let allowed: bool = sqlx::query_scalar("select has_table_privilege('stele_server', $1, $2)")
                .bind(table)
                .bind(right)
                .fetch_one(&pool)
                .await
                .expect("the catalogue answers");
            assert!(!allowed, "stele_server may {right} on {table}");
        }
        let columns: i64 = sqlx::query_scalar(
            "select count(*) from information_schema.column_privileges
            where grantee in ('stele_server', 'PUBLIC') and table_name = $1 and privilege_type <> 'SELECT'",
        )
        .bind(table)
        .fetch_one(&pool)
        .await
        .expect("the catalogue answers");
        assert_eq!(columns, 0, "some column of {table} can be written by stele_server");
        let owner: String = sqlx::query_scalar("select tableowner::text from pg_tables where tablename = $1")
            .bind(table)
            .fetch_one(&pool)
            .await
            .expect("the catalogue answers");
        assert_ne!(owner, "stele_server");
    }
    let recovers: bool = sqlx::query_scalar(
        "select has_function_privilege('stele_server', 'ledger_begin_epoch(uuid, bigint)', 'execute')",
    )
    .fetch_one(&pool)
    .await
    .expect("the catalogue answers");
    assert!(!recovers, "stele_server may begin an epoch");
    let of_the_view: Vec<String> = sqlx::query_scalar(
        "select privilege_type::text from information_schema.table_privileges
        where table_name = 'postgres_es_events' and grantee in ('stele_server', 'PUBLIC')",
    )
    .fetch_all(&pool)
    .await
    .expect("the catalogue answers");
    assert_eq!(of_the_view, ["SELECT"], "the view of the events is for reading");
    let role: (bool, bool, bool, bool) = sqlx::query_as(
        "select rolsuper, rolcreaterole, rolbypassrls, rolcanlogin from pg_roles where rolname = 'stele_server'",
    )
    .fetch_one(&pool)
    .await
    .expect("the role exists");
    assert_eq!(role, (false, false, false, false));
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_connected_server_is_refused_by_name(_: PgPoolOptions, options: PgConnectOptions) {
    let ledger = open(&options).await;
    for statement in [
        "update event set payload = '{}'",
        "delete from event",
        "truncate event",
        "insert into event select * from event",
        "update ledger_head set size = 0",
        "update event set idempotency_key = null",
        "update ledger set name = 'other'",
        "delete from checkpoint",
        "update tree_node set hash = ''",
        "select ledger_begin_epoch(ledger_id, epoch) from ledger_head",
    ] {
        let error = ledger.database().pool().execute(statement).await.expect_err(statement);
        let code =
            error.as_database_error().and_then(sqlx::error::DatabaseError::code).map(std::borrow::Cow::into_owned);
        assert_eq!(code.as_deref(), Some("42501"), "{statement}: {error}");
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn every_key_and_index_is_led_by_the_ledger(pool: PgPool) {
    let stray: Vec<String> = sqlx::query_scalar(
        "select format('%s on %s', i.relname, t.relname)
        from pg_index x
        join pg_class i on i.oid = x.indexrelid
        join pg_class t on t.oid = x.indrelid
        join pg_namespace n on n.oid = t.relnamespace and n.nspname = 'public'
        join pg_attribute a on a.attrelid = t.oid and a.attnum = x.indkey[0]
        where a.attname <> 'ledger_id' and t.relname <> '_sqlx_migrations'
            -- the table of ledgers is small, and copied to every node
            and not (t.relname = 'ledger' and i.relname = 'ledger_name_key')",
    )
    .fetch_all(&pool)
    .await
    .expect("the catalogue answers");
    assert!(stray.is_empty(), "not led by ledger_id: {stray:?}");
}

/// The offline data that the checked queries are compiled against is what this database says of each query.
#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn the_offline_query_data_is_current(pool: PgPool) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.sqlx");
    let mut checked = 0;
    for entry in std::fs::read_dir(folder).expect(".sqlx is committed") {
        let path = entry.expect("readable").path();
        let text = std::fs::read_to_string(&path).expect("readable");
        let stored: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let query = stored["query"].as_str().expect("a query").to_owned();
        let described = (&pool).describe(sqlx::AssertSqlSafe(query).into_sql_str()).await;
        let described = described.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let described = serde_json::to_value(described).expect("JSON");
        assert_eq!(described, stored["describe"], "{}: run scripts/prepare-queries", path.display());
        checked += 1;
    }
    assert!(checked > 10, "only {checked} queries were found");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn the_schema_version_is_that_of_the_migrations(pool: PgPool) {
    let row = pool.fetch_one("select schema_version()").await.expect("the function exists");
    let newest = stele_ledger::MIGRATOR.iter().map(|migration| migration.version).max();
    assert_eq!(Some(row.get::<i64, _>(0)), newest);
}
