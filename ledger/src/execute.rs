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
#[derive(Clone, Debug)]
struct Loaded<A> {
    version: u64,
    state: A,
}

/// States by stream. A state in here may be old, never wrong: it is what the stream said at its version.
pub(crate) struct StateCache {
    states: Cache<StreamKey, Arc<dyn Any + Send + Sync>>,
}

impl StateCache {
    pub(crate) fn new() -> Self {
        Self { states: Cache::new(REMEMBERED_STATES) }
    }

    fn get<A: Aggregate>(&self, stream: StreamKey) -> Option<Arc<Loaded<A>>> {
        self.states.get(&stream)?.downcast().ok()
    }

    fn put<A: Aggregate>(&self, stream: StreamKey, loaded: Loaded<A>) {
        self.states.insert(stream, Arc::new(loaded));
    }
}

impl Ledger {
    /// The present state of an aggregate, and the version of its stream.
    pub async fn load<A: Aggregate>(&self, id: Uuid) -> Result<(A, u64), LoadError> {
        let loaded = self.load_fresh::<A>(StreamKey { stream_type: A::STREAM, id }).await?;
        Ok((loaded.state.clone(), loaded.version))
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
        let mut state = loaded.state.clone();
        events.iter().for_each(|event| state.apply(event));
        self.inner.states.put(stream, Loaded { version: loaded.version + events.len() as u64, state });
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
    async fn load_fresh<A: Aggregate>(&self, stream: StreamKey) -> Result<Arc<Loaded<A>>, LoadError> {
        let known = self.inner.states.get::<A>(stream);
        let (mut state, mut version) =
            known.as_ref().map_or_else(|| (A::default(), 0), |known| (known.state.clone(), known.version));
        let recorded = self.read_stream(stream, version).await?;
        if let (Some(known), true) = (known, recorded.is_empty()) {
            return Ok(known);
        }
        for event in &recorded {
            state.apply(&event.decode()?);
            version = event.stream_version;
        }
        let loaded = Loaded { version, state };
        if version > 0 {
            self.inner.states.put(stream, loaded.clone());
        }
        Ok(Arc::new(loaded))
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
