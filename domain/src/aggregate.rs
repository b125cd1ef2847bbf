//! The consistency boundary: a state, the commands it accepts, the events it answers with.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    Event, dataset::Dataset, history::History, participant::Participant, project::Project, subject::Subject,
    task::Task,
};

/// What kind of thing a stream is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StreamType {
    /// A labelling project.
    Project,
    /// A unit of work with its assignments, annotations and reviews.
    Task,
    /// A person or model that acts in the ledger.
    Participant,
    /// Whoever personal data is about.
    Subject,
    /// A dataset, with all its releases.
    Dataset,
    /// The ledger's history as a whole.
    Ledger,
}

impl StreamType {
    /// Every type.
    pub const ALL: [Self; 6] =
        [Self::Project, Self::Task, Self::Participant, Self::Subject, Self::Dataset, Self::Ledger];

    /// The name under which the ledger stores it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Task => "task",
            Self::Participant => "participant",
            Self::Subject => "subject",
            Self::Dataset => "dataset",
            Self::Ledger => "ledger",
        }
    }
}

impl fmt::Display for StreamType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl StreamType {
    /// Does something with the aggregate whose events such a stream holds.
    pub fn visit<V: AggregateVisitor>(self, visitor: V) -> V::Output {
        match self {
            Self::Project => visitor.visit::<Project>(),
            Self::Task => visitor.visit::<Task>(),
            Self::Participant => visitor.visit::<Participant>(),
            Self::Subject => visitor.visit::<Subject>(),
            Self::Dataset => visitor.visit::<Dataset>(),
            Self::Ledger => visitor.visit::<History>(),
        }
    }
}

/// Something to be done with an aggregate of which only the stream's type is known.
pub trait AggregateVisitor {
    /// What comes of it.
    type Output;

    /// Does it with that aggregate.
    fn visit<A: Aggregate>(self) -> Self::Output;
}

/// A text that names no stream type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a stream type")]
pub struct UnknownStreamType(String);

impl FromStr for StreamType {
    type Err = UnknownStreamType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|known| known.as_str() == text);
        known.ok_or_else(|| UnknownStreamType(text.to_owned()))
    }
}

/// A consistency boundary. What it refuses can't be raced past it.
pub trait Aggregate: Default + Clone + Send + Sync + Serialize + DeserializeOwned + 'static {
    /// The kind of stream that holds its events.
    const STREAM: StreamType;
    /// What may be asked of it.
    type Command: Send + Sync;
    /// What may have happened to it.
    type Event: Event;
    /// Why a command was refused.
    type Refusal: std::error::Error + Send + Sync + 'static;

    /// Answers a command with at least one event, or refuses it. Changes nothing.
    fn decide(&self, command: &Self::Command) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// Moves the state past an event that has happened. Never fails: history is not up for debate.
    fn apply(&mut self, event: &Self::Event);

    /// The state after `events`.
    fn replay<'a>(events: impl IntoIterator<Item = &'a Self::Event>) -> Self
    where
        Self::Event: 'a,
    {
        let mut state = Self::default();
        for event in events {
            state.apply(event);
        }
        state
    }
}

/// Implements [`cqrs_es::Aggregate`] on top of an [`Aggregate`]'s pure decision.
macro_rules! cqrs_aggregate {
    ($aggregate:ty) => {
        impl cqrs_es::Aggregate for $aggregate {
            const TYPE: &'static str = <$aggregate as $crate::Aggregate>::STREAM.as_str();
            type Command = <$aggregate as $crate::Aggregate>::Command;
            type Event = <$aggregate as $crate::Aggregate>::Event;
            type Error = <$aggregate as $crate::Aggregate>::Refusal;
            type Services = ();

            async fn handle(
                &mut self,
                command: Self::Command,
                (): &Self::Services,
                sink: &cqrs_es::event_sink::EventSink<Self>,
            ) -> Result<(), Self::Error> {
                for event in $crate::Aggregate::decide(self, &command)? {
                    sink.write(event, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: Self::Event) {
                $crate::Aggregate::apply(self, &event);
            }
        }
    };
}

pub(crate) use cqrs_aggregate;
