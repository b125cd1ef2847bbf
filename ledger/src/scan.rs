//! Reading a long stretch of the ledger: what comes next is read while the caller works.

use futures::TryStreamExt as _;
use stele_domain::{DecodeError, Event, Timestamp};
use tokio::{sync::mpsc, task::JoinHandle};
use uuid::Uuid;

use crate::{Ledger, Position, ReadError};

/// A batch ends with the event by which it has so many events, or so many bytes of payload.
const BATCH_EVENTS: usize = 512;
const BATCH_BYTES: usize = 1 << 20;
/// How many batches wait for the caller at most.
const AHEAD: usize = 2;

/// What an event says, without what proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// Where it stands.
    pub position: Position,
    /// Its id.
    pub event_id: Uuid,
    /// The id of its stream, whose type the name tells.
    pub stream_id: Uuid,
    /// Its name, such as `TaskCreated`.
    pub name: &'static str,
    /// The version of its payload's schema.
    pub schema_version: u16,
    /// Its content, as JSON.
    pub payload: String,
    /// When it is claimed to have happened.
    pub occurred_at: Timestamp,
}

impl Scanned {
    /// Reads the payload as one of an aggregate's events.
    pub fn decode<E: Event>(&self) -> Result<E, DecodeError> {
        E::decode(self.name, self.schema_version, &self.payload)
    }
}

/// Events of a stretch, in order. Reading ends with it.
#[derive(Debug)]
pub struct Scan {
    batches: mpsc::Receiver<Result<Vec<Scanned>, ReadError>>,
    /// Gone once it has ended.
    reading: Option<JoinHandle<()>>,
}

impl Scan {
    /// The next events; none after the last.
    pub async fn next(&mut self) -> Result<Option<Vec<Scanned>>, ReadError> {
        let batch = self.batches.recv().await.transpose()?;
        if batch.is_none()
            && let Some(reading) = self.reading.take()
        {
            // what stopped before its end must not look like the end
            reading.await?;
        }
        Ok(batch)
    }
}

impl Drop for Scan {
    fn drop(&mut self) {
        self.reading.iter().for_each(JoinHandle::abort);
    }
}

impl Ledger {
    /// The events of these names after `after`, up to and including `up_to`, in order.
    ///
    /// However long the stretch is, a few batches of about a mebibyte are in memory. One statement reads it all, so a connection is
    /// taken until the end.
    #[must_use]
    pub fn scan(&self, after: Position, up_to: Position, names: &[&'static str]) -> Scan {
        let (sender, batches) = mpsc::channel(AHEAD);
        let (ledger, names) = (self.clone(), names.to_vec());
        let reading = tokio::spawn(async move {
            if let Err(error) = read(&ledger, after, up_to, &names, &sender).await {
                // nobody is left to tell if the caller has gone
                drop(sender.send(Err(error)).await);
            }
        });
        Scan { batches, reading: Some(reading) }
    }
}

async fn read(
    ledger: &Ledger,
    after: Position,
    up_to: Position,
    names: &[&'static str],
    sender: &mpsc::Sender<Result<Vec<Scanned>, ReadError>>,
) -> Result<(), ReadError> {
    let mut rows = sqlx::query!(
        r#"select position, event_id, stream_id, name, schema_version, payload::text as "payload!", occurred_at
        from event
        where ledger_id = $1 and position > $2 and position <= $3 and name = any($4)
        order by position"#,
        ledger.id(),
        after.to_sql(),
        up_to.to_sql(),
        names as &[&str]
    )
    .fetch(ledger.database().pool());
    let (mut batch, mut bytes) = (Vec::with_capacity(BATCH_EVENTS), 0);
    while let Some(row) = rows.try_next().await? {
        // no other was asked for
        let Some(name) = names.iter().find(|name| **name == row.name) else { continue };
        bytes += row.payload.len();
        batch.push(Scanned {
            position: Position::from_sql(row.position),
            event_id: row.event_id,
            stream_id: row.stream_id,
            name,
            schema_version: row.schema_version.try_into().map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
            payload: row.payload,
            occurred_at: row.occurred_at.into(),
        });
        if batch.len() == BATCH_EVENTS || bytes >= BATCH_BYTES {
            let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_EVENTS));
            bytes = 0;
            if sender.send(Ok(full)).await.is_err() {
                return Ok(());
            }
        }
    }
    if !batch.is_empty() {
        drop(sender.send(Ok(batch)).await);
    }
    Ok(())
}
