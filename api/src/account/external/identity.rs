//! The identity that somebody has with the issuer, as linked.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use stele_domain::ParticipantId;
use stele_ledger::Ledger;

use super::ExternalLoginError;
use crate::account::{Attempts, Passwords, SessionId, second_factor::check_password};

/// A linked identity. Who somebody is with the issuer is kept as a keyed hash, and can't be told.
pub(crate) struct ExternalIdentity {
    /// Since when.
    pub(crate) linked_at: DateTime<Utc>,
}

/// Somebody's identity, if one is linked.
pub(crate) async fn find(
    ledger: &Ledger,
    participant: ParticipantId,
) -> Result<Option<ExternalIdentity>, ExternalLoginError> {
    let found = sqlx::query_as!(
        ExternalIdentity,
        "select linked_at from external_identity where ledger_id = $1 and participant_id = $2",
        ledger.id(),
        participant.uuid()
    );
    Ok(found.fetch_optional(ledger.database().pool()).await?)
}

/// Unlinks somebody's identity and ends their sessions, but for the one that asks. It takes their password.
pub(crate) async fn unlink(
    ledger: &Ledger,
    passwords: &Arc<Passwords>,
    attempts: &Attempts,
    (participant, session): (ParticipantId, SessionId),
    password: String,
) -> Result<(), ExternalLoginError> {
    check_password(ledger, passwords, attempts, participant, password).await?;
    let mut transaction = ledger.database().pool().begin().await?;
    // a sign-in that holds the identity comes before, and is ended below
    let unlinked = sqlx::query!(
        "delete from external_identity where ledger_id = $1 and participant_id = $2",
        ledger.id(),
        participant.uuid()
    )
    .execute(&mut *transaction)
    .await?;
    if unlinked.rows_affected() == 0 {
        return Err(ExternalLoginError::NotLinked);
    }
    sqlx::query!(
        "delete from session where ledger_id = $1 and participant_id = $2 and session_id <> $3",
        ledger.id(),
        participant.uuid(),
        session.uuid()
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}
