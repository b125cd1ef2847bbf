//! A person or a model that acts in the ledger.

use async_graphql::{Context, Object, Result};
use stele_domain::{StreamType, participant::ParticipantKind};
use stele_ledger::StreamKey;
use stele_projections::directory::ParticipantRow;
use uuid::Uuid;

use crate::graphql::{
    access::{Allow, CONTACTS},
    answer::PersonalText,
    mutation::RoleEnum,
};

/// A person or a model that acts in the ledger.
pub(in crate::graphql) struct ParticipantObject(ParticipantRow);

impl From<ParticipantRow> for ParticipantObject {
    fn from(row: ParticipantRow) -> Self {
        Self(row)
    }
}

/// A person or a model that acts in the ledger.
#[Object(name = "Participant")]
impl ParticipantObject {
    /// Their id.
    async fn id(&self) -> Uuid {
        self.0.id.uuid()
    }

    /// Whether it is a program and not a person.
    async fn machine(&self) -> bool {
        self.0.kind == ParticipantKind::Machine
    }

    /// What they may do.
    async fn roles(&self) -> Vec<RoleEnum> {
        self.0.roles.iter().copied().map(Into::into).collect()
    }

    /// What they are called.
    async fn name(&self, context: &Context<'_>) -> Result<PersonalText> {
        let (stream, event) = (self.stream(), self.0.registered_event);
        PersonalText::open(context, stream, event, "name", self.0.name.clone()).await
    }

    /// Where they can be reached.
    #[graphql(guard = "Allow(CONTACTS)")]
    async fn email(&self, context: &Context<'_>) -> Result<Option<PersonalText>> {
        let Some(email) = self.0.email.clone() else { return Ok(None) };
        PersonalText::open(context, self.stream(), self.0.registered_event, "email", email).await.map(Some)
    }
}

impl ParticipantObject {
    const fn stream(&self) -> StreamKey {
        StreamKey { stream_type: StreamType::Participant, id: self.0.id.uuid() }
    }
}
