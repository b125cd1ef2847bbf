//! Erasing a person, and ending what they sign in with.

use std::time::Duration;

use stele_domain::{ParticipantId, SubjectId};
use stele_ledger::{CommandContext, EraseError, Erasure, Ledger, Position};
use stele_media::Store;
use tokio::time::sleep;

use super::{CredentialError, credential, invitation};
use crate::media::remove_of;

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

/// Erases a person: their key, their part in the work, what they sign in with, and the bytes of their files.
pub async fn erase(
    ledger: &Ledger,
    files: &Store,
    subject: SubjectId,
    context: &CommandContext,
    basis: String,
    reference: String,
) -> Result<Erasure, EraseAccountError> {
    let erasure = ledger.erase(subject, context, basis, reference).await?;
    end(ledger, files, subject).await?;
    Ok(erasure)
}

/// Removes what somebody signs in with, what they could join with (first, for it could be accepted meanwhile), and the bytes
/// of their files.
async fn end(ledger: &Ledger, files: &Store, subject: SubjectId) -> Result<(), EraseAccountError> {
    let participant = ParticipantId::from(subject.uuid());
    invitation::remove(ledger, participant).await?;
    credential::remove(ledger, participant).await?;
    remove_of(ledger, files, subject).await;
    Ok(())
}

/// Completes every erasure that the history tells of, those to come as well, for as long as the future is polled. It
/// takes up what a process left undone when it died, and what a key store from a backup has forgotten.
pub async fn keep_erasing(ledger: Ledger, files: Store) {
    let mut done = Position::START;
    loop {
        if let Err(error) = complete(&ledger, &files, &mut done).await {
            tracing::error!(%error, "an erasure could not be completed");
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Completes the erasures after a position, and moves it past them.
async fn complete(ledger: &Ledger, files: &Store, done: &mut Position) -> Result<(), EraseAccountError> {
    for (position, subject) in ledger.erased_after(*done).await? {
        ledger.finish_erasure(subject).await?;
        end(ledger, files, subject).await?;
        *done = position;
    }
    Ok(())
}
