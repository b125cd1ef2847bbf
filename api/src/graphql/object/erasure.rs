//! Someone's erasure.

use async_graphql::{Context, Object, Result};
use chrono::{DateTime, Utc};
use stele_ledger::{CertificateError, Erasure};
use stele_projections::{ViewName, lineage};
use uuid::Uuid;

use crate::{
    Api,
    graphql::{caught_up::caught_up, fault, object::PersonalReleaseObject, position::PositionScalar},
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

    /// The releases of datasets that hold text of theirs: copies outside the ledger, which the erasure does not reach.
    async fn releases(&self, context: &Context<'_>) -> Result<Vec<PersonalReleaseObject>> {
        caught_up(context, &[ViewName::Lineage], Some(PositionScalar(self.0.event.position))).await?;
        let releases = lineage::releases_of(&context.data::<Api>()?.ledger, self.0.subject).await;
        let releases = releases.map_err(|error| fault::internal(context, &error))?;
        Ok(releases.into_iter().map(Into::into).collect())
    }

    /// The certificate of the erasure: a signed note, free of personal data, with the proof that the history has it;
    /// `stele verify --certificate` verifies it. Null until a signed checkpoint covers the erasure, which takes about a
    /// second, or while the key is not destroyed yet.
    async fn certificate(&self, context: &Context<'_>) -> Result<Option<String>> {
        let api = context.data::<Api>()?;
        match api.ledger.erasure_certificate(self.0.subject, &api.log_key).await {
            Ok(certificate) => Ok(Some(certificate)),
            Err(CertificateError::NotSigned(_) | CertificateError::KeyLives(_)) => Ok(None),
            Err(error) => Err(fault::internal(context, &error)),
        }
    }
}

impl ErasureObject {
    async fn key_record(&self, context: &Context<'_>) -> Result<Option<stele_ledger::KeyRecord>> {
        let ledger = &context.data::<Api>()?.ledger;
        ledger.key_record(self.0.subject).await.map_err(|error| fault::internal(context, &error))
    }
}
