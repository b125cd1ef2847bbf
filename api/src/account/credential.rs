//! What people sign in with, as stored.

use stele_domain::ParticipantId;
use stele_ledger::Ledger;

use super::SessionId;

/// A stored credential.
pub(super) struct Credential {
    pub(super) participant: ParticipantId,
    pub(super) password_hash: String,
}

/// The credential could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the credential could not be read or written: {0}")]
pub struct CredentialError(#[from] sqlx::Error);

/// Addresses are compared without regard to case or surrounding space.
pub(super) fn email_hash(ledger: &Ledger, email: &str) -> [u8; 32] {
    ledger.mint().pseudonym("email", &[&email.trim().to_lowercase()])
}

pub(super) async fn find(ledger: &Ledger, email: &str) -> Result<Option<Credential>, CredentialError> {
    let row = sqlx::query!(
        "select participant_id, password_hash from credential where ledger_id = $1 and email_hash = $2",
        ledger.id(),
        &email_hash(ledger, email)[..]
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    Ok(row.map(|row| Credential { participant: row.participant_id.into(), password_hash: row.password_hash }))
}

/// The hash of someone's password, if they have one.
pub(super) async fn password_of(
    ledger: &Ledger,
    participant: ParticipantId,
) -> Result<Option<String>, CredentialError> {
    let hash = sqlx::query_scalar!(
        "select password_hash from credential where ledger_id = $1 and participant_id = $2",
        ledger.id(),
        participant.uuid()
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    Ok(hash)
}

/// Puts a password in place of another and ends all sessions but one; whether the other was still in place.
pub(super) async fn replace(
    ledger: &Ledger,
    participant: ParticipantId,
    old_hash: &str,
    new_hash: &str,
    but: SessionId,
) -> Result<bool, CredentialError> {
    let mut transaction = ledger.database().pool().begin().await?;
    let replaced = sqlx::query!(
        "update credential set password_hash = $4
        where ledger_id = $1 and participant_id = $2 and password_hash = $3",
        ledger.id(),
        participant.uuid(),
        old_hash,
        new_hash
    )
    .execute(&mut *transaction)
    .await?;
    if replaced.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "delete from session where ledger_id = $1 and participant_id = $2 and session_id <> $3",
        ledger.id(),
        participant.uuid(),
        but.uuid()
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(true)
}

/// Removes whatever someone signs in with, and with it, by the foreign keys, their sessions.
pub(super) async fn remove(ledger: &Ledger, participant: ParticipantId) -> Result<(), CredentialError> {
    sqlx::query!(
        "delete from credential where ledger_id = $1 and participant_id = $2",
        ledger.id(),
        participant.uuid()
    )
    .execute(ledger.database().pool())
    .await?;
    Ok(())
}

/// Keeps a credential for an address, unless it is taken; whose it is then.
pub(super) async fn reserve(
    ledger: &Ledger,
    email: &str,
    participant: ParticipantId,
    password_hash: &str,
) -> Result<ParticipantId, CredentialError> {
    sqlx::query!(
        "insert into credential (ledger_id, email_hash, participant_id, password_hash) values ($1, $2, $3, $4)
        on conflict (ledger_id, email_hash) do nothing",
        ledger.id(),
        &email_hash(ledger, email)[..],
        participant.uuid(),
        password_hash
    )
    .execute(ledger.database().pool())
    .await?;
    Ok(find(ledger, email).await?.map_or(participant, |credential| credential.participant))
}
