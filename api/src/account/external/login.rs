//! Signing in with a linked identity.

use stele_domain::ParticipantId;
use stele_ledger::Ledger;

use super::{
    ExternalLoginError,
    issuer::Issuer,
    visit::{Return, end},
};
use crate::account::{Attempts, LoginError, Session, Tokens, issue, second_factor, session, session::Shown};

/// Signs in whoever comes back from the issuer, if their identity is linked. It stands for the password alone: who has a
/// second factor here shows a code as well.
pub(crate) async fn complete_login(
    ledger: &Ledger,
    issuer: &Issuer,
    tokens: &Tokens,
    attempts: &Attempts,
    back: Return,
    code: Option<String>,
) -> Result<Session, ExternalLoginError> {
    let identity = end(ledger, issuer, None, &back).await?;
    let owner = sqlx::query_scalar!(
        "select participant_id from external_identity where ledger_id = $1 and identity_hash = $2",
        ledger.id(),
        &identity[..]
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    let participant = ParticipantId::from(owner.ok_or(ExternalLoginError::Failed)?);
    attempts.count_of(participant, ledger.clock().now())?;
    let proof = match code.filter(|code| !code.is_empty()) {
        Some(code) => second_factor::check(ledger, attempts, participant, &code).await.map_err(LoginError::from)?,
        None => None,
    };
    let begun = session::begin(ledger, participant, Shown::Identity(&identity), proof.as_ref()).await?;
    Ok(issue(ledger, tokens, begun).await?)
}
