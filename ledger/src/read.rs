//! Reading the ledger back.

use stele_domain::{Aggregate, StreamType, UnknownStreamType};
use uuid::Uuid;

use crate::{DatabaseError, Ledger, Position, Recorded, StatementError, StreamKey};

/// Which events a reader wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// The names of the events; `None` for all of them.
    pub names: Option<Vec<&'static str>>,
}

impl EventFilter {
    /// Every event.
    #[must_use]
    pub const fn all() -> Self {
        Self { names: None }
    }

    /// Events of these names.
    #[must_use]
    pub fn named(names: &[&'static str]) -> Self {
        Self { names: Some(names.to_vec()) }
    }

    /// Whether events of this name pass.
    #[must_use]
    pub fn passes(&self, name: &str) -> bool {
        self.names.as_ref().is_none_or(|names| names.contains(&name))
    }
}

/// Why the ledger could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// PostgreSQL could not be reached, or refused a statement.
    #[error("PostgreSQL: {0}")]
    Sql(#[from] sqlx::Error),
    /// A statement for several callers failed.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The head is missing or damaged.
    #[error(transparent)]
    Head(#[from] DatabaseError),
    /// Nothing is known at that position yet.
    #[error("position {asked} is beyond the ledger's head, {head}")]
    BeyondHead {
        /// The position asked for.
        asked: Position,
        /// Where the ledger ends.
        head: Position,
    },
    /// The task that reads ahead has come to grief.
    #[error("reading stopped: {0}")]
    Stopped(#[from] tokio::task::JoinError),
    /// Positions have no gaps, so one that is missing has been removed.
    #[error("the ledger is damaged: the event at position {0} is missing")]
    Missing(Position),
}

impl Ledger {
    /// The events after `after`, up to and including `up_to`, that pass the filter, in order.
    ///
    /// The range is what bounds the answer's size: positions have no gaps.
    pub async fn read(
        &self,
        after: Position,
        up_to: Position,
        filter: &EventFilter,
    ) -> Result<Vec<Recorded>, ReadError> {
        let rows = sqlx::query_as!(
            EventRow,
            r#"select position, event_id, stream_type, stream_id, stream_version, name, schema_version,
                payload::text as "payload!", metadata::text as "metadata!", occurred_at, recorded_at, leaf_hash
            from event
            where ledger_id = $1 and position > $2 and position <= $3 and ($4::text[] is null or name = any($4))
            order by position"#,
            self.id(),
            after.to_sql(),
            up_to.to_sql(),
            filter.names.as_deref() as Option<&[&'static str]>
        )
        .fetch_all(self.database().pool())
        .await?;
        Ok(rows.into_iter().map(Recorded::try_from).collect::<Result<_, _>>()?)
    }

    /// The events of every stream of an aggregate, up to and including `up_to`, in order.
    ///
    /// Not for tasks, which have nearly all events: [`scan`](Self::scan) reads those.
    pub async fn read_all<A: Aggregate>(&self, up_to: Position) -> Result<Vec<Recorded>, ReadError> {
        const { assert!(!matches!(A::STREAM, StreamType::Task), "tasks have too many events to be read at once") };
        let rows = sqlx::query_as!(
            EventRow,
            r#"select position, event_id, stream_type, stream_id, stream_version, name, schema_version,
                payload::text as "payload!", metadata::text as "metadata!", occurred_at, recorded_at, leaf_hash
            from event
            where ledger_id = $1 and stream_type = $2 and stream_type <> 'task' and position <= $3
            order by position"#,
            self.id(),
            A::STREAM.as_str(),
            up_to.to_sql()
        )
        .fetch_all(self.database().pool())
        .await?;
        Ok(rows.into_iter().map(Recorded::try_from).collect::<Result<_, _>>()?)
    }

    /// The events of one stream after a version of it, in order.
    pub async fn read_stream(&self, stream: StreamKey, after_version: u64) -> Result<Vec<Recorded>, ReadError> {
        let rows = sqlx::query_as!(
            EventRow,
            r#"select position, event_id, stream_type, stream_id, stream_version, name, schema_version,
                payload::text as "payload!", metadata::text as "metadata!", occurred_at, recorded_at, leaf_hash
            from event
            where ledger_id = $1 and stream_id = $2 and stream_type = $3 and stream_version > $4
            order by stream_version"#,
            self.id(),
            stream.id,
            stream.stream_type.as_str(),
            after_version.cast_signed()
        )
        .fetch_all(self.database().pool())
        .await?;
        Ok(rows.into_iter().map(Recorded::try_from).collect::<Result<_, _>>()?)
    }

    /// Up to `limit` events of one stream after a position, in order.
    pub async fn read_stream_page(
        &self,
        stream: StreamKey,
        after: Position,
        limit: i64,
    ) -> Result<Vec<Recorded>, ReadError> {
        let rows = sqlx::query_as!(
            EventRow,
            r#"select position, event_id, stream_type, stream_id, stream_version, name, schema_version,
                payload::text as "payload!", metadata::text as "metadata!", occurred_at, recorded_at, leaf_hash
            from event
            where ledger_id = $1 and stream_id = $2 and stream_type = $3 and position > $4
            order by stream_version
            limit $5"#,
            self.id(),
            stream.id,
            stream.stream_type.as_str(),
            after.to_sql(),
            limit
        )
        .fetch_all(self.database().pool())
        .await?;
        Ok(rows.into_iter().map(Recorded::try_from).collect::<Result<_, _>>()?)
    }
}

struct EventRow {
    position: i64,
    event_id: Uuid,
    stream_type: String,
    stream_id: Uuid,
    stream_version: i64,
    name: String,
    schema_version: i32,
    payload: String,
    metadata: String,
    occurred_at: chrono::DateTime<chrono::Utc>,
    recorded_at: chrono::DateTime<chrono::Utc>,
    leaf_hash: Vec<u8>,
}

impl TryFrom<EventRow> for Recorded {
    type Error = sqlx::Error;

    fn try_from(row: EventRow) -> Result<Self, sqlx::Error> {
        let decode = |error: Box<dyn std::error::Error + Send + Sync>| sqlx::Error::Decode(error);
        Ok(Self {
            position: Position::from_sql(row.position),
            event_id: row.event_id,
            stream: StreamKey { stream_type: stream_type(&row.stream_type)?, id: row.stream_id },
            stream_version: row.stream_version.cast_unsigned(),
            name: row.name,
            schema_version: row.schema_version.try_into().map_err(|error| decode(Box::new(error)))?,
            payload: row.payload,
            metadata: row.metadata,
            occurred_at: row.occurred_at.into(),
            recorded_at: row.recorded_at.into(),
            leaf_hash: row.leaf_hash.as_slice().try_into().map_err(|error| decode(Box::new(error)))?,
        })
    }
}

/// The stream type of a stored name; one that this build does not know is an error.
pub(crate) fn stream_type(name: &str) -> Result<StreamType, sqlx::Error> {
    name.parse().map_err(|error: UnknownStreamType| sqlx::Error::Decode(error.into()))
}
