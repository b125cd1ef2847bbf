//! A code that was checked, to be used up with what it is for.

use std::sync::Arc;

use sqlx::PgConnection;
use stele_domain::ParticipantId;
use stele_ledger::Ledger;
use uuid::Uuid;

use super::{PURPOSE, SecondFactorError, recovery, totp, totp::FactorSecret};
use crate::account::{Attempts, Passwords, credential};

/// That somebody has shown a right code. It counts once, which [`Proof::use_up`] sees to.
pub(in crate::account) struct Proof {
    participant: ParticipantId,
    /// The factor that the code was checked against, which may have been replaced since.
    factor: Uuid,
    shown: Shown,
}

enum Shown {
    /// A code of the authenticator, of this time step.
    Code(i64),
    /// A recovery code, of which this is the hash.
    Recovery([u8; 32]),
}

impl Proof {
    /// Uses the code up, in the transaction of what it is for; whether nobody else has.
    pub(in crate::account) async fn use_up(
        &self,
        ledger: &Ledger,
        transaction: &mut PgConnection,
    ) -> Result<bool, sqlx::Error> {
        let used = match &self.shown {
            Shown::Code(step) => {
                // of two with one code, the second waits for the row, and finds that the step is no longer a new one
                let accepted = sqlx::query!(
                    "update second_factor set last_step = $4
                    where ledger_id = $1 and participant_id = $2 and factor_id = $3 and last_step < $4",
                    ledger.id(),
                    self.participant.uuid(),
                    self.factor,
                    step
                );
                accepted.execute(transaction).await?
            }
            Shown::Recovery(hash) => {
                let taken = sqlx::query!(
                    "delete from recovery_code code using second_factor factor
                    where code.ledger_id = $1 and code.participant_id = $2 and code_hash = $4
                        and factor.ledger_id = $1 and factor.participant_id = $2 and factor_id = $3",
                    ledger.id(),
                    self.participant.uuid(),
                    self.factor,
                    &hash[..]
                );
                taken.execute(transaction).await?
            }
        };
        Ok(used.rows_affected() == 1)
    }

    /// The factor that the code was checked against.
    pub(super) const fn factor(&self) -> Uuid {
        self.factor
    }
}

/// Whether someone has a second factor. In a transaction that holds their credential, it stays so until its end.
pub(in crate::account) async fn is_enrolled(
    ledger: &Ledger,
    participant: ParticipantId,
    transaction: &mut PgConnection,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from second_factor
        where ledger_id = $1 and participant_id = $2 and confirmed_at is not null) as "exists!""#,
        ledger.id(),
        participant.uuid()
    )
    .fetch_one(transaction)
    .await
}

/// Checks a code of someone who has a second factor; none is needed by those who have none.
///
/// Codes have six digits, so guesses at them are counted for themselves. Nobody guesses a recovery code, so that they help
/// when the count is used up by somebody else, who knows the password.
pub(in crate::account) async fn check(
    ledger: &Ledger,
    attempts: &Attempts,
    participant: ParticipantId,
    code: &str,
) -> Result<Option<Proof>, SecondFactorError> {
    let factor = sqlx::query!(
        "select factor_id, secret from second_factor
        where ledger_id = $1 and participant_id = $2 and confirmed_at is not null",
        ledger.id(),
        participant.uuid()
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    let Some(factor) = factor else { return Ok(None) };
    let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    let shown = if totp::is_code(&code) {
        let now = ledger.clock().now();
        attempts.count_code(participant, now)?;
        let secret = ledger.open_secret(participant.uuid(), PURPOSE, &factor.secret).await?;
        let step = FactorSecret::stored(&secret).step_of(&code, now)?;
        Shown::Code(step.ok_or(SecondFactorError::Wrong)?)
    } else {
        Shown::Recovery(recovery::hash(ledger, participant, &code))
    };
    Ok(Some(Proof { participant, factor: factor.factor_id, shown }))
}

/// Whether somebody who is signed in knows their password: a session may be stolen.
pub(in crate::account) async fn check_password(
    ledger: &Ledger,
    passwords: &Arc<Passwords>,
    attempts: &Attempts,
    participant: ParticipantId,
    password: String,
) -> Result<(), SecondFactorError> {
    attempts.count_of(participant, ledger.clock().now())?;
    let stored = credential::password_of(ledger, participant).await?;
    if passwords.verify(password, stored).await? { Ok(()) } else { Err(SecondFactorError::Wrong) }
}
