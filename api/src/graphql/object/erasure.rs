//! Someone's erasure.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use stele_ledger::Erasure;
use uuid::Uuid;

use crate::{
    Api,
    graphql::{fault, position::PositionScalar},
};

/// Someone's erasure.
pub(in crate::graphql) struct ErasureObject(Box<Erasure>);

impl From<Erasure> for ErasureObject {
    fn from(erasure: Erasure) -> Self {
        Self(Box::new(erasure))
    }
}

/// Someone's erasure.
#[Object(name = "Erasure")]
impl ErasureObject {
    /// Whose.
    async fn subject_id(&self) -> Uuid {
        self.0.subject.uuid()
    }

    /// Where the event stands that tells of it.
    async fn position(&self) -> PositionScalar {
        PositionScalar(self.0.event.position)
    }

    /// When it was recorded.
    async fn erased_at(&self) -> DateTime<Utc> {
        self.0.event.recorded_at.to_utc()
    }

    /// On what legal basis.
    async fn basis(&self) -> &str {
        &self.0.erased.basis
    }

    /// The request's name where requests are kept.
    async fn reference(&self) -> &str {
        &self.0.erased.reference
    }

    /// The SHA-256 of the key that was destroyed, in hexadecimal; null if the person had none.
    async fn key_fingerprint(&self) -> Option<&str> {
        self.0.erased.key_fingerprint.as_deref()
    }

    /// When the key was destroyed in the key store.
    async fn key_destroyed_at(&self, context: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        let record = self.key_record(context).await?;
        Ok(record.and_then(|record| record.destroyed_at).map(stele_domain::Timestamp::to_utc))
    }

    /// Since when no backup of the key store opens the person's data any more: the ledger key that wrapped theirs was
    /// destroyed then, by `stele keys rotate`. Null as long as an older backup might.
    async fn beyond_backups_since(&self, context: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        let record = self.key_record(context).await?;
        Ok(record.and_then(|record| record.beyond_backups_since).map(stele_domain::Timestamp::to_utc))
    }
}

impl ErasureObject {
    async fn key_record(&self, context: &Context<'_>) -> Result<Option<stele_ledger::KeyRecord>> {
        let ledger = &context.data::<Api>()?.ledger;
        ledger.key_record(self.0.subject).await.map_err(|error| fault::internal(context, &error))
    }
}
