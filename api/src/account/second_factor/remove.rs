//! Doing without a second factor.

use std::sync::Arc;

use stele_domain::ParticipantId;
use stele_ledger::Ledger;

use super::{
    SecondFactorError,
    proof::{check, check_password},
};
use crate::account::{Attempts, Passwords};

/// Removes someone's second factor, with its recovery codes. It takes their password and a code.
pub(crate) async fn remove(
    ledger: &Ledger,
    passwords: &Arc<Passwords>,
    attempts: &Attempts,
    participant: ParticipantId,
    password: String,
    code: &str,
) -> Result<(), SecondFactorError> {
    check_password(ledger, passwords, attempts, participant, password).await?;
    let proof = check(ledger, attempts, participant, code).await?.ok_or(SecondFactorError::NotEnrolled)?;
    let mut transaction = ledger.database().pool().begin().await?;
    if !proof.use_up(ledger, &mut transaction).await? {
        return Err(SecondFactorError::Wrong);
    }
    sqlx::query!(
        "delete from second_factor where ledger_id = $1 and participant_id = $2 and factor_id = $3",
        ledger.id(),
        participant.uuid(),
        proof.factor()
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}
