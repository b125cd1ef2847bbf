//! A ledger's events and checkpoints, page by page in the order of their positions.

use std::iter::Peekable;

use futures::TryStreamExt;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{checkpoint::StoredCheckpoint, error::VerifyError, event::StoredEvent};

/// Rows as they are stored.
pub(crate) enum Row {
    Event(Box<StoredEvent>),
    Checkpoint(StoredCheckpoint),
}

pub(crate) type Page = Vec<Row>;

/// Reads a ledger once, from its first event to its last; each checkpoint comes after the event of its size.
pub(crate) struct Reader {
    ledger_id: Uuid,
    /// Where the next page of events begins; `None` after the last.
    events_from: Option<i64>,
    checkpoints_from: Option<i64>,
}

impl Reader {
    pub(crate) const fn new(ledger_id: Uuid) -> Self {
        Self { ledger_id, events_from: Some(i64::MIN), checkpoints_from: Some(i64::MIN) }
    }

    /// The next page; `None` after the last.
    pub(crate) async fn next(&mut self, connection: &mut PgConnection) -> Result<Option<Page>, VerifyError> {
        let events = match self.events_from {
            Some(from) => self.events(connection, from).await?,
            None => Vec::new(),
        };
        let last = events.last().map(|event| event.position);
        self.events_from = last.and_then(|last| last.checked_add(1));
        let checkpoints = match self.checkpoints_from {
            Some(from) => self.checkpoints(connection, from, last.unwrap_or(i64::MAX)).await?,
            None => Vec::new(),
        };
        if let Some(checkpoint) = checkpoints.last() {
            self.checkpoints_from = checkpoint.size.checked_add(1);
        }
        let is_end = events.is_empty() && checkpoints.is_empty();
        Ok((!is_end).then(|| merge(events, checkpoints)))
    }

    /// All events of a position are in one page, should there be several.
    async fn events(&self, connection: &mut PgConnection, from: i64) -> Result<Vec<StoredEvent>, VerifyError> {
        let rows = sqlx::query_file_as!(StoredEvent, "src/database/page.sql", self.ledger_id, from);
        Ok(rows.fetch(connection).try_collect().await?)
    }

    /// After the last event there may be as many as there may be events in a page, or more pages of them.
    async fn checkpoints(
        &self,
        connection: &mut PgConnection,
        from: i64,
        to: i64,
    ) -> Result<Vec<StoredCheckpoint>, VerifyError> {
        let rows = sqlx::query_as!(
            StoredCheckpoint,
            "select size, note from checkpoint where ledger_id = $1 and size between $2 and $3
            order by size fetch first 8192 rows with ties",
            self.ledger_id,
            from,
            to
        );
        Ok(rows.fetch(connection).try_collect().await?)
    }
}

fn merge(events: Vec<StoredEvent>, checkpoints: Vec<StoredCheckpoint>) -> Page {
    let mut page = Vec::with_capacity(events.len() + checkpoints.len());
    let mut checkpoints = checkpoints.into_iter().peekable();
    for event in events {
        push_below(&mut checkpoints, event.position, &mut page);
        page.push(Row::Event(Box::new(event)));
    }
    page.extend(checkpoints.map(Row::Checkpoint));
    page
}

fn push_below(checkpoints: &mut Peekable<impl Iterator<Item = StoredCheckpoint>>, position: i64, page: &mut Page) {
    while let Some(checkpoint) = checkpoints.next_if(|checkpoint| checkpoint.size < position) {
        page.push(Row::Checkpoint(checkpoint));
    }
}
