//! What people sign in with, as stored.

use stele_domain::ParticipantId;
use stele_ledger::Ledger;

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
fn email_hash(ledger: &Ledger, email: &str) -> [u8; 32] {
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

/// Whether someone has a credential. Their sessions end with it.
pub(super) async fn exists(ledger: &Ledger, participant: ParticipantId) -> Result<bool, CredentialError> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from credential where ledger_id = $1 and participant_id = $2) as "exists!""#,
        ledger.id(),
        participant.uuid()
    )
    .fetch_one(ledger.database().pool())
    .await?;
    Ok(found)
}

/// Removes whatever someone signs in with.
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
