//! A person or a model that acts in the ledger.

use async_graphql::{
    Context, Object, Result,
    connection::{Connection, EmptyFields},
};
use stele_domain::{ProjectId, StreamType, participant::ParticipantKind};
use stele_ledger::StreamKey;
use stele_projections::directory::{self, ParticipantRow};
use uuid::Uuid;

use super::{DEFAULT_PAGE, EventObject, Page, ProjectRole, history::history};
use crate::{
    Api,
    graphql::{
        access::{Allow, CONTACTS, HISTORY, PEOPLE, ROSTER, within},
        answer::PersonalText,
        fault,
        mutation::RoleEnum,
        position::Cursor,
    },
};

/// A person or a model that acts in the ledger.
pub(in crate::graphql) struct ParticipantObject(ParticipantRow);

impl From<ParticipantRow> for ParticipantObject {
    fn from(row: ParticipantRow) -> Self {
        Self(row)
    }
}

impl ParticipantObject {
    pub(in crate::graphql) async fn find(context: &Context<'_>, id: Uuid) -> Result<Option<Self>> {
        let ledger = &context.data::<Api>()?.ledger;
        let row =
            directory::participant(ledger, id.into()).await.map_err(|error| fault::internal(context, &error))?;
        Ok(row.map(Self))
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

    /// What they may do in the whole workspace.
    async fn roles(&self) -> Vec<RoleEnum> {
        self.0.roles.iter().copied().map(Into::into).collect()
    }

    /// What they may do in single projects, of those that the caller is told of.
    async fn project_roles(&self, context: &Context<'_>) -> Result<Vec<ProjectRole>> {
        let within = within(context, ROSTER)?;
        let held = self.0.project_roles.iter().copied().filter(|(project, _)| within.contains(*project));
        Ok(held.map(Into::into).collect())
    }

    /// What they are able to do, and tasks may ask for.
    async fn skills(&self) -> &[String] {
        &self.0.skills
    }

    /// What they are called.
    #[graphql(guard = "Allow(PEOPLE).in_one_of(self.projects())")]
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

    /// The events of their stream, in order. A cursor is a position.
    #[graphql(
        guard = "Allow(HISTORY)",
        complexity = "1 + usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0) * child_complexity"
    )]
    async fn history(
        &self,
        context: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
    ) -> Result<Connection<Cursor, EventObject, EmptyFields, EmptyFields>> {
        history(context, self.stream(), Page { after, first }).await
    }
}

impl ParticipantObject {
    fn projects(&self) -> impl Iterator<Item = ProjectId> {
        self.0.project_roles.iter().map(|(project, _)| *project)
    }

    const fn stream(&self) -> StreamKey {
        StreamKey { stream_type: StreamType::Participant, id: self.0.id.uuid() }
    }
}
