//! The ledger as an event store for the `cqrs-es` framework.

use std::{collections::HashMap, marker::PhantomData, sync::Arc};

use cqrs_es::{AggregateContext, AggregateError, EventEnvelope, EventStore};
use stele_domain::{Aggregate, Event};
use uuid::Uuid;

use crate::{
    Append, AppendError, Expected, Fingerprint, IdempotencyKey, Ledger, Metadata, NewEvent, StreamKey, seal,
};

/// Loads and commits aggregates of one type through the ledger.
///
/// The metadata entry `command_id`, if given, is the idempotency key. Without it every commit is a command of its
/// own.
#[derive(Clone)]
pub struct LedgerEventStore<A> {
    ledger: Ledger,
    aggregate: PhantomData<fn() -> A>,
}

impl<A> LedgerEventStore<A> {
    /// A store over `ledger`.
    #[must_use]
    pub const fn new(ledger: Ledger) -> Self {
        Self { ledger, aggregate: PhantomData }
    }
}

/// An aggregate as it was loaded, and where its stream stood.
#[derive(Clone, Debug)]
pub struct StreamContext<A> {
    id: Uuid,
    version: u64,
    aggregate: A,
}

impl<A: cqrs_es::Aggregate> AggregateContext<A> for StreamContext<A> {
    fn aggregate(&mut self) -> &mut A {
        &mut self.aggregate
    }
}

type StoreError<A> = AggregateError<<A as cqrs_es::Aggregate>::Error>;

impl<A, E> EventStore<A> for LedgerEventStore<A>
where
    A: Aggregate<Event = E> + cqrs_es::Aggregate<Event = E>,
    E: Event,
    <A as cqrs_es::Aggregate>::Error: Send + Sync + 'static,
{
    type AC = StreamContext<A>;

    async fn load_events(&self, aggregate_id: &str) -> Result<Vec<EventEnvelope<A>>, StoreError<A>> {
        let id = stream_id::<A>(aggregate_id)?;
        let recorded = self.ledger.read_stream(stream::<A>(id), 0).await.map_err(unreachable_database::<A>)?;
        let mut envelopes = Vec::with_capacity(recorded.len());
        for event in recorded {
            let payload = event.decode().map_err(|error| AggregateError::DeserializationError(Box::new(error)))?;
            let metadata: HashMap<String, serde_json::Value> = serde_json::from_str(&event.metadata)
                .map_err(|error| AggregateError::DeserializationError(Box::new(error)))?;
            let metadata = metadata.into_iter().filter_map(|(key, value)| Some((key, value.as_str()?.to_owned())));
            let sequence = usize::try_from(event.stream_version)
                .map_err(|error| AggregateError::UnexpectedError(Box::new(error)))?;
            let (aggregate_id, metadata) = (aggregate_id.to_owned(), metadata.collect());
            envelopes.push(EventEnvelope { aggregate_id, sequence, payload, metadata });
        }
        Ok(envelopes)
    }

    async fn load_aggregate(&self, aggregate_id: &str) -> Result<StreamContext<A>, StoreError<A>> {
        let id = stream_id::<A>(aggregate_id)?;
        let (aggregate, version) = self
            .ledger
            .load::<A>(id)
            .await
            .map_err(|error| AggregateError::DatabaseConnectionError(Box::new(error)))?;
        Ok(StreamContext { id, version, aggregate: Arc::unwrap_or_clone(aggregate) })
    }

    async fn commit(
        &self,
        mut events: Vec<E>,
        context: StreamContext<A>,
        metadata: HashMap<String, String>,
    ) -> Result<Vec<EventEnvelope<A>>, StoreError<A>> {
        if events.is_empty() {
            return Ok(Vec::new());
        }
        let stream = stream::<A>(context.id);
        let command_id =
            metadata.get("command_id").cloned().unwrap_or_else(|| self.ledger.mint().fresh::<Uuid>().to_string());
        let key: IdempotencyKey =
            command_id.try_into().map_err(|error| AggregateError::UnexpectedError(Box::new(error)))?;
        let mut new_events = Vec::with_capacity(events.len());
        for event in &mut events {
            let id = self.ledger.mint().fresh();
            seal::seal_event(self.ledger.keeper(), self.ledger.id(), stream, id, event)
                .await
                .map_err(|error| AggregateError::UnexpectedError(Box::new(error)))?;
            let payload = event.payload().map_err(|error| AggregateError::UnexpectedError(Box::new(error)))?;
            new_events.push(NewEvent::new(id, event.name(), event.schema_version(), payload, None));
        }
        // a framework command has no request of its own to compare: its key and stream stand for it
        let fingerprint = Fingerprint::of(format!("{stream} {key}").as_bytes());
        let expected = Expected::Exactly(context.version);
        let append = Append::new(stream, expected, &Metadata::of(key, fingerprint), new_events)
            .map_err(|error| AggregateError::UnexpectedError(Box::new(error)))?;
        let receipt = self.ledger.append(append).await.map_err(|error| match error {
            AppendError::Conflict { .. } => AggregateError::AggregateConflict,
            other => AggregateError::DatabaseConnectionError(Box::new(other)),
        })?;
        let envelopes = self.load_events(&context.id.to_string()).await?;
        let count = usize::try_from(receipt.last.get() - receipt.first.get() + 1).unwrap_or(usize::MAX);
        if receipt.replayed {
            return Ok(envelopes);
        }
        let written = usize::try_from(context.version).unwrap_or(usize::MAX);
        Ok(envelopes.into_iter().skip(written).take(count).collect())
    }
}

const fn stream<A: Aggregate>(id: Uuid) -> StreamKey {
    StreamKey { stream_type: A::STREAM, id }
}

fn stream_id<A: cqrs_es::Aggregate>(aggregate_id: &str) -> Result<Uuid, StoreError<A>> {
    aggregate_id.parse().map_err(|error: uuid::Error| AggregateError::UnexpectedError(Box::new(error)))
}

fn unreachable_database<A: cqrs_es::Aggregate>(error: crate::ReadError) -> StoreError<A> {
    AggregateError::DatabaseConnectionError(Box::new(error))
}
