//! Linking an identity to somebody who is signed in. It is the only way: an issuer's word that somebody has an address is no
//! proof that they are who has it here.

use std::sync::Arc;

use stele_domain::ParticipantId;
use stele_ledger::Ledger;

use super::{
    ExternalLoginError,
    issuer::Issuer,
    visit::{Begun, Return, begin, end},
};
use crate::account::{Attempts, Passwords, SessionId, second_factor::check_password};

/// Begins a visit to the issuer for somebody who is signed in and knows their password.
pub(crate) async fn begin_link(
    ledger: &Ledger,
    issuer: &Issuer,
    passwords: &Arc<Passwords>,
    attempts: &Attempts,
    (participant, session): (ParticipantId, SessionId),
    password: String,
) -> Result<Begun, ExternalLoginError> {
    check_password(ledger, passwords, attempts, participant, password).await?;
    begin(ledger, issuer, Some(session)).await
}

/// Links the identity of whoever comes back, in the session in which it was begun.
pub(crate) async fn complete_link(
    ledger: &Ledger,
    issuer: &Issuer,
    (participant, session): (ParticipantId, SessionId),
    back: Return,
) -> Result<(), ExternalLoginError> {
    let identity = end(ledger, issuer, Some(session), &back).await?;
    // the session may have ended meanwhile, as when the password was changed because it got known; the
    // credential is locked first, as by an erasure, which takes both
    let linked = sqlx::query!(
        "insert into external_identity (ledger_id, identity_hash, participant_id, linked_at)
        select ledger_id, $3, participant_id, $4::timestamptz
        from credential join session using (ledger_id, participant_id)
        where ledger_id = $1 and session_id = $2 and participant_id = $5 for share
        on conflict do nothing",
        ledger.id(),
        session.uuid(),
        &identity[..],
        ledger.clock().now().to_utc(),
        participant.uuid()
    )
    .execute(ledger.database().pool())
    .await?;
    if linked.rows_affected() == 0 { Err(ExternalLoginError::Linked) } else { Ok(()) }
}
