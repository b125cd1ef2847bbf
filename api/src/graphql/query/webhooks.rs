//! `webhooks` and `webhookDeliveries`.

use async_graphql::{Context, Object, Result};
use uuid::Uuid;

use crate::{
    Api,
    graphql::{
        access::{Allow, INTEGRATORS, viewer},
        fault,
        object::{WebhookDeliveryObject, WebhookObject, may_integrate, webhook_of},
    },
    webhook,
};

#[derive(Default)]
pub(super) struct WebhooksQuery;

#[Object]
impl WebhooksQuery {
    /// The programs elsewhere that are told of events, in the order in which they were made. A manager sees those of
    /// projects, an administrator all.
    #[graphql(guard = "Allow(INTEGRATORS)", complexity = "20 * child_complexity")]
    async fn webhooks(&self, context: &Context<'_>) -> Result<Vec<WebhookObject>> {
        let viewer = viewer(context)?;
        let webhooks = webhook::all(&context.data::<Api>()?.ledger).await;
        let webhooks = webhooks.map_err(|error| fault::internal(context, &error))?;
        let theirs = webhooks.into_iter().filter(|webhook| may_integrate(viewer, webhook.project_id));
        Ok(theirs.map(Into::into).collect())
    }

    /// What was sent to a webhook, the newest first; null if there is none of this id. The last 1,000 attempts are kept.
    #[graphql(
        guard = "Allow(INTEGRATORS)",
        complexity = "1 + usize::try_from(first).unwrap_or(0) * child_complexity"
    )]
    async fn webhook_deliveries(
        &self,
        context: &Context<'_>,
        webhook_id: Uuid,
        #[graphql(default = 20, validator(minimum = 1, maximum = 100))] first: i32,
    ) -> Result<Option<Vec<WebhookDeliveryObject>>> {
        let Ok(webhook) = webhook_of(context, webhook_id).await? else { return Ok(None) };
        let deliveries = webhook::deliveries(&context.data::<Api>()?.ledger, webhook.id, first.into()).await;
        let deliveries = deliveries.map_err(|error| fault::internal(context, &error))?;
        Ok(Some(deliveries.into_iter().map(Into::into).collect()))
    }
}
