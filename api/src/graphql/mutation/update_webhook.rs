//! `updateWebhook`: tell another address, of other events, or nothing for a while.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use uuid::Uuid;

use super::{create_webhook::check, or_refuse};
use crate::{
    Api,
    graphql::{
        access::{Allow, INTEGRATORS},
        fault,
        object::{WebhookObject, not_found, webhook_of},
        refusal::Refusal,
    },
    webhook::{self, Change},
};

/// What to change; what is not given stays.
#[derive(InputObject)]
struct UpdateWebhookInput {
    /// The webhook.
    webhook_id: Uuid,
    /// Where messages are sent.
    url: Option<String>,
    /// The events to tell of; all of them without any.
    event_names: Option<Vec<String>>,
    /// Whether messages are sent. One that was disabled goes on where it stopped.
    enabled: Option<bool>,
}

/// It is changed; what has failed is tried again at once.
#[derive(SimpleObject)]
struct WebhookUpdated {
    webhook: WebhookObject,
}

/// What came of it.
#[derive(Union)]
enum UpdateWebhookPayload {
    Updated(WebhookUpdated),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct UpdateWebhook;

#[Object]
impl UpdateWebhook {
    /// Changes where a webhook is and what it is told of. Sent again, it changes nothing more.
    #[graphql(guard = "Allow(INTEGRATORS)")]
    async fn update_webhook(&self, context: &Context<'_>, input: UpdateWebhookInput) -> Result<UpdateWebhookPayload> {
        let webhook = or_refuse!(UpdateWebhookPayload, webhook_of(context, input.webhook_id).await?);
        let checked = check(context, input.url.as_deref(), input.event_names.as_deref())?;
        or_refuse!(UpdateWebhookPayload, checked);
        let api = context.data::<Api>()?;
        let change = Change { url: input.url, event_names: input.event_names, enabled: input.enabled };
        let changed = webhook::change(&api.ledger, webhook.id, change).await;
        let changed = changed.map_err(|error| fault::internal(context, &error))?;
        let webhook = or_refuse!(UpdateWebhookPayload, changed.ok_or_else(not_found));
        api.metrics.command("updateWebhook", "recorded");
        Ok(UpdateWebhookPayload::Updated(WebhookUpdated { webhook: webhook.into() }))
    }
}
