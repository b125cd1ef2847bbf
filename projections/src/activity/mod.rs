//! `activity`: who caused each event, and whose personal fields it holds.
//!
//! An event that nobody is known to have caused and that holds nobody's fields is not in it.

mod query;

pub use query::{ActivityFilter, Entry, Involved, Mentions, entries, mentions};

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use stele_domain::{StreamType, dataset::DatasetEvent, event};
use stele_ledger::{EventFilter, Metadata, Recorded};
use uuid::Uuid;

use crate::{Pace, ProjectionError, View, ViewName, view::decode};

/// The view of who is involved in which event.
#[derive(Clone, Copy, Debug)]
pub struct Activity;

#[async_trait]
impl View for Activity {
    fn name(&self) -> ViewName {
        ViewName::Activity
    }

    fn fold_version(&self) -> i32 {
        2
    }

    fn pace(&self) -> Pace {
        Pace::Unhurried
    }

    fn filter(&self) -> EventFilter {
        EventFilter::all()
    }

    async fn clear(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        sqlx::query!("delete from activity where ledger_id = $1", ledger_id).execute(rows).await?;
        Ok(())
    }

    async fn apply(
        &self,
        rows: &mut PgConnection,
        ledger_id: Uuid,
        events: &[Arc<Recorded>],
    ) -> Result<(), ProjectionError> {
        let mut columns = Columns::default();
        for event in events {
            for (participant, part) in parts(event)? {
                columns.push(event, participant, part);
            }
        }
        columns.store(rows, ledger_id).await
    }
}

/// What someone has to do with an event.
#[derive(Clone, Copy, Default)]
struct Part {
    is_actor: bool,
    personal_fields: i32,
}

fn parts(event: &Recorded) -> Result<BTreeMap<Uuid, Part>, ProjectionError> {
    let position = event.position.get();
    let metadata: Metadata =
        serde_json::from_str(&event.metadata).map_err(|source| ProjectionError::Metadata { position, source })?;
    let subjects = event::subjects(event.stream.stream_type, &event.name, event.schema_version, &event.payload)
        .map_err(|source| ProjectionError::Decode { position, source })?;
    let mut parts = BTreeMap::<Uuid, Part>::new();
    // what is said of someone is said in their stream, as that they were erased
    if matches!(event.stream.stream_type, StreamType::Participant | StreamType::Subject) {
        parts.entry(event.stream.id).or_default();
    }
    // and that text of theirs left the ledger, in the stream of a dataset
    if event.stream.stream_type == StreamType::Dataset
        && let DatasetEvent::SubjectsReleased(released) = decode(event)?
    {
        for subject in released.subjects {
            parts.entry(subject.subject.uuid()).or_default();
        }
    }
    if let Some(actor) = metadata.actor {
        parts.entry(actor.uuid()).or_default().is_actor = true;
    }
    for (subject, fields) in subjects {
        parts.entry(subject.uuid()).or_default().personal_fields = i32::try_from(fields).unwrap_or(i32::MAX);
    }
    Ok(parts)
}

/// The rows of a batch, column by column.
#[derive(Default)]
struct Columns<'a> {
    positions: Vec<i64>,
    participants: Vec<Uuid>,
    names: Vec<&'a str>,
    stream_types: Vec<&'static str>,
    stream_ids: Vec<Uuid>,
    recorded_ats: Vec<DateTime<Utc>>,
    are_actors: Vec<bool>,
    personal_fields: Vec<i32>,
}

impl<'a> Columns<'a> {
    fn push(&mut self, event: &'a Recorded, participant: Uuid, part: Part) {
        self.positions.push(event.position.get().cast_signed());
        self.participants.push(participant);
        self.names.push(&event.name);
        self.stream_types.push(event.stream.stream_type.as_str());
        self.stream_ids.push(event.stream.id);
        self.recorded_ats.push(event.recorded_at.to_utc());
        self.are_actors.push(part.is_actor);
        self.personal_fields.push(part.personal_fields);
    }

    async fn store(self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError> {
        sqlx::query!(
            "insert into activity (ledger_id, position, participant_id, name, stream_type, stream_id, recorded_at,
                is_actor, personal_fields)
            select $1, * from unnest($2::bigint[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[],
                $8::boolean[], $9::integer[])",
            ledger_id,
            &self.positions,
            &self.participants,
            &self.names as &[&str],
            &self.stream_types as &[&str],
            &self.stream_ids,
            &self.recorded_ats,
            &self.are_actors,
            &self.personal_fields
        )
        .execute(rows)
        .await?;
        Ok(())
    }
}
