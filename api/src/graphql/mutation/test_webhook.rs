//! `testWebhook`: see whether messages arrive.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use uuid::Uuid;

use super::or_refuse;
use crate::{
    Api,
    graphql::{
        access::{Allow, INTEGRATORS},
        command::Call,
        fault,
        object::{WebhookDeliveryObject, webhook_of},
        refusal::Refusal,
    },
};

/// Which.
#[derive(InputObject)]
struct TestWebhookInput {
    /// The webhook.
    webhook_id: Uuid,
}

/// A message was sent.
#[derive(SimpleObject)]
struct WebhookTested {
    /// What came of it.
    delivery: WebhookDeliveryObject,
}

/// What came of it.
#[derive(Union)]
enum TestWebhookPayload {
    Tested(WebhookTested),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct TestWebhook;

#[Object]
impl TestWebhook {
    /// Sends a webhook a message that tells of nothing (`WebhookTested`), at once and once.
    #[graphql(guard = "Allow(INTEGRATORS)")]
    async fn test_webhook(
        &self,
        context: &Context<'_>,
        input: TestWebhookInput,
        idempotency_key: String,
    ) -> Result<TestWebhookPayload> {
        let call = or_refuse!(TestWebhookPayload, Call::new(context, "testWebhook", &idempotency_key, &input)?);
        let webhook = or_refuse!(TestWebhookPayload, webhook_of(context, input.webhook_id).await?);
        let api = context.data::<Api>()?;
        let message = api.ledger.mint().derived("webhook test", &[call.context().key.as_str()]);
        let delivery = api.deliverer.test(&webhook, message).await;
        let delivery = delivery.map_err(|error| fault::internal(context, &error))?;
        api.metrics.command("testWebhook", "recorded");
        Ok(TestWebhookPayload::Tested(WebhookTested { delivery: delivery.into() }))
    }
}
