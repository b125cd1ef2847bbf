//! New recovery codes.

use std::sync::Arc;

use stele_domain::ParticipantId;
use stele_ledger::Ledger;

use super::{
    RecoveryCode, SecondFactorError,
    proof::{check, check_password},
    recovery,
};
use crate::account::{Attempts, Passwords};

/// Gives someone new recovery codes in place of what is left of those before. It takes their password and a code.
pub(crate) async fn renew(
    ledger: &Ledger,
    passwords: &Arc<Passwords>,
    attempts: &Attempts,
    participant: ParticipantId,
    password: String,
    code: &str,
) -> Result<Vec<RecoveryCode>, SecondFactorError> {
    check_password(ledger, passwords, attempts, participant, password).await?;
    let proof = check(ledger, attempts, participant, code).await?.ok_or(SecondFactorError::NotEnrolled)?;
    let mut transaction = ledger.database().pool().begin().await?;
    if !proof.use_up(ledger, &mut transaction).await? {
        return Err(SecondFactorError::Wrong);
    }
    let codes = recovery::replace(ledger, participant, &mut transaction).await?;
    transaction.commit().await?;
    Ok(codes)
}
