//! The sequencer's SQL.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::{
    batch::Pending,
    plan::{Accepted, Plan},
};
use crate::{Head, IdempotencyKey, Metadata, Position, Receipt, StoredReceipt, StreamKey};

/// What came of writing a batch.
pub(super) enum Written {
    /// All of it is durable.
    All,
    /// Another process has appended since the head was read. Nothing was written.
    HeadMoved,
    /// A key or a stream version in it is taken. Nothing was written.
    Taken,
}

/// One column of the batch after another, as `ledger_append` takes them.
#[derive(Default)]
struct Columns<'a> {
    event_ids: Vec<Uuid>,
    stream_types: Vec<&'static str>,
    stream_ids: Vec<Uuid>,
    stream_versions: Vec<i64>,
    names: Vec<&'a str>,
    schema_versions: Vec<i32>,
    payloads: Vec<&'a str>,
    metadatas: Vec<&'a str>,
    occurred_ats: Vec<DateTime<Utc>>,
    leaf_hashes: Vec<&'a [u8]>,
    // the receipt, on the first event of each append
    keys: Vec<Option<&'a str>>,
    command_events: Vec<Option<i32>>,
}

impl<'a> Columns<'a> {
    fn push(&mut self, pending: &'a Pending, accepted: &'a Accepted, recorded_at: DateTime<Utc>) {
        let append = &pending.append;
        let events = i32::try_from(append.events.len()).unwrap_or(i32::MAX);
        for ((version, event), leaf) in (accepted.first_version..).zip(&append.events).zip(&accepted.leaves) {
            let is_first = version == accepted.first_version;
            self.event_ids.push(event.id);
            self.stream_types.push(append.stream.stream_type.as_str());
            self.stream_ids.push(append.stream.id);
            self.stream_versions.push(version.cast_signed());
            self.names.push(&event.name);
            self.schema_versions.push(event.schema_version.into());
            self.payloads.push(&event.payload);
            self.metadatas.push(&append.metadata);
            self.occurred_ats.push(event.occurred_at.map_or(recorded_at, stele_domain::Timestamp::to_utc));
            self.leaf_hashes.push(leaf);
            self.keys.push(is_first.then_some(append.key.as_str()));
            self.command_events.push(is_first.then_some(events));
        }
    }
}

/// Writes what was planned for `batch` on top of `head`: one statement, one round trip, one commit.
pub(super) async fn write(
    connection: &mut PgConnection,
    ledger_id: Uuid,
    head: &Head,
    batch: &[Pending],
    plan: &Plan,
) -> Result<Written, sqlx::Error> {
    let recorded_at = plan.head.recorded_at.to_utc();
    let mut columns = Columns::default();
    for accepted in &plan.accepted {
        columns.push(&batch[accepted.place], accepted, recorded_at);
    }
    let written = sqlx::query_file_scalar!(
        "src/append/write.sql",
        ledger_id,
        head.epoch,
        head.position().to_sql(),
        head.frontier.to_bytes(),
        recorded_at,
        plan.head.frontier.to_bytes(),
        &columns.event_ids,
        &columns.stream_types as &[&str],
        &columns.stream_ids,
        &columns.stream_versions,
        &columns.names as &[&str],
        &columns.schema_versions,
        &columns.payloads as &[&str],
        &columns.metadatas as &[&str],
        &columns.occurred_ats,
        &columns.leaf_hashes as &[&[u8]],
        &columns.keys as &[Option<&str>],
        &columns.command_events as &[Option<i32>],
    )
    .fetch_one(connection)
    .await;
    match written {
        Ok(true) => Ok(Written::All),
        Ok(false) => Ok(Written::HeadMoved),
        Err(error) if is_taken(&error) => Ok(Written::Taken),
        Err(error) => Err(error),
    }
}

fn is_taken(error: &sqlx::Error) -> bool {
    let constraint = error.as_database_error().and_then(|error| error.constraint());
    matches!(constraint, Some("event_idempotency_key" | "event_stream_version"))
}

/// The versions at which streams stand; 0 for one that does not exist.
pub(super) async fn versions(
    connection: &mut PgConnection,
    ledger_id: Uuid,
    streams: &[StreamKey],
) -> Result<HashMap<StreamKey, u64>, sqlx::Error> {
    let types: Vec<&str> = streams.iter().map(|stream| stream.stream_type.as_str()).collect();
    let ids: Vec<Uuid> = streams.iter().map(|stream| stream.id).collect();
    let found = sqlx::query_file_scalar!("src/append/versions.sql", ledger_id, &types as &[&str], &ids)
        .fetch_all(connection)
        .await?;
    Ok(streams.iter().copied().zip(found.into_iter().map(i64::cast_unsigned)).collect())
}

/// The receipts recorded under these keys, by key.
pub(crate) async fn receipts(
    database: impl PgExecutor<'_>,
    ledger_id: Uuid,
    keys: &[&str],
) -> Result<HashMap<IdempotencyKey, StoredReceipt>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select metadata::text as "metadata!", stream_type, stream_id, position,
            position + command_events - 1 as "last_position!"
        from event
        where ledger_id = $1 and idempotency_key = any($2)"#,
        ledger_id,
        keys as &[&str]
    )
    .fetch_all(database)
    .await?;
    let mut receipts = HashMap::with_capacity(rows.len());
    for row in rows {
        let command: Metadata =
            serde_json::from_str(&row.metadata).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let stream_type = crate::read::stream_type(&row.stream_type)?;
        let receipt = Receipt {
            stream: StreamKey { stream_type, id: row.stream_id },
            first: Position::from_sql(row.position),
            last: Position::from_sql(row.last_position),
            replayed: true,
        };
        receipts.insert(command.command_id, StoredReceipt { receipt, fingerprint: command.fingerprint });
    }
    Ok(receipts)
}
