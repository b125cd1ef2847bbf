//! The seam where personal fields are sealed before they are stored, and opened after they are read.

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use stele_domain::{
    Event, Personal, Sealed, SubjectId,
    personal::{PersonalField, SealAlgorithm},
};
use uuid::Uuid;

use crate::StreamKey;

/// Where a personal field stands. A sealed field opens only in its own place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealContext<'a> {
    /// The event's ledger.
    pub ledger_id: Uuid,
    /// The event's stream.
    pub stream: StreamKey,
    /// The event.
    pub event_id: Uuid,
    /// The field's path within the payload.
    pub path: &'a str,
}

/// What a sealed field turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The JSON of its value.
    Clear(Vec<u8>),
    /// Its subject's key has been destroyed, and with it the value.
    Erased,
}

/// Seals and opens personal fields.
#[async_trait]
pub trait Keeper: Send + Sync {
    /// Seals the JSON of a value about `subject`.
    async fn seal(&self, context: SealContext<'_>, subject: SubjectId, clear: &[u8]) -> Result<Sealed, SealError>;

    /// Opens a sealed value. A key that can't be reached is an error; a key that was destroyed is an answer.
    async fn open(&self, context: SealContext<'_>, sealed: &Sealed) -> Result<Opened, OpenError>;
}

/// Why a field could not be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The value has no JSON form.
    #[error("the field `{path}` can't be written: {source}")]
    Unwritable {
        /// The field's path.
        path: String,
        /// What the JSON writer said.
        source: serde_json::Error,
    },
}

/// Why a sealed field could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The sealed bytes are not what they should be.
    #[error("the sealed field `{path}` of event {event_id} is damaged: {reason}")]
    Damaged {
        /// The event.
        event_id: Uuid,
        /// The field's path.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Keeps personal fields in their stored shape without encrypting them: the algorithm `none`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unencrypted;

#[async_trait]
impl Keeper for Unencrypted {
    async fn seal(&self, _: SealContext<'_>, subject: SubjectId, clear: &[u8]) -> Result<Sealed, SealError> {
        Ok(Sealed { subject, alg: SealAlgorithm::None, data: BASE64_STANDARD.encode(clear) })
    }

    async fn open(&self, context: SealContext<'_>, sealed: &Sealed) -> Result<Opened, OpenError> {
        let SealAlgorithm::None = sealed.alg;
        BASE64_STANDARD.decode(&sealed.data).map(Opened::Clear).map_err(|error| OpenError::Damaged {
            event_id: context.event_id,
            path: context.path.to_owned(),
            reason: error.to_string(),
        })
    }
}

/// Seals every personal field of an event that is still clear.
pub(crate) async fn seal_event<E: Event>(
    keeper: &dyn Keeper,
    ledger_id: Uuid,
    stream: StreamKey,
    event_id: Uuid,
    event: &mut E,
) -> Result<(), SealError> {
    for (path, field) in event.personal_fields() {
        let clear = field.clear_bytes().map_err(|source| SealError::Unwritable { path: path.clone(), source })?;
        if let Some(clear) = clear {
            let context = SealContext { ledger_id, stream, event_id, path: &path };
            let sealed = keeper.seal(context, field.subject(), &clear).await?;
            field.set_sealed(sealed);
        }
    }
    Ok(())
}

impl crate::Ledger {
    /// Opens one personal field that was read from a view or an event.
    ///
    /// Afterwards it is clear, or erased.
    pub async fn open_personal<T>(
        &self,
        stream: StreamKey,
        event_id: Uuid,
        path: &str,
        field: &mut Personal<T>,
    ) -> Result<(), OpenError>
    where
        Personal<T>: PersonalField,
    {
        let Some(sealed) = field.sealed().cloned() else { return Ok(()) };
        let context = SealContext { ledger_id: self.id(), stream, event_id, path };
        match self.keeper().open(context, &sealed).await? {
            Opened::Erased => field.set_erased(),
            Opened::Clear(bytes) => field.set_clear(&bytes).map_err(|error| OpenError::Damaged {
                event_id,
                path: path.to_owned(),
                reason: error.to_string(),
            })?,
        }
        Ok(())
    }
}
