//! Identifiers: one type a concept, so that a task's id can't be passed where a project's is meant.
//!
//! New ids are `UUIDv7` ([RFC 9562 §5.7](https://www.rfc-editor.org/rfc/rfc9562#section-5.7)); ids derived from
//! imported keys are `UUIDv8`. The ledger mints both; this crate only names them.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id as a plain UUID, for storage and for the wire.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A labelling project: a form, a redundancy, and the tasks made under them.
    ProjectId;
    /// One unit of work: content, and the candidate responses to judge.
    TaskId;
    /// One annotator's lease on one task.
    AssignmentId;
    /// One annotator's answers to one task, through all their revisions.
    AnnotationId;
    /// A person or a model that acts in the ledger.
    ParticipantId;
    /// Whoever personal data is about; erasing a subject destroys the key to their fields.
    SubjectId;
    /// A dataset, with all its releases.
    DatasetId;
    /// A wish for a release of a dataset.
    ReleaseRequestId;
}

impl From<ParticipantId> for SubjectId {
    /// A participant is the data subject of what they write.
    fn from(participant: ParticipantId) -> Self {
        Self(participant.0)
    }
}
