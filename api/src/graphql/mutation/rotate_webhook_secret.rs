//! `rotateWebhookSecret`: another secret, and a day to make it known.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use uuid::Uuid;

use super::or_refuse;
use crate::{
    Api,
    graphql::{
        access::{Allow, INTEGRATORS},
        command::Call,
        fault,
        object::{WebhookObject, not_found, webhook_of},
        refusal::Refusal,
    },
    webhook,
};

/// Whose secret.
#[derive(InputObject)]
struct RotateWebhookSecretInput {
    /// The webhook.
    webhook_id: Uuid,
}

/// Messages are signed with both secrets for a day, and then with the new one alone.
#[derive(SimpleObject)]
struct WebhookSecretRotated {
    webhook: WebhookObject,
    /// The new secret. It is shown this once: null if the command was sent before.
    secret: Option<String>,
}

/// What came of it.
#[derive(Union)]
enum RotateWebhookSecretPayload {
    Rotated(WebhookSecretRotated),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct RotateWebhookSecret;

#[Object]
impl RotateWebhookSecret {
    /// Gives a webhook another secret. The old one signs as well for a day.
    #[graphql(guard = "Allow(INTEGRATORS)")]
    async fn rotate_webhook_secret(
        &self,
        context: &Context<'_>,
        input: RotateWebhookSecretInput,
        idempotency_key: String,
    ) -> Result<RotateWebhookSecretPayload> {
        let call = Call::new(context, "rotateWebhookSecret", &idempotency_key, &input)?;
        let call = or_refuse!(RotateWebhookSecretPayload, call);
        let webhook = or_refuse!(RotateWebhookSecretPayload, webhook_of(context, input.webhook_id).await?);
        let api = context.data::<Api>()?;
        let rotated = webhook::rotate(&api.ledger, webhook.id, &call.context().key).await;
        let rotated = rotated.map_err(|error| fault::internal(context, &error))?;
        let (webhook, secret) = or_refuse!(RotateWebhookSecretPayload, rotated.ok_or_else(not_found));
        api.metrics.command("rotateWebhookSecret", if secret.is_some() { "recorded" } else { "replayed" });
        let secret = secret.map(|secret| secret.reveal());
        Ok(RotateWebhookSecretPayload::Rotated(WebhookSecretRotated { webhook: webhook.into(), secret }))
    }
}
