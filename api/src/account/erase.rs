//! Erasing a person, and ending what they sign in with.

use std::time::Duration;

use stele_domain::{ParticipantId, SubjectId};
use stele_ledger::{CommandContext, EraseError, Erasure, Ledger, Position};
use tokio::time::sleep;

use super::{CredentialError, credential, invitation};

/// How often the history is asked for erasures.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Why a person could not be erased, or not completely. Asking again completes it.
#[derive(Debug, thiserror::Error)]
pub enum EraseAccountError {
    /// The ledger did not erase them.
    #[error(transparent)]
    Erase(#[from] EraseError),
    /// What they sign in with could not be removed.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The erasures could not be read, or the invitation not be removed.
    #[error("the erasures can't be read, or the invitation not be removed: {0}")]
    Read(#[from] sqlx::Error),
}

/// Erases a person: their key, their part in the work, and what they sign in with.
pub async fn erase(
    ledger: &Ledger,
    subject: SubjectId,
    context: &CommandContext,
    basis: String,
    reference: String,
) -> Result<Erasure, EraseAccountError> {
    let erasure = ledger.erase(subject, context, basis, reference).await?;
    end(ledger, subject).await?;
    Ok(erasure)
}

/// Removes what somebody signs in with, and what they could join with: first, for it could be accepted meanwhile.
async fn end(ledger: &Ledger, subject: SubjectId) -> Result<(), EraseAccountError> {
    let participant = ParticipantId::from(subject.uuid());
    invitation::remove(ledger, participant).await?;
    credential::remove(ledger, participant).await?;
    Ok(())
}

/// Completes every erasure that the history tells of, those to come as well, for as long as the future is polled. It
/// takes up what a process left undone when it died, and what a key store from a backup has forgotten.
pub async fn keep_erasing(ledger: Ledger) {
    let mut done = Position::START;
    loop {
        if let Err(error) = complete(&ledger, &mut done).await {
            tracing::error!(%error, "an erasure could not be completed");
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Completes the erasures after a position, and moves it past them.
async fn complete(ledger: &Ledger, done: &mut Position) -> Result<(), EraseAccountError> {
    for (position, subject) in ledger.erased_after(*done).await? {
        ledger.finish_erasure(subject).await?;
        end(ledger, subject).await?;
        *done = position;
    }
    Ok(())
}
