//! Asking who was involved in what.

use chrono::TimeDelta;
use stele_domain::{ParticipantId, StreamType, SubjectId, Timestamp};
use stele_ledger::{AsOf, Ledger, Position, StreamKey};

use crate::{ProjectionError, ViewName, directory::PageRequest, plans};

/// Which events are wanted: those that pass all that is given.
#[derive(Clone, Debug, Default)]
pub struct ActivityFilter {
    /// Events that they caused, or that hold their personal fields.
    pub participant: Option<ParticipantId>,
    /// Events recorded at this time or later.
    pub from: Option<Timestamp>,
    /// Events recorded before this time.
    pub to: Option<Timestamp>,
    /// Events of these names.
    pub names: Option<Vec<String>>,
}

/// An event, and everyone involved in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where the event stands; pages are ordered by it.
    pub position: Position,
    /// Its name.
    pub name: String,
    /// The stream it belongs to.
    pub stream: StreamKey,
    /// When the ledger took it in.
    pub recorded_at: Timestamp,
    /// Who is involved, in the order of their ids.
    pub involved: Vec<Involved>,
}

/// Someone who is involved in an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Involved {
    /// Who.
    pub participant: ParticipantId,
    /// Whether they caused it.
    pub is_actor: bool,
    /// How many of their personal fields it holds.
    pub personal_fields: u32,
}

/// How much of the history holds someone's personal fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mentions {
    /// How many events.
    pub events: u64,
    /// How many tasks have such events.
    pub tasks: u64,
}

/// The events that pass a filter, in order.
pub async fn entries(
    ledger: &Ledger,
    filter: &ActivityFilter,
    page: PageRequest,
) -> Result<Vec<Entry>, ProjectionError> {
    let after = match filter.from {
        Some(from) => page.after.max(last_before(ledger, from).await?),
        None => page.after,
    };
    let up_to = match filter.to {
        Some(to) => last_before(ledger, to).await?,
        None => Position::from(u64::MAX),
    };
    let mut reading = ledger.database().pool().begin_with(plans::MADE_ANEW).await?;
    let rows = sqlx::query!(
        "select position, participant_id, name, stream_type, stream_id, recorded_at, is_actor, personal_fields
        from activity
        where ledger_id = $1 and position in (
            select distinct position from activity
            where ledger_id = $1 and position > $2 and position <= $3
                and ($4::uuid is null or participant_id = $4) and ($5::text[] is null or name = any($5))
            order by position
            limit $6
        )
        order by position, participant_id",
        ledger.id(),
        after.get().cast_signed(),
        up_to.get().cast_signed(),
        filter.participant.map(ParticipantId::uuid),
        filter.names.as_deref(),
        page.limit
    )
    .fetch_all(&mut *reading)
    .await?;
    let mut entries: Vec<Entry> = Vec::new();
    for row in rows {
        let involved = Involved {
            participant: row.participant_id.into(),
            is_actor: row.is_actor,
            personal_fields: row.personal_fields.cast_unsigned(),
        };
        let position = row.position.cast_unsigned().into();
        if let Some(entry) = entries.last_mut().filter(|entry| entry.position == position) {
            entry.involved.push(involved);
            continue;
        }
        let stream_type: StreamType = row.stream_type.parse().map_err(|error| ProjectionError::Damaged {
            view: ViewName::Activity,
            reason: format!("position {position}: {error}"),
        })?;
        entries.push(Entry {
            position,
            name: row.name,
            stream: StreamKey { stream_type, id: row.stream_id },
            recorded_at: row.recorded_at.into(),
            involved: vec![involved],
        });
    }
    Ok(entries)
}

/// How many events hold a subject's personal fields, and on how many tasks: what destroying their key makes unreadable.
pub async fn mentions(ledger: &Ledger, subject: SubjectId) -> Result<Mentions, ProjectionError> {
    let counts = sqlx::query!(
        r#"select count(*) as "events!", count(distinct stream_id) filter (where stream_type = 'task') as "tasks!"
        from activity
        where ledger_id = $1 and participant_id = $2 and personal_fields > 0"#,
        ledger.id(),
        subject.uuid()
    )
    .fetch_one(ledger.database().pool())
    .await?;
    Ok(Mentions { events: counts.events.cast_unsigned(), tasks: counts.tasks.cast_unsigned() })
}

/// The position of the last event that was recorded before a time.
async fn last_before(ledger: &Ledger, time: Timestamp) -> Result<Position, ProjectionError> {
    // times are kept in microseconds, so this is the last instant before
    let instant = time.to_utc() - TimeDelta::microseconds(1);
    Ok(ledger.as_of(AsOf::Time(instant.into())).await?)
}
