//! Taking someone in: their credential, and the events that tell of them.

use std::sync::Arc;

use stele_domain::{
    Aggregate, ParticipantId, Personal,
    participant::{
        HeldRole, Participant, ParticipantCommand, ParticipantEvent, ParticipantKind, ParticipantRefusal, Role,
    },
};
use stele_ledger::{CommandContext, ExecuteError, Executed, Fingerprint, IdempotencyKey, Ledger};

use super::{CredentialError, PasswordError, Passwords, credential};

/// How people join.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegistrationMode {
    /// By invitation: they choose their password themselves.
    #[default]
    Invitation,
    /// An administrator may register them with a password, too.
    Direct,
}

/// Someone to take in.
#[derive(Clone)]
pub struct Registration {
    /// A person or a program.
    pub kind: ParticipantKind,
    /// What they are called.
    pub name: String,
    /// Where they can be reached, and what they sign in with.
    pub email: String,
    /// What they sign in with.
    pub password: String,
    /// What they may do.
    pub roles: Vec<Role>,
}

/// Why someone was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Somebody else signs in with the address.
    #[error("somebody is registered under this address already")]
    EmailTaken,
    /// The participant was refused.
    #[error(transparent)]
    Refused(#[from] ParticipantRefusal),
    /// The password was refused, or could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The credential could not be kept.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The command could not be carried out.
    #[error(transparent)]
    Execute(Box<ExecuteError<ParticipantRefusal>>),
}

impl From<ExecuteError<ParticipantRefusal>> for RegisterError {
    fn from(error: ExecuteError<ParticipantRefusal>) -> Self {
        match error {
            ExecuteError::Refused(refusal) => Self::Refused(refusal),
            other => Self::Execute(Box::new(other)),
        }
    }
}

/// Takes someone in. Their id follows from the idempotency key, so that a retry continues where the first attempt
/// ended, at whatever point that was.
pub async fn register(
    ledger: &Ledger,
    passwords: &Arc<Passwords>,
    registration: Registration,
    actor: Option<ParticipantId>,
    key: IdempotencyKey,
    fingerprint: Fingerprint,
) -> Result<Executed<ParticipantEvent>, RegisterError> {
    let id: ParticipantId = ledger.mint().derived("registration", &[key.as_str()]);
    let command = ParticipantCommand::Register {
        kind: registration.kind,
        name: Personal::clear(id, registration.name),
        email: Some(Personal::clear(id, registration.email.clone())),
        roles: registration.roles.into_iter().map(HeldRole::in_workspace).collect(),
    };
    // what would be refused anyway must not keep an address from anyone
    Participant::default().decide(&command)?;
    let hash = passwords.hash(registration.password, ledger.mint()).await?;
    if credential::reserve(ledger, &registration.email, id, &hash).await? != id {
        return Err(RegisterError::EmailTaken);
    }
    // a registration that is sent again after the person was erased; if they are erased only now, that removes it
    let (participant, _) = ledger.load::<Participant>(id.uuid()).await.map_err(ExecuteError::from)?;
    if participant.is_erased() {
        credential::remove(ledger, id).await?;
    }
    let context = CommandContext { actor, key, fingerprint, occurred_at: None, correlation_id: None };
    Ok(ledger.execute::<Participant>(id.uuid(), &context, &command).await?)
}
