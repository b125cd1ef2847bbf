//! An event, and everyone involved in it.

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use stele_ledger::{EventFilter, Position};
use stele_projections::activity::Entry;
use uuid::Uuid;

use super::EventObject;
use crate::{
    Api,
    graphql::{fault, position::PositionScalar},
};

/// An event, and everyone involved in it.
pub(in crate::graphql) struct ActivityObject(Entry);

impl From<Entry> for ActivityObject {
    fn from(entry: Entry) -> Self {
        Self(entry)
    }
}

/// Someone who is involved in an event.
#[derive(SimpleObject)]
struct Involved {
    /// Who.
    participant_id: Uuid,
    /// Whether they caused it.
    actor: bool,
    /// How many of their personal fields it holds.
    personal_fields: u32,
}

/// An event, and everyone involved in it.
#[Object(name = "Activity")]
impl ActivityObject {
    /// Where the event stands.
    async fn position(&self) -> PositionScalar {
        PositionScalar(self.0.position)
    }

    /// Its name, such as `AnnotationSubmitted`.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What its stream is about, such as task.
    async fn stream_type(&self) -> &str {
        self.0.stream.stream_type.as_str()
    }

    /// Which stream it belongs to.
    async fn stream_id(&self) -> Uuid {
        self.0.stream.id
    }

    /// When the ledger took it in.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at.to_utc()
    }

    /// Who caused it, and whose personal fields it holds.
    async fn involved(&self) -> Vec<Involved> {
        let involved = self.0.involved.iter().map(|involved| Involved {
            participant_id: involved.participant.uuid(),
            actor: involved.is_actor,
            personal_fields: involved.personal_fields,
        });
        involved.collect()
    }

    /// The event itself.
    #[graphql(complexity = "2 + child_complexity")]
    async fn event(&self, context: &Context<'_>) -> Result<EventObject> {
        let ledger = &context.data::<Api>()?.ledger;
        let (before, position) = (Position::from(self.0.position.get() - 1), self.0.position);
        let read = ledger.read(before, position, &EventFilter::all()).await;
        let event = read.map_err(|error| fault::internal(context, &error))?.pop();
        let missing = || fault::internal(context, &format!("the event at position {position} is missing"));
        event.map(Into::into).ok_or_else(missing)
    }
}
