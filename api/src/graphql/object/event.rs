//! An event of the history.

use async_graphql::Object;
use chrono::{DateTime, Utc};
use stele_ledger::Recorded;
use uuid::Uuid;

use crate::graphql::position::PositionScalar;

/// An event of the history.
pub(in crate::graphql) struct EventObject(Recorded);

impl From<Recorded> for EventObject {
    fn from(recorded: Recorded) -> Self {
        Self(recorded)
    }
}

/// An event of the history, as it is stored.
#[Object(name = "Event")]
impl EventObject {
    /// Where it stands.
    async fn position(&self) -> PositionScalar {
        PositionScalar(self.0.position)
    }

    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.event_id
    }

    /// What its stream is about, such as project, task, participant, or the ledger itself.
    async fn stream_type(&self) -> &str {
        self.0.stream.stream_type.as_str()
    }

    /// Which stream it belongs to.
    async fn stream_id(&self) -> Uuid {
        self.0.stream.id
    }

    /// Its place in the stream, from 1.
    async fn stream_version(&self) -> u64 {
        self.0.stream_version
    }

    /// Its name, such as `TaskCreated`.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The version of its payload's schema.
    async fn schema_version(&self) -> u16 {
        self.0.schema_version
    }

    /// Its content, as the exact JSON that was hashed. Personal fields are sealed.
    async fn payload(&self) -> &str {
        &self.0.payload
    }

    /// Who caused it and by which command, as the exact JSON that was hashed.
    async fn metadata(&self) -> &str {
        &self.0.metadata
    }

    /// When it is claimed to have happened.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.0.occurred_at.to_utc()
    }

    /// When the ledger took it in.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at.to_utc()
    }

    /// Its Merkle leaf hash (RFC 6962), in hexadecimal.
    async fn leaf_hash(&self) -> String {
        hex::encode(self.0.leaf_hash)
    }
}
