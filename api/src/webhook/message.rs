//! What a webhook is told: which event it is, and the ids in it. Whoever may know more asks the API for it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stele_domain::{StreamType, Timestamp};
use stele_ledger::{Position, Recorded};
use uuid::Uuid;

use super::Webhook;

/// A message, as it is sent.
pub(super) struct Message {
    /// The same at every attempt; receivers tell by it whether they have had it.
    pub(super) id: Uuid,
    /// The event that it tells of.
    pub(super) position: Option<Position>,
    pub(super) body: String,
}

#[derive(Serialize)]
struct Body<'a, T> {
    #[serde(rename = "type")]
    name: &'a str,
    timestamp: Timestamp,
    data: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfEvent<'a> {
    ledger: &'a str,
    position: Position,
    event_id: Uuid,
    stream_type: &'static str,
    stream_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotation_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignment_id: Option<Uuid>,
    occurred_at: Timestamp,
    recorded_at: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfTest<'a> {
    ledger: &'a str,
    webhook_id: Uuid,
}

/// The members of an event's content that are told, where they are ids; nothing else of it is read.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Ids {
    project: Value,
    annotation: Value,
    assignment: Value,
}

fn id(member: &Value) -> Option<Uuid> {
    member.as_str()?.parse().ok()
}

impl Message {
    /// The message of an event; `None` if it is none of the webhook's business.
    pub(super) fn of_event(
        ledger: &str,
        webhook: &Webhook,
        event: &Recorded,
    ) -> Result<Option<Self>, serde_json::Error> {
        if !webhook.event_names.is_empty() && !webhook.event_names.contains(&event.name) {
            return Ok(None);
        }
        let ids: Ids = serde_json::from_str(&event.payload)?;
        let is_project = event.stream.stream_type == StreamType::Project;
        let project_id = if is_project { Some(event.stream.id) } else { id(&ids.project) };
        if webhook.project_id.is_some() && webhook.project_id != project_id {
            return Ok(None);
        }
        let data = OfEvent {
            ledger,
            position: event.position,
            event_id: event.event_id,
            stream_type: event.stream.stream_type.as_str(),
            stream_id: event.stream.id,
            project_id,
            annotation_id: id(&ids.annotation),
            assignment_id: id(&ids.assignment),
            occurred_at: event.occurred_at,
            recorded_at: event.recorded_at,
        };
        let body = serde_json::to_string(&Body { name: &event.name, timestamp: event.occurred_at, data })?;
        Ok(Some(Self { id: event.event_id, position: Some(event.position), body }))
    }

    /// A message that tells of nothing, to see whether it arrives.
    pub(super) fn of_test(
        ledger: &str,
        webhook: &Webhook,
        id: Uuid,
        now: Timestamp,
    ) -> Result<Self, serde_json::Error> {
        let data = OfTest { ledger, webhook_id: webhook.id };
        let body = serde_json::to_string(&Body { name: "WebhookTested", timestamp: now, data })?;
        Ok(Self { id, position: None, body })
    }
}
