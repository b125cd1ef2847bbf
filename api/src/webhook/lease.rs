//! Who sends to a webhook: one process at a time, by a lease on its row.

use stele_domain::Timestamp;
use stele_ledger::{Ledger, Position};
use uuid::Uuid;

use super::{Webhook, WebhookError};

/// The webhooks that have something to be told at a time, if the ledger has come so far.
pub(super) async fn due(ledger: &Ledger, now: Timestamp, head: Position) -> Result<Vec<Uuid>, WebhookError> {
    let ids = sqlx::query_scalar!(
        "select webhook_id from webhook
        where ledger_id = $1 and position < $3 and disabled is null
            and (next_attempt_at is null or next_attempt_at <= $2) and (held_until is null or held_until <= $2)",
        ledger.id(),
        now.to_utc(),
        head.get().cast_signed()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    Ok(ids)
}

/// Takes hold of a webhook, or keeps hold, so that nobody else sends to it. `None` if somebody else holds it, or if it is
/// to be told nothing now.
pub(super) async fn hold(
    ledger: &Ledger,
    id: Uuid,
    holder: Uuid,
    seconds: u32,
) -> Result<Option<Webhook>, WebhookError> {
    let now = ledger.clock().now();
    let webhook = sqlx::query_as!(
        Webhook,
        "update webhook set held_by = $3, held_until = $5
        where ledger_id = $1 and webhook_id = $2 and disabled is null
            and (next_attempt_at is null or next_attempt_at <= $4)
            and (held_by = $3 or held_until is null or held_until <= $4)
        returning webhook_id as id, url, event_names, project_id, created_by, created_at, position, failures,
            next_attempt_at, old_secret_until, disabled",
        ledger.id(),
        id,
        holder,
        now.to_utc(),
        now.plus_seconds(seconds).to_utc()
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    Ok(webhook)
}

/// Lets go of a webhook.
pub(super) async fn release(ledger: &Ledger, id: Uuid, holder: Uuid) -> Result<(), WebhookError> {
    sqlx::query!(
        "update webhook set held_by = null, held_until = null
        where ledger_id = $1 and webhook_id = $2 and held_by = $3",
        ledger.id(),
        id,
        holder
    )
    .execute(ledger.database().pool())
    .await?;
    Ok(())
}

/// Where a webhook stands after an attempt.
pub(super) struct Standing {
    pub(super) position: Position,
    pub(super) failures: u32,
    pub(super) next_attempt_at: Option<Timestamp>,
    pub(super) disabled: Option<String>,
}

/// Takes note where a webhook stands, if whoever tells still holds it.
pub(super) async fn advance(
    ledger: &Ledger,
    id: Uuid,
    holder: Uuid,
    standing: &Standing,
) -> Result<(), WebhookError> {
    sqlx::query!(
        "update webhook set position = $4, failures = $5, next_attempt_at = $6, disabled = coalesce(disabled, $7)
        where ledger_id = $1 and webhook_id = $2 and held_by = $3",
        ledger.id(),
        id,
        holder,
        standing.position.get().cast_signed(),
        standing.failures.cast_signed(),
        standing.next_attempt_at.map(Timestamp::to_utc),
        standing.disabled
    )
    .execute(ledger.database().pool())
    .await?;
    Ok(())
}
