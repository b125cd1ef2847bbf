//! What may happen: to projects, tasks, participants, data subjects and datasets, the commands they accept and the events that follow.
//!
//! Everything here is pure. A decision is a function of a state and a command; it reads no clock, draws no
//! random number and does no I/O, so ids and times arrive inside the command. Each aggregate also implements
//! [`cqrs_es::Aggregate`], so its rules can be tested with that crate's given/when/then framework.

pub mod aggregate;
pub mod dataset;
mod digest;
mod edition;
pub mod event;
pub mod form;
pub mod history;
pub mod id;
pub mod participant;
pub mod personal;
mod probability;
pub mod project;
pub mod schema;
pub mod subject;
pub mod task;
pub mod timestamp;
pub mod word;

pub use aggregate::{Aggregate, AggregateVisitor, StreamType, UnknownStreamType};
pub use event::{DecodeError, Event};
pub use id::{AnnotationId, AssignmentId, DatasetId, ParticipantId, ProjectId, ReleaseRequestId, SubjectId, TaskId};
pub use personal::{Personal, Sealed};
pub use probability::{Probability, ProbabilityError};
pub use timestamp::Timestamp;
pub use word::{Skill, Tag};
