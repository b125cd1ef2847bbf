//! The seam where personal fields are sealed before they are stored, and opened after they are read.

use base64::{Engine, prelude::BASE64_STANDARD};
use stele_domain::{
    Event, Personal, Sealed, SubjectId,
    personal::{PersonalField, SealAlgorithm},
};
use uuid::Uuid;

use crate::{
    Ledger, StreamKey,
    keys::{Keeper, KeyError},
};

/// Where a personal field stands. A sealed field opens only in its own place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SealContext<'a> {
    /// The event's ledger.
    pub(crate) ledger_id: Uuid,
    /// The event's stream.
    pub(crate) stream: StreamKey,
    /// The event.
    pub(crate) event_id: Uuid,
    /// The field's path within the payload.
    pub(crate) path: &'a str,
}

/// Why a field could not be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Whoever it is about has been erased, so nothing more is written about them.
    #[error("subject {0} has been erased: nothing more can be recorded about them")]
    Erased(SubjectId),
    /// The key can't be had.
    #[error("the field `{path}` can't be sealed: {source}")]
    Key {
        /// The field's path.
        path: String,
        /// Why not.
        source: KeyError,
    },
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
    /// The key can't be had. That does not mean that it was destroyed.
    #[error("the sealed field `{path}` of event {event_id} can't be opened: {source}")]
    Key {
        /// The event.
        event_id: Uuid,
        /// The field's path.
        path: String,
        /// Why not.
        source: KeyError,
    },
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

/// Seals every personal field of an event that is still clear. An event that refers to the files of someone who has been
/// erased is refused, as is one that says something of theirs.
pub(crate) async fn seal_event<E: Event>(
    keeper: &Keeper,
    ledger_id: Uuid,
    stream: StreamKey,
    event_id: Uuid,
    event: &mut E,
) -> Result<(), SealError> {
    for (path, field) in event.personal_fields() {
        seal_field(keeper, SealContext { ledger_id, stream, event_id, path: &path }, field).await?;
    }
    for subject in event.media_subjects() {
        let destroyed = keeper.is_destroyed(subject).await;
        if destroyed.map_err(|source| SealError::Key { path: "media".to_owned(), source })? {
            return Err(SealError::Erased(subject));
        }
    }
    Ok(())
}

async fn seal_field(
    keeper: &Keeper,
    context: SealContext<'_>,
    field: &mut dyn PersonalField,
) -> Result<(), SealError> {
    let path = || context.path.to_owned();
    let Some(clear) = field.clear_bytes().map_err(|source| SealError::Unwritable { path: path(), source })? else {
        return Ok(());
    };
    let subject = field.subject();
    let sealed = keeper.seal(context, subject, &clear).await;
    let sealed = sealed.map_err(|source| SealError::Key { path: path(), source })?;
    let data = BASE64_STANDARD.encode(sealed.ok_or(SealError::Erased(subject))?);
    field.set_sealed(Sealed { subject, alg: SealAlgorithm::XChaCha20Poly1305, data });
    Ok(())
}

impl Ledger {
    /// Seals one personal field that is part of no event, and is stored elsewhere: under an id of its own, for which
    /// `stream` and `path` say what it is.
    pub async fn seal_personal<T>(
        &self,
        stream: StreamKey,
        id: Uuid,
        path: &str,
        field: &mut Personal<T>,
    ) -> Result<(), SealError>
    where
        Personal<T>: PersonalField,
    {
        seal_field(self.keeper(), SealContext { ledger_id: self.id(), stream, event_id: id, path }, field).await
    }

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
        let damaged = |reason: &dyn ToString| OpenError::Damaged {
            event_id,
            path: path.to_owned(),
            reason: reason.to_string(),
        };
        let no_key = |source| OpenError::Key { event_id, path: path.to_owned(), source };
        let bytes = BASE64_STANDARD.decode(&sealed.data).map_err(|error| damaged(&error))?;
        match sealed.alg {
            // from before there were keys: there is none to destroy, but the subject may have been erased since
            SealAlgorithm::None if self.keeper().is_destroyed(sealed.subject).await.map_err(no_key)? => {
                field.set_erased();
            }
            SealAlgorithm::None => field.set_clear(&bytes).map_err(|error| damaged(&error))?,
            SealAlgorithm::XChaCha20Poly1305 => {
                let Some(opener) = self.keeper().opener(sealed.subject).await.map_err(no_key)? else {
                    field.set_erased();
                    return Ok(());
                };
                let context = SealContext { ledger_id: self.id(), stream, event_id, path };
                let clear = opener.open(context, &bytes).map_err(|error| damaged(&error))?;
                field.set_clear(&clear).map_err(|error| damaged(&error))?;
            }
        }
        Ok(())
    }
}
