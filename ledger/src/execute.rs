//! Command in, receipt out: load the stream, ask the aggregate, append its answer.

use std::{any::Any, sync::Arc};

use quick_cache::sync::Cache;
use stele_domain::{Aggregate, DecodeError, Event, ParticipantId, Timestamp};
use uuid::Uuid;

use crate::{
    Append, AppendError, Expected, Fingerprint, IdempotencyKey, Ledger, Metadata, NewEvent, Position, ReadError,
    Receipt, StreamKey, seal,
};

/// How many aggregates' states are kept in memory.
const REMEMBERED_STATES: usize = 50_000;

/// Who asks, under which name, and when it is said to have happened.
#[derive(Clone, Debug)]
pub struct CommandContext {
    /// Who asks; `None` where the system itself does.
    pub actor: Option<ParticipantId>,
    /// The command's name: the same at every retry.
    pub key: IdempotencyKey,
    /// What the command asks for, hashed: the same at every retry.
    pub fingerprint: Fingerprint,
    /// When it is claimed to have happened; `None` for now.
    pub occurred_at: Option<Timestamp>,
    /// What ties the command to others of the same undertaking.
    pub correlation_id: Option<Uuid>,
}

/// What a command led to: now, or when it was first recorded.
#[derive(Clone, Debug)]
pub struct Executed<E> {
    /// The proof.
    pub receipt: Receipt,
    /// The events, in order, with the personal fields sealed.
    pub events: Vec<E>,
}

/// Why a command had no effect.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<R: std::error::Error> {
    /// The aggregate refused it.
    #[error(transparent)]
    Refused(R),
    /// The ledger could not record it.
    #[error(transparent)]
    Append(AppendError),
    /// The stream could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The stream holds something that this build can't read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A personal field could not be sealed.
    #[error(transparent)]
    Seal(#[from] seal::SealError),
    /// An event could not be written as JSON.
    #[error("an event can't be written: {0}")]
    Encode(#[from] serde_json::Error),
}

/// An aggregate's state at a version of its stream.
#[derive(Debug)]
struct Loaded<A> {
    version: u64,
    state: Arc<A>,
}

impl<A> Clone for Loaded<A> {
    fn clone(&self) -> Self {
        Self { version: self.version, state: Arc::clone(&self.state) }
    }
}

/// A state of an aggregate of whatever kind.
#[derive(Clone)]
struct Remembered {
    version: u64,
    state: Arc<dyn Any + Send + Sync>,
}

/// States by stream. A state in here may be old, never wrong: it is what the stream said at its version.
pub(crate) struct StateCache {
    states: Cache<StreamKey, Remembered>,
}

impl StateCache {
    pub(crate) fn new() -> Self {
        Self { states: Cache::new(REMEMBERED_STATES) }
    }

    fn get<A: Aggregate>(&self, stream: StreamKey) -> Option<Loaded<A>> {
        let Remembered { version, state } = self.states.get(&stream)?;
        Some(Loaded { version, state: state.downcast().ok()? })
    }

    fn put<A: Aggregate>(&self, stream: StreamKey, loaded: Loaded<A>) {
        self.states.insert(stream, Remembered { version: loaded.version, state: loaded.state });
    }
}

impl Ledger {
    /// The present state of an aggregate, and the version of its stream.
    pub async fn load<A: Aggregate>(&self, id: Uuid) -> Result<(Arc<A>, u64), LoadError> {
        let loaded = self.load_fresh::<A>(StreamKey { stream_type: A::STREAM, id }).await?;
        Ok((loaded.state, loaded.version))
    }

    /// Whether the state that is in memory would refuse a command. It may be old, so this is a hint and no more: it costs
    /// nothing, and `false` where nothing is in memory.
    pub fn seems_refused<A: Aggregate>(&self, id: Uuid, command: &A::Command) -> bool {
        let remembered = self.inner.states.get::<A>(StreamKey { stream_type: A::STREAM, id });
        remembered.is_some_and(|loaded| loaded.state.decide(command).is_err())
    }

    /// Carries a command out: at most once, however often it is sent under the same key.
    pub async fn execute<A: Aggregate>(
        &self,
        id: Uuid,
        context: &CommandContext,
        command: &A::Command,
    ) -> Result<Executed<A::Event>, ExecuteError<A::Refusal>> {
        let stream = StreamKey { stream_type: A::STREAM, id };
        let mut remembered = self.inner.states.get::<A>(stream);
        loop {
            let fresh = remembered.is_none();
            let loaded = match remembered.take() {
                Some(loaded) => loaded,
                None => self.load_fresh(stream).await?,
            };
            match loaded.state.decide(command) {
                Ok(events) => match self.record(&loaded, stream, context, events).await {
                    // the stream has moved on since it was loaded: decide again on what it says now
                    Err(ExecuteError::Append(AppendError::Conflict { .. })) => {}
                    outcome => return outcome,
                },
                // what an old state refuses, the present one may accept
                Err(_) if !fresh => {}
                // and what the present state refuses may be the very command that brought it about
                Err(refusal) => return self.replayed(context, refusal).await,
            }
        }
    }

    async fn record<A: Aggregate>(
        &self,
        loaded: &Loaded<A>,
        stream: StreamKey,
        context: &CommandContext,
        mut events: Vec<A::Event>,
    ) -> Result<Executed<A::Event>, ExecuteError<A::Refusal>> {
        let mut new_events = Vec::with_capacity(events.len());
        for event in &mut events {
            let id = self.mint().fresh();
            seal::seal_event(self.keeper(), self.id(), stream, id, event).await?;
            let (name, version, payload) = (event.name(), event.schema_version(), event.payload()?);
            new_events.push(NewEvent::new(id, name, version, payload, context.occurred_at));
        }
        let command = Metadata {
            actor: context.actor,
            correlation_id: context.correlation_id,
            ..Metadata::of(context.key.clone(), context.fingerprint)
        };
        let append = Append::new(stream, Expected::Exactly(loaded.version), &command, new_events)?;
        let receipt = self.append(append).await.map_err(ExecuteError::Append)?;
        if receipt.replayed {
            return Ok(Executed { receipt, events: self.events_of(receipt).await? });
        }
        let mut state = A::clone(&loaded.state);
        events.iter().for_each(|event| state.apply(event));
        let (version, state) = (loaded.version + events.len() as u64, Arc::new(state));
        self.inner.states.put(stream, Loaded { version, state });
        Ok(Executed { receipt, events })
    }

    /// What a refused command led to when it was first recorded, if it was; the refusal otherwise.
    async fn replayed<E: Event, R: std::error::Error>(
        &self,
        context: &CommandContext,
        refusal: R,
    ) -> Result<Executed<E>, ExecuteError<R>> {
        let Some(stored) = self.receipt(&context.key).await? else { return Err(ExecuteError::Refused(refusal)) };
        match stored.answer(Some(context.fingerprint)) {
            Some(receipt) => Ok(Executed { receipt, events: self.events_of(receipt).await? }),
            None => Err(ExecuteError::Append(AppendError::KeyReused)),
        }
    }

    async fn events_of<E: Event>(&self, receipt: Receipt) -> Result<Vec<E>, LoadError> {
        let before = Position::from(receipt.first.get() - 1);
        let recorded = self.read(before, receipt.last, &crate::EventFilter::all()).await?;
        Ok(recorded.iter().map(crate::Recorded::decode).collect::<Result<_, _>>()?)
    }

    /// The state that the store has now; only what is new since it was remembered is read.
    async fn load_fresh<A: Aggregate>(&self, stream: StreamKey) -> Result<Loaded<A>, LoadError> {
        let known = self.inner.states.get::<A>(stream);
        let known = known.unwrap_or_else(|| Loaded { version: 0, state: Arc::default() });
        let news = self.inner.news.run((stream, known.version)).await.map_err(ReadError::from)?;
        let Some(version) = news.last().map(|event| event.version) else { return Ok(known) };
        let mut state = A::clone(&known.state);
        for event in &news {
            state.apply(&A::Event::decode(&event.name, event.schema_version, &event.payload)?);
        }
        let loaded = Loaded { version, state: Arc::new(state) };
        self.inner.states.put(stream, loaded.clone());
        Ok(loaded)
    }
}

/// Why a stream could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It holds something that this build can't read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

impl<R: std::error::Error> From<LoadError> for ExecuteError<R> {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Read(error) => Self::Read(error),
            LoadError::Decode(error) => Self::Decode(error),
        }
    }
}
