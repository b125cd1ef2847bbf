//! The log of what was sent to a webhook.

use chrono::{DateTime, Utc};
use stele_ledger::Ledger;
use uuid::Uuid;

use super::WebhookError;

/// How many attempts of a webhook are kept.
const KEPT: i64 = 1_000;

/// An attempt to send a message.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) message_id: Uuid,
    /// The event that the message tells of; none for a test.
    pub(crate) position: Option<i64>,
    /// 1 for the first.
    pub(crate) attempt: i32,
    pub(crate) attempted_at: DateTime<Utc>,
    pub(crate) duration_millis: i64,
    /// What the receiver answered with, if it did.
    pub(crate) status: Option<i32>,
    pub(crate) error: Option<String>,
    pub(crate) next_attempt_at: Option<DateTime<Utc>>,
}

/// The newest attempts, the newest first.
pub(crate) async fn deliveries(ledger: &Ledger, webhook: Uuid, limit: i64) -> Result<Vec<Delivery>, WebhookError> {
    let rows = sqlx::query_as!(
        Delivery,
        "select message_id, position, attempt, attempted_at, duration_millis, status, error,
            next_attempt_at
        from webhook_delivery where ledger_id = $1 and webhook_id = $2
        order by number desc limit $3",
        ledger.id(),
        webhook,
        limit
    )
    .fetch_all(ledger.database().pool())
    .await?;
    Ok(rows)
}

/// The last attempt to send a message.
pub(super) async fn last_of(ledger: &Ledger, webhook: Uuid, message: Uuid) -> Result<Option<Delivery>, WebhookError> {
    let row = sqlx::query_as!(
        Delivery,
        "select message_id, position, attempt, attempted_at, duration_millis, status, error,
            next_attempt_at
        from webhook_delivery where ledger_id = $1 and webhook_id = $2 and message_id = $3
        order by number desc limit 1",
        ledger.id(),
        webhook,
        message
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    Ok(row)
}

/// Takes note of an attempt, and forgets the oldest.
pub(super) async fn note(ledger: &Ledger, webhook: Uuid, delivery: &Delivery) -> Result<(), WebhookError> {
    let pool = ledger.database().pool();
    sqlx::query!(
        "insert into webhook_delivery (ledger_id, webhook_id, message_id, position, attempt, attempted_at,
            duration_millis, status, error, next_attempt_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        ledger.id(),
        webhook,
        delivery.message_id,
        delivery.position,
        delivery.attempt,
        delivery.attempted_at,
        delivery.duration_millis,
        delivery.status,
        delivery.error,
        delivery.next_attempt_at
    )
    .execute(pool)
    .await?;
    sqlx::query!(
        "delete from webhook_delivery where ledger_id = $1 and webhook_id = $2 and number < (
            select number from webhook_delivery where ledger_id = $1 and webhook_id = $2
            order by number desc offset $3 limit 1
        )",
        ledger.id(),
        webhook,
        KEPT - 1
    )
    .execute(pool)
    .await?;
    Ok(())
}
