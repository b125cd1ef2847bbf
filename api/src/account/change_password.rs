//! Another password, and an end to the sessions that the old one began.

use std::sync::Arc;

use stele_domain::ParticipantId;
use stele_ledger::Ledger;

use super::{CredentialError, PasswordError, Passwords, SessionId, credential};

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The present password is another.
    #[error("the present password is wrong")]
    Wrong,
    /// The password was refused, or could not be checked.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The credential could not be read or written.
    #[error(transparent)]
    Credential(#[from] CredentialError),
}

/// Changes someone's password and ends their sessions, but for the one that asks.
pub(crate) async fn change_password(
    ledger: &Ledger,
    passwords: &Arc<Passwords>,
    participant: ParticipantId,
    session: SessionId,
    present: String,
    new: String,
) -> Result<(), ChangePasswordError> {
    let stored = credential::password_of(ledger, participant).await?;
    if !passwords.verify(present, stored.clone()).await? {
        return Err(ChangePasswordError::Wrong);
    }
    let hash = passwords.hash(new, ledger.mint()).await?;
    // of two changes at once the second finds that the password is no longer what it was told
    let stored = stored.ok_or(ChangePasswordError::Wrong)?;
    if credential::replace(ledger, participant, &stored, &hash, session).await? {
        Ok(())
    } else {
        Err(ChangePasswordError::Wrong)
    }
}
