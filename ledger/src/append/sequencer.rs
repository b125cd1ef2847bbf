//! The one writer of a ledger within a process.
//!
//! It collects concurrent appends and commits them together. It holds no lock while it waits for the database: the
//! compare-and-swap on the head decides between processes, and the loser plans its batch anew.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use sqlx::{PgConnection, Postgres, pool::PoolConnection};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{
    Append, AppendError, Expected, MAX_BATCH_EVENTS,
    batch::Pending,
    plan::{Plan, plan},
    store::{self, Written},
};
use crate::{Clock, Database, Head, Receipt, StreamKey, head, wake::Wake};

/// How many appends may wait for the writer before callers have to wait for a place.
const QUEUE: usize = 4_096;
/// The most payload that one batch sends, in bytes; a single larger append goes alone.
const MAX_BATCH_BYTES: usize = 8 << 20;
/// How many streams the writer remembers the version of before it starts over.
const REMEMBERED_STREAMS: usize = 200_000;
/// How many turns in a row the writer waits without anyone arriving.
const IDLE_TURNS: u32 = 8;
/// How often a batch is tried while the connection fails, before its callers are told.
const ATTEMPTS: u32 = 3;

/// A handle on the writer.
#[derive(Clone, Debug)]
pub(crate) struct Sequencer {
    queue: mpsc::Sender<Pending>,
}

impl Sequencer {
    pub(crate) fn start(database: Database, ledger_id: Uuid, head: Head, clock: Arc<dyn Clock>, wake: Wake) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let writer = Writer { database, connection: None, ledger_id, clock, wake, head, versions: HashMap::new() };
        tokio::spawn(writer.run(waiting));
        Self { queue }
    }

    /// Hands an append to the writer, and waits until it is durable or refused.
    pub(crate) async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        if append.events.is_empty() || append.events.len() > MAX_BATCH_EVENTS {
            return Err(AppendError::EventCount(append.events.len()));
        }
        let (pending, outcome) = Pending::new(append);
        self.queue.send(pending).await.map_err(|_| AppendError::Closed)?;
        outcome.await.map_err(|_| AppendError::Closed)?
    }
}

struct Writer {
    database: Database,
    /// Kept from batch to batch: asking the pool costs a round trip, as it makes sure that the connection lives.
    connection: Option<PoolConnection<Postgres>>,
    ledger_id: Uuid,
    clock: Arc<dyn Clock>,
    wake: Wake,
    /// The head that the next batch builds on; right as long as the compare-and-swap succeeds.
    head: Head,
    /// Versions of streams as of `head`.
    versions: HashMap<StreamKey, u64>,
}

impl Writer {
    async fn run(mut self, mut waiting: mpsc::Receiver<Pending>) {
        let mut arrived = Vec::with_capacity(QUEUE);
        let mut answered = 0;
        while waiting.recv_many(&mut arrived, QUEUE).await > 0 {
            gather(&mut waiting, &mut arrived, answered).await;
            answered = arrived.len();
            let mut queue = arrived.drain(..).peekable();
            while queue.peek().is_some() {
                let (mut events, mut bytes) = (0, 0);
                let mut batch = Vec::new();
                while let Some(pending) = queue.next_if(|next| {
                    events += next.append.events.len();
                    bytes += next.append.events.iter().map(|event| event.payload.len()).sum::<usize>();
                    batch.is_empty() || (events <= MAX_BATCH_EVENTS && bytes <= MAX_BATCH_BYTES)
                }) {
                    batch.push(pending);
                }
                self.commit(batch).await;
            }
        }
    }

    /// Sees a batch through, to an answer for every one of its appends.
    async fn commit(&mut self, mut batch: Vec<Pending>) {
        let mut failures = 0;
        while !batch.is_empty() {
            if let Err(error) = self.round(&mut batch).await {
                failures += 1;
                self.connection = None;
                if is_refusal(&error) && batch.len() > 1 {
                    // one of them can't be stored; alone, each gets an answer of its own
                    for pending in batch {
                        Box::pin(self.commit(vec![pending])).await;
                    }
                    return;
                }
                // When the connection failed, what was sent may have been recorded. Trying again is safe, as the
                // keys are the same, and tells.
                let hopeless = is_refusal(&error) || failures == ATTEMPTS || self.reload().await.is_err();
                if hopeless {
                    tracing::warn!(%error, appends = batch.len(), "a batch could not be appended");
                    batch.iter_mut().for_each(|pending| pending.answer(Err(error.clone())));
                }
            }
            batch.retain(Pending::is_waiting);
        }
    }

    /// One attempt at a batch. Appends that it can't answer yet keep waiting.
    async fn round(&mut self, batch: &mut [Pending]) -> Result<(), AppendError> {
        self.learn_versions(batch).await?;
        let plan = plan(self.ledger_id, &self.head, self.clock.now(), batch, &self.versions);
        self.refuse(batch, &plan.conflicting).await?;
        if plan.accepted.is_empty() {
            return Ok(());
        }
        let (ledger_id, head) = (self.ledger_id, self.head.clone());
        let written = store::write(self.connection().await?, ledger_id, &head, batch, &plan).await?;
        match written {
            Written::All => {
                self.written(batch, plan);
                Ok(())
            }
            Written::HeadMoved => self.reload().await,
            Written::Taken => self.settle_taken(batch).await,
        }
    }

    /// Looks up the streams whose version matters and isn't known.
    async fn learn_versions(&mut self, batch: &[Pending]) -> Result<(), AppendError> {
        if self.versions.len() > REMEMBERED_STREAMS {
            self.versions.clear();
        }
        let unknown: HashSet<StreamKey> = batch
            .iter()
            .filter(|pending| pending.append.expected != Expected::Exactly(0))
            .map(|pending| pending.append.stream)
            .filter(|stream| !self.versions.contains_key(stream))
            .collect();
        self.look_up(unknown).await
    }

    async fn look_up(&mut self, streams: HashSet<StreamKey>) -> Result<(), AppendError> {
        if !streams.is_empty() {
            let streams: Vec<_> = streams.into_iter().collect();
            let ledger_id = self.ledger_id;
            let found = store::versions(self.connection().await?, ledger_id, &streams).await?;
            self.versions.extend(found);
        }
        Ok(())
    }

    /// Refuses appends whose stream is elsewhere, unless they had been recorded before: then that is why.
    ///
    /// What the writer remembers of a stream may be older than what another process made of it, so the database is
    /// asked before anyone is refused. An append that turns out to be right keeps waiting for the next round.
    async fn refuse(&mut self, batch: &mut [Pending], conflicting: &[usize]) -> Result<(), AppendError> {
        if conflicting.is_empty() {
            return Ok(());
        }
        self.look_up(conflicting.iter().map(|place| batch[*place].append.stream).collect()).await?;
        // after the versions: what moved a stream may have been the append itself, sent to another process before
        self.answer_recorded(batch, conflicting).await?;
        for place in conflicting {
            let pending = &mut batch[*place];
            let stream = pending.append.stream;
            let actual = self.versions.get(&stream).copied().unwrap_or(0);
            if let Expected::Exactly(expected) = pending.append.expected
                && expected != actual
            {
                pending.answer(Err(AppendError::Conflict { stream, expected, actual }));
            }
        }
        Ok(())
    }

    /// Answers those of the appends at `places` whose key has been recorded already.
    async fn answer_recorded(&mut self, batch: &mut [Pending], places: &[usize]) -> Result<(), AppendError> {
        let keys: Vec<&str> = places.iter().map(|place| batch[*place].append.key.as_str()).collect();
        let ledger_id = self.ledger_id;
        let receipts = store::receipts(self.connection().await?, ledger_id, &keys).await?;
        for place in places {
            let pending = &mut batch[*place];
            if let Some(stored) = receipts.get(&pending.append.key) {
                pending.answer(stored.answer(pending.append.fingerprint).ok_or(AppendError::KeyReused));
            }
        }
        Ok(())
    }

    /// After the database found a key or a stream version taken: replays what has been recorded, and learns where
    /// the streams really stand.
    async fn settle_taken(&mut self, batch: &mut [Pending]) -> Result<(), AppendError> {
        let places: Vec<usize> = (0..batch.len()).filter(|place| batch[*place].is_waiting()).collect();
        self.answer_recorded(batch, &places).await?;
        let streams: HashSet<StreamKey> =
            batch.iter().filter(|pending| pending.is_waiting()).map(|pending| pending.append.stream).collect();
        self.look_up(streams).await
    }

    /// Tells the callers, while the next batch is already on its way.
    fn written(&mut self, batch: &mut [Pending], plan: Plan) {
        self.head = plan.head;
        self.versions.extend(plan.versions);
        let answers: Vec<_> = plan
            .accepted
            .into_iter()
            .filter_map(|accepted| Some((batch[accepted.place].take_caller()?, accepted.receipt)))
            .collect();
        let (wake, position) = (self.wake.clone(), self.head.position());
        tokio::spawn(async move {
            for (caller, receipt) in answers {
                // one that has gone away no longer cares
                drop(caller.send(Ok(receipt)));
            }
            wake.appended(position);
        });
    }

    async fn reload(&mut self) -> Result<(), AppendError> {
        self.versions.clear();
        let ledger_id = self.ledger_id;
        let head = head::read(self.connection().await?, ledger_id).await;
        self.head = head.map_err(|error| AppendError::Head(error.into()))?;
        Ok(())
    }

    async fn connection(&mut self) -> Result<&mut PgConnection, AppendError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.database.pool().acquire().await?,
        };
        Ok(self.connection.insert(connection))
    }
}

/// Waits a few turns of the scheduler for the callers who were answered last: they often come back at once, and a
/// commit costs nearly the same for all of them as for the half that was waiting already.
async fn gather(waiting: &mut mpsc::Receiver<Pending>, arrived: &mut Vec<Pending>, answered: usize) {
    let expected = (arrived.len() + answered).min(QUEUE);
    let mut idle_turns = 0;
    while arrived.len() < expected && idle_turns < IDLE_TURNS {
        tokio::task::yield_now().await;
        idle_turns += 1;
        while let Ok(pending) = waiting.try_recv() {
            arrived.push(pending);
            idle_turns = 0;
        }
    }
}

/// Whether PostgreSQL looked at the statement and said no, so that nothing was written and nothing will be.
///
/// Classes 08, 53, 57 and 58 of SQLSTATE are about the connection or the server instead, and 40 asks to try again.
fn is_refusal(error: &AppendError) -> bool {
    match error {
        AppendError::Database(error) => {
            let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
            code.is_some_and(|code| !["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class)))
        }
        _ => false,
    }
}
