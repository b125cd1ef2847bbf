//! Erasing a person: the event first, and then the key.
//!
//! The event is what holds. Whatever dies after it, the rest can be done again from it, by any server, as often as need
//! be: that is [`Ledger::finish_erasure`]. So a key store that was restored from a backup forgets no erasure either.

use stele_domain::{
    Aggregate, ParticipantId, SubjectId,
    participant::{Participant, ParticipantCommand, ParticipantRefusal},
    subject::{DisclosedField, Subject, SubjectCommand, SubjectErased, SubjectEvent, SubjectRefusal},
};
use uuid::Uuid;

use crate::{
    CommandContext, ExecuteError, Fingerprint, KeyRecord, Ledger, LoadError, Position, Recorded, Rotated, StreamKey,
    keys::KeyError,
};

/// Why a person could not be erased, or not completely. Asking again completes it.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// Their erasure could not be recorded; nothing has happened.
    #[error(transparent)]
    Record(Box<ExecuteError<SubjectRefusal>>),
    /// The key could not be looked up, or not destroyed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// They could not be struck off the participants.
    #[error(transparent)]
    Participant(Box<ExecuteError<ParticipantRefusal>>),
    /// Their streams could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The system's own command can't be named.
    #[error(transparent)]
    Name(#[from] crate::IdempotencyKeyError),
}

/// An erasure as the history has it.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// Whose.
    pub subject: SubjectId,
    /// The event.
    pub event: Recorded,
    /// What it says.
    pub erased: SubjectErased,
}

impl Ledger {
    /// Records that someone is erased, and destroys their key. Someone who has been erased already is not erased again,
    /// but whatever was left undone is done.
    pub async fn erase(
        &self,
        subject: SubjectId,
        context: &CommandContext,
        basis: String,
        reference: String,
    ) -> Result<Erasure, EraseError> {
        // before anything happens: if the key store is down, nothing does
        let key = self.key_record(subject).await?;
        let key_fingerprint = key.and_then(|key| key.fingerprint).map(hex::encode);
        let command = SubjectCommand::Erase { basis, reference, key_fingerprint };
        match self.execute::<Subject>(subject.uuid(), context, &command).await {
            Ok(_) | Err(ExecuteError::Refused(SubjectRefusal::Erased)) => {}
            Err(error) => return Err(EraseError::Record(Box::new(error))),
        }
        self.finish_erasure(subject).await?;
        let erasure = self.erasure(subject).await?;
        erasure.ok_or_else(|| EraseError::Record(Box::new(ExecuteError::Refused(SubjectRefusal::Erased))))
    }

    /// Does what follows from someone's erasure, as far as it has not been done: the key is destroyed, and the
    /// participant, if they are one, does nothing any more.
    pub async fn finish_erasure(&self, subject: SubjectId) -> Result<(), EraseError> {
        if !self.keeper().is_destroyed(subject).await? {
            self.keeper().destroy(subject).await?;
        }
        let (participant, _) = self.load::<Participant>(subject.uuid()).await?;
        if !participant.is_registered() || participant.is_erased() {
            return Ok(());
        }
        let context = CommandContext {
            actor: None,
            key: format!("erase participant {subject}").try_into()?,
            fingerprint: Fingerprint::of(b"erase"),
            occurred_at: None,
            correlation_id: None,
        };
        match self.execute::<Participant>(subject.uuid(), &context, &ParticipantCommand::Erase).await {
            Ok(_) | Err(ExecuteError::Refused(ParticipantRefusal::Erased)) => Ok(()),
            Err(error) => Err(EraseError::Participant(Box::new(error))),
        }
    }

    /// The erasure of a subject, if there was one.
    pub async fn erasure(&self, subject: SubjectId) -> Result<Option<Erasure>, LoadError> {
        let stream = StreamKey { stream_type: Subject::STREAM, id: subject.uuid() };
        for event in self.read_stream(stream, 0).await? {
            if let SubjectEvent::SubjectErased(erased) = event.decode()? {
                return Ok(Some(Erasure { subject, event, erased }));
            }
        }
        Ok(None)
    }

    /// Who was erased after a position, and where, in order.
    pub async fn erased_after(&self, after: Position) -> Result<Vec<(Position, SubjectId)>, sqlx::Error> {
        let rows = sqlx::query!(
            "select position, stream_id from event
            where ledger_id = $1 and name = 'SubjectErased' and position > $2 order by position",
            self.id(),
            after.to_sql()
        )
        .fetch_all(self.database().pool())
        .await?;
        Ok(rows.into_iter().map(|row| (Position::from_sql(row.position), row.stream_id.into())).collect())
    }

    /// Records that someone's personal data was shown to a participant. Of someone who has been erased since, nothing
    /// can have been shown, and nothing is recorded.
    pub async fn disclose(
        &self,
        subject: SubjectId,
        to: ParticipantId,
        fields: Vec<DisclosedField>,
    ) -> Result<(), EraseError> {
        let context = CommandContext {
            actor: Some(to),
            // every showing is one of its own
            key: format!("disclose {}", self.mint().fresh::<Uuid>()).try_into()?,
            fingerprint: Fingerprint::of(b"disclose"),
            occurred_at: None,
            correlation_id: None,
        };
        match self.execute::<Subject>(subject.uuid(), &context, &SubjectCommand::Disclose { to, fields }).await {
            Ok(_) | Err(ExecuteError::Refused(SubjectRefusal::Erased)) => Ok(()),
            Err(error) => Err(EraseError::Record(Box::new(error))),
        }
    }

    /// What there is to know of a subject's key without using it; `None` if they never had one.
    pub async fn key_record(&self, subject: SubjectId) -> Result<Option<KeyRecord>, KeyError> {
        self.keeper().record(subject).await
    }

    /// Wraps every living key under a new ledger key and destroys the old one, so that no earlier backup of the key
    /// store opens anything. One that was interrupted is finished. `progress` is told how many of how many keys are
    /// done.
    pub async fn rotate_keys(&self, progress: impl FnMut(u64, u64)) -> Result<Rotated, KeyError> {
        self.keeper().rotate(progress).await
    }
}
