//! Enrolling a second factor: a secret, and then a code that shows that its owner can make some.

use std::sync::Arc;

use stele_domain::ParticipantId;
use stele_ledger::Ledger;
use uuid::Uuid;

use super::{PURPOSE, RecoveryCode, SecondFactorError, proof::check_password, recovery, totp::FactorSecret};
use crate::account::{Attempts, Passwords, SessionId};

/// What an authenticator has to know. It can't be printed.
pub(crate) struct Enrolment {
    secret: FactorSecret,
    issuer: String,
}

impl Enrolment {
    /// The secret for its owner to type.
    pub(crate) fn to_base32(&self) -> String {
        self.secret.to_base32()
    }

    /// The secret for an authenticator to scan, under the name that its owner's account has there.
    pub(crate) fn to_uri(&self, account: &str) -> Result<String, SecondFactorError> {
        self.secret.to_uri(&self.issuer, account)
    }
}

/// Gives someone a secret, in place of one that they have not confirmed. It takes their password: whoever has stolen a
/// session must not shut its owner out.
pub(crate) async fn begin(
    ledger: &Ledger,
    passwords: &Arc<Passwords>,
    attempts: &Attempts,
    participant: ParticipantId,
    password: String,
) -> Result<Enrolment, SecondFactorError> {
    check_password(ledger, passwords, attempts, participant, password).await?;
    let secret = FactorSecret::fresh(&ledger.mint().secret());
    let sealed = ledger.seal_secret(participant.uuid(), PURPOSE, secret.bytes()).await?;
    let factor: Uuid = ledger.mint().fresh();
    let begun = sqlx::query!(
        "insert into second_factor (ledger_id, participant_id, factor_id, secret)
        select ledger_id, participant_id, $3::uuid, $4::bytea from credential
        where ledger_id = $1 and participant_id = $2
        on conflict (ledger_id, participant_id) do update set factor_id = excluded.factor_id, secret = excluded.secret
        where second_factor.confirmed_at is null",
        ledger.id(),
        participant.uuid(),
        factor,
        sealed
    )
    .execute(ledger.database().pool())
    .await?;
    if begun.rows_affected() == 0 {
        return Err(SecondFactorError::Enrolled);
    }
    Ok(Enrolment { secret, issuer: format!("Stele {}", ledger.name()) })
}

/// Makes the secret count from now on, and ends the sessions that were begun without it, but for the one that asks.
pub(crate) async fn confirm(
    ledger: &Ledger,
    participant: ParticipantId,
    session: SessionId,
    code: &str,
) -> Result<Vec<RecoveryCode>, SecondFactorError> {
    let now = ledger.clock().now();
    let begun = sqlx::query!(
        "select factor_id, secret from second_factor
        where ledger_id = $1 and participant_id = $2 and confirmed_at is null",
        ledger.id(),
        participant.uuid()
    )
    .fetch_optional(ledger.database().pool())
    .await?
    .ok_or(SecondFactorError::NotBegun)?;
    let secret = ledger.open_secret(participant.uuid(), PURPOSE, &begun.secret).await?;
    let step = FactorSecret::stored(&secret).step_of(code.trim(), now)?.ok_or(SecondFactorError::Wrong)?;
    let mut transaction = ledger.database().pool().begin().await?;
    // a sign-in that did not see the factor comes before, and its session is ended below
    sqlx::query!(
        "select participant_id from credential where ledger_id = $1 and participant_id = $2 for update",
        ledger.id(),
        participant.uuid()
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let confirmed = sqlx::query!(
        "update second_factor set confirmed_at = $4, last_step = $5
        where ledger_id = $1 and participant_id = $2 and factor_id = $3 and confirmed_at is null",
        ledger.id(),
        participant.uuid(),
        begun.factor_id,
        now.to_utc(),
        step
    )
    .execute(&mut *transaction)
    .await?;
    if confirmed.rows_affected() == 0 {
        return Err(SecondFactorError::NotBegun);
    }
    let codes = recovery::replace(ledger, participant, &mut transaction).await?;
    sqlx::query!(
        "delete from session where ledger_id = $1 and participant_id = $2 and session_id <> $3",
        ledger.id(),
        participant.uuid(),
        session.uuid()
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(codes)
}
