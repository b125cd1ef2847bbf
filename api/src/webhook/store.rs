//! The webhooks that there are, and their secrets.

use chrono::{DateTime, Utc};
use stele_domain::{ParticipantId, Timestamp};
use stele_ledger::{Fingerprint, IdempotencyKey, Ledger, SecretError};
use uuid::Uuid;

use super::{OLD_SECRET_SECONDS, WebhookError, WebhookSecret};

/// What secrets are sealed for.
pub(super) const PURPOSE: &str = "webhook";

/// A webhook, without its secret.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) id: Uuid,
    pub(crate) url: String,
    /// The events that it is told of; all of them if there are none.
    pub(crate) event_names: Vec<String>,
    /// Only events of this project.
    pub(crate) project_id: Option<Uuid>,
    pub(crate) created_by: Uuid,
    pub(crate) created_at: DateTime<Utc>,
    /// The last position that it has been told of, or that is none of its business.
    pub(crate) position: i64,
    /// How often the next message has failed.
    pub(crate) failures: i32,
    pub(crate) next_attempt_at: Option<DateTime<Utc>>,
    /// Until when the secret before signs as well.
    pub(crate) old_secret_until: Option<DateTime<Utc>>,
    /// Why nothing is sent any more.
    pub(crate) disabled: Option<String>,
}

/// A webhook to be made.
pub(crate) struct NewWebhook {
    pub(crate) id: Uuid,
    pub(crate) url: String,
    pub(crate) event_names: Vec<String>,
    pub(crate) project_id: Option<Uuid>,
    pub(crate) created_by: ParticipantId,
    pub(crate) fingerprint: Fingerprint,
}

/// What came of making one.
pub(crate) enum Created {
    /// It is made; its secret is shown this once.
    New(Webhook, WebhookSecret),
    /// The same request made it before.
    Before(Webhook),
    /// The same request made it, and it has been deleted since.
    Deleted,
    /// Another request has used the key.
    KeyReused,
}

/// Makes a webhook, which is told of what happens from now on.
pub(crate) async fn create(ledger: &Ledger, new: NewWebhook) -> Result<Created, WebhookError> {
    let secret = WebhookSecret::new(ledger.mint().secret());
    let position = ledger.head().await?.position();
    let sealed = match ledger.seal_secret(new.id, PURPOSE, secret.bytes()).await {
        Err(SecretError::Destroyed(_)) => return Ok(Created::Deleted),
        sealed => sealed?,
    };
    let made = sqlx::query!(
        "insert into webhook (ledger_id, webhook_id, url, event_names, project_id, created_by, created_at, fingerprint,
            secret, position, failures)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)
        on conflict do nothing",
        ledger.id(),
        new.id,
        new.url,
        &new.event_names,
        new.project_id,
        new.created_by.uuid(),
        ledger.clock().now().to_utc(),
        &new.fingerprint.to_bytes()[..],
        sealed,
        position.get().cast_signed()
    )
    .execute(ledger.database().pool())
    .await?;
    let stored = sqlx::query_scalar!(
        "select fingerprint from webhook where ledger_id = $1 and webhook_id = $2",
        ledger.id(),
        new.id
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    let found = find(ledger, new.id).await?;
    Ok(match (found, stored) {
        (Some(webhook), _) if made.rows_affected() == 1 => Created::New(webhook, secret),
        (Some(webhook), Some(stored)) if stored == new.fingerprint.to_bytes() => Created::Before(webhook),
        _ => Created::KeyReused,
    })
}

/// One webhook.
pub(crate) async fn find(ledger: &Ledger, id: Uuid) -> Result<Option<Webhook>, WebhookError> {
    let webhook = sqlx::query_as!(
        Webhook,
        "select webhook_id as id, url, event_names, project_id, created_by, created_at, position, failures,
            next_attempt_at, old_secret_until, disabled
        from webhook where ledger_id = $1 and webhook_id = $2",
        ledger.id(),
        id
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    Ok(webhook)
}

/// Every webhook, in the order in which they were made.
pub(crate) async fn all(ledger: &Ledger) -> Result<Vec<Webhook>, WebhookError> {
    let webhooks = sqlx::query_as!(
        Webhook,
        "select webhook_id as id, url, event_names, project_id, created_by, created_at, position, failures,
            next_attempt_at, old_secret_until, disabled
        from webhook where ledger_id = $1 order by created_at, webhook_id",
        ledger.id()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    Ok(webhooks)
}

/// What to change about a webhook; what is not given stays.
pub(crate) struct Change {
    pub(crate) url: Option<String>,
    pub(crate) event_names: Option<Vec<String>>,
    pub(crate) enabled: Option<bool>,
}

/// Changes a webhook. What failed is tried again at once.
pub(crate) async fn change(ledger: &Ledger, id: Uuid, change: Change) -> Result<Option<Webhook>, WebhookError> {
    sqlx::query!(
        "update webhook set
            url = coalesce($3, url),
            event_names = coalesce($4, event_names),
            disabled = case $5::boolean when true then null when false then 'somebody switched it off' else disabled end,
            failures = 0,
            next_attempt_at = null
        where ledger_id = $1 and webhook_id = $2",
        ledger.id(),
        id,
        change.url,
        change.event_names.as_deref(),
        change.enabled
    )
    .execute(ledger.database().pool())
    .await?;
    find(ledger, id).await
}

/// Gives a webhook another secret; the old one signs as well for a while. `None` in the place of the secret if the same
/// command has done it before; `None` altogether if there is no such webhook.
pub(crate) async fn rotate(
    ledger: &Ledger,
    id: Uuid,
    key: &IdempotencyKey,
) -> Result<Option<(Webhook, Option<WebhookSecret>)>, WebhookError> {
    let secret = WebhookSecret::new(ledger.mint().secret());
    if find(ledger, id).await?.is_none() {
        return Ok(None);
    }
    let sealed = ledger.seal_secret(id, PURPOSE, secret.bytes()).await?;
    let rotated = sqlx::query!(
        "update webhook set old_secret = secret, old_secret_until = $4, secret = $3, rotated_under = $5
        where ledger_id = $1 and webhook_id = $2 and rotated_under is distinct from $5",
        ledger.id(),
        id,
        sealed,
        ledger.clock().now().plus_seconds(OLD_SECRET_SECONDS).to_utc(),
        key.as_str()
    )
    .execute(ledger.database().pool())
    .await?;
    let secret = (rotated.rows_affected() == 1).then_some(secret);
    Ok(find(ledger, id).await?.map(|webhook| (webhook, secret)))
}

/// Removes a webhook, the log of what it was sent, and the key to its secrets; whether there was one.
pub(crate) async fn delete(ledger: &Ledger, id: Uuid) -> Result<bool, WebhookError> {
    let pool = ledger.database().pool();
    if find(ledger, id).await?.is_none() {
        return Ok(false);
    }
    // first, so that no copy of the row can be used; what is left undone after it is done when it is asked for again
    ledger.destroy_secrets(id).await?;
    sqlx::query!("delete from webhook_delivery where ledger_id = $1 and webhook_id = $2", ledger.id(), id)
        .execute(pool)
        .await?;
    let deleted =
        sqlx::query!("delete from webhook where ledger_id = $1 and webhook_id = $2", ledger.id(), id).execute(pool);
    Ok(deleted.await?.rows_affected() == 1)
}

/// What signs a webhook's messages at a time: its secret, and for a while the one before.
pub(super) async fn secrets(ledger: &Ledger, id: Uuid, now: Timestamp) -> Result<Vec<WebhookSecret>, WebhookError> {
    let row = sqlx::query!(
        "select secret, case when old_secret_until > $3 then old_secret end as old_secret
        from webhook where ledger_id = $1 and webhook_id = $2",
        ledger.id(),
        id,
        now.to_utc()
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    let mut secrets = Vec::new();
    for sealed in row.into_iter().flat_map(|row| [Some(row.secret), row.old_secret]).flatten() {
        let opened = ledger.open_secret(id, PURPOSE, &sealed).await?;
        secrets.push(WebhookSecret::new(opened.as_slice()));
    }
    Ok(secrets)
}
