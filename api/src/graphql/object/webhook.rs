//! A webhook, and what was sent to it.

use async_graphql::{Context, Result, SimpleObject};
use chrono::{DateTime, Utc};
use stele_domain::participant::Role;
use stele_ledger::Position;
use uuid::Uuid;

use crate::{
    Api,
    account::Viewer,
    graphql::{access::viewer, command::Outcome, fault, position::PositionScalar, refusal::Refusal},
    webhook::{self, Delivery, Webhook},
};

/// A program elsewhere that is told of events.
#[derive(SimpleObject)]
#[graphql(name = "Webhook")]
pub(in crate::graphql) struct WebhookObject {
    /// Its id.
    id: Uuid,
    /// Where messages are sent.
    url: String,
    /// The events that it is told of; all of them if there are none.
    event_names: Vec<String>,
    /// Only events of this project.
    project_id: Option<Uuid>,
    /// Who made it.
    created_by: Uuid,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// The last position that it has been told of, or that is none of its business.
    position: PositionScalar,
    /// How often the next message has failed.
    failures: u32,
    /// When it is tried again; null if nothing has failed.
    next_attempt_at: Option<DateTime<Utc>>,
    /// Until when the secret before the last rotation signs as well.
    old_secret_until: Option<DateTime<Utc>>,
    /// Why nothing is sent any more; null if messages are sent.
    disabled: Option<String>,
}

impl From<Webhook> for WebhookObject {
    fn from(webhook: Webhook) -> Self {
        Self {
            id: webhook.id,
            url: webhook.url,
            event_names: webhook.event_names,
            project_id: webhook.project_id,
            created_by: webhook.created_by,
            created_at: webhook.created_at,
            position: scalar(webhook.position),
            failures: webhook.failures.cast_unsigned(),
            next_attempt_at: webhook.next_attempt_at,
            old_secret_until: webhook.old_secret_until,
            disabled: webhook.disabled,
        }
    }
}

/// An attempt to send a message to a webhook.
#[derive(SimpleObject)]
#[graphql(name = "WebhookDelivery")]
pub(in crate::graphql) struct WebhookDeliveryObject {
    /// The `webhook-id` of the message: the same at every attempt.
    message_id: Uuid,
    /// The event that the message tells of; null for a test.
    position: Option<PositionScalar>,
    /// Which attempt it was, from 1.
    attempt: u32,
    /// When it was made.
    attempted_at: DateTime<Utc>,
    /// How long it took, in milliseconds.
    duration_millis: i64,
    /// The HTTP status that it was answered with; null if there was no answer.
    status: Option<i32>,
    /// Why there was none.
    error: Option<String>,
    /// When the message is sent again; null if it is not.
    next_attempt_at: Option<DateTime<Utc>>,
}

impl From<Delivery> for WebhookDeliveryObject {
    fn from(delivery: Delivery) -> Self {
        Self {
            message_id: delivery.message_id,
            position: delivery.position.map(scalar),
            attempt: delivery.attempt.cast_unsigned(),
            attempted_at: delivery.attempted_at,
            duration_millis: delivery.duration_millis,
            status: delivery.status,
            error: delivery.error,
            next_attempt_at: delivery.next_attempt_at,
        }
    }
}

fn scalar(position: i64) -> PositionScalar {
    PositionScalar(Position::from(position.cast_unsigned()))
}

/// Whether someone may have to do with the webhooks of a project; those of the whole ledger are for administrators.
pub(in crate::graphql) fn may_integrate(viewer: &Viewer, project: Option<Uuid>) -> bool {
    viewer.roles.allow(&[Role::Admin]) || (project.is_some() && viewer.roles.allow(&[Role::Manager]))
}

/// The webhook of an id, if the caller may have to do with it. Whoever may not is not told that there is one.
pub(in crate::graphql) async fn webhook_of(context: &Context<'_>, id: Uuid) -> Result<Outcome<Webhook>> {
    let found = webhook::find(&context.data::<Api>()?.ledger, id).await;
    let found = found.map_err(|error| fault::internal(context, &error))?;
    let viewer = viewer(context)?;
    let theirs = found.filter(|webhook| may_integrate(viewer, webhook.project_id));
    Ok(theirs.ok_or_else(not_found))
}

/// There is no such webhook.
pub(in crate::graphql) fn not_found() -> Refusal {
    Refusal::new("WEBHOOK_NOT_FOUND", &"there is no webhook of this id")
}
