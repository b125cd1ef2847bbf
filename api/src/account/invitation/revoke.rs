//! Taking an invitation back.

use stele_ledger::Ledger;
use uuid::Uuid;

use super::{InvitationError, InvitationRow, find};

/// Revokes an invitation, unless somebody has come. One that was revoked before stays so.
pub(crate) async fn revoke(ledger: &Ledger, id: Uuid) -> Result<InvitationRow, InvitationError> {
    sqlx::query!(
        "update invitation set revoked_at = $3
        where ledger_id = $1 and invitation_id = $2 and used_at is null and revoked_at is null",
        ledger.id(),
        id,
        ledger.clock().now().to_utc()
    )
    .execute(ledger.database().pool())
    .await?;
    let invitation = find(ledger, id).await?.ok_or(InvitationError::NotFound)?;
    if invitation.used_at.is_some() { Err(InvitationError::Accepted) } else { Ok(invitation) }
}
