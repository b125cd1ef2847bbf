//! `participant` and `participants`.

use async_graphql::{
    Context, Object, Result,
    connection::{Connection, EmptyFields},
};
use stele_projections::{ViewName, directory};
use uuid::Uuid;

use crate::{
    Api,
    graphql::{
        access::{Allow, PEOPLE, ROSTER, within},
        caught_up::caught_up,
        fault,
        object::{DEFAULT_PAGE, Page, ParticipantObject, page},
        position::{Cursor, PositionScalar},
    },
};

#[derive(Default)]
pub(super) struct ParticipantsQuery;

#[Object]
impl ParticipantsQuery {
    /// One participant; null if there is none of this id.
    #[graphql(guard = "Allow(ROSTER).on_participant(id)")]
    async fn participant(
        &self,
        context: &Context<'_>,
        id: Uuid,
        at_least: Option<PositionScalar>,
    ) -> Result<Option<ParticipantObject>> {
        caught_up(context, &[ViewName::Directory], at_least).await?;
        ParticipantObject::find(context, id).await
    }

    /// Who takes part, in the order of their registration. Whoever has a role in some projects alone sees who has a role in
    /// one of them.
    #[graphql(
        guard = "Allow(PEOPLE).in_any_project()",
        complexity = "1 + usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0) * child_complexity"
    )]
    async fn participants(
        &self,
        context: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
        at_least: Option<PositionScalar>,
    ) -> Result<Connection<Cursor, ParticipantObject, EmptyFields, EmptyFields>> {
        caught_up(context, &[ViewName::Directory], at_least).await?;
        let (ledger, within) = (&context.data::<Api>()?.ledger, within(context, PEOPLE)?);
        page(context, Page { after, first }, async |request| {
            let people = directory::participants(ledger, &within, request).await;
            let people = people.map_err(|error| fault::internal(context, &error))?;
            Ok(people.into_iter().map(|person| (person.registered, person.into())).collect())
        })
        .await
    }
}
