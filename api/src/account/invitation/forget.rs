//! Forgetting invitations: their addresses are of people who may never come.

use std::time::Duration;

use stele_domain::ParticipantId;
use stele_ledger::Ledger;
use tokio::time::sleep;

use super::{InvitationError, KEPT_DAYS};

/// How often it is looked for invitations to forget.
const LOOK_EVERY: Duration = Duration::from_hours(1);

/// Removes the invitation by which somebody came or was to come.
pub(in crate::account) async fn remove(ledger: &Ledger, participant: ParticipantId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from invitation where ledger_id = $1 and participant_id = $2",
        ledger.id(),
        participant.uuid()
    )
    .execute(ledger.database().pool())
    .await?;
    Ok(())
}

/// Forgets every invitation that is long over, those to come as well, for as long as the future is polled.
pub async fn keep_forgetting_invitations(ledger: Ledger) {
    loop {
        if let Err(error) = forget_invitations(&ledger).await {
            tracing::error!(%error, "invitations could not be forgotten");
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Removes the invitations that ended thirty days ago. The key of those who never came goes first, so that the address is
/// gone from backups as well, as far as an erased person's data is; if the process dies in between, the row is found again.
pub async fn forget_invitations(ledger: &Ledger) -> Result<(), InvitationError> {
    let now = ledger.clock().now().to_utc();
    // from here on it can't be renewed
    sqlx::query!(
        "update invitation set revoked_at = expires_at
        where ledger_id = $1 and used_at is null and revoked_at is null
            and expires_at < $2::timestamptz - make_interval(days => $3)",
        ledger.id(),
        now,
        KEPT_DAYS
    )
    .execute(ledger.database().pool())
    .await?;
    let over = sqlx::query!(
        r#"select participant_id, used_at is not null as "is_used!" from invitation
        where ledger_id = $1 and least(expires_at, revoked_at) < $2::timestamptz - make_interval(days => $3)"#,
        ledger.id(),
        now,
        KEPT_DAYS
    )
    .fetch_all(ledger.database().pool())
    .await?;
    for invitation in over {
        if !invitation.is_used {
            ledger.destroy_secrets(invitation.participant_id).await?;
        }
        remove(ledger, invitation.participant_id.into()).await?;
    }
    Ok(())
}
