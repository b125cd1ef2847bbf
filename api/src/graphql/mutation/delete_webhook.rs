//! `deleteWebhook`: tell a program elsewhere nothing any more.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use uuid::Uuid;

use super::or_refuse;
use crate::{
    Api,
    graphql::{
        access::{Allow, INTEGRATORS},
        fault,
        object::{not_found, webhook_of},
        refusal::Refusal,
    },
    webhook,
};

/// Which.
#[derive(InputObject)]
struct DeleteWebhookInput {
    /// The webhook.
    webhook_id: Uuid,
}

/// It is gone, with its secret and the log of what it was sent.
#[derive(SimpleObject)]
struct WebhookDeleted {
    /// Its id.
    webhook_id: Uuid,
}

/// What came of it.
#[derive(Union)]
enum DeleteWebhookPayload {
    Deleted(WebhookDeleted),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct DeleteWebhook;

#[Object]
impl DeleteWebhook {
    /// Removes a webhook for good. Sent again, it finds none.
    #[graphql(guard = "Allow(INTEGRATORS)")]
    async fn delete_webhook(&self, context: &Context<'_>, input: DeleteWebhookInput) -> Result<DeleteWebhookPayload> {
        let webhook = or_refuse!(DeleteWebhookPayload, webhook_of(context, input.webhook_id).await?);
        let api = context.data::<Api>()?;
        let deleted = webhook::delete(&api.ledger, webhook.id).await;
        if !deleted.map_err(|error| fault::internal(context, &error))? {
            return Ok(DeleteWebhookPayload::Refused(not_found()));
        }
        api.metrics.command("deleteWebhook", "recorded");
        Ok(DeleteWebhookPayload::Deleted(WebhookDeleted { webhook_id: webhook.id }))
    }
}
