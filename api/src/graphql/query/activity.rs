//! `activity`: who was involved in what, and when.

use async_graphql::{
    Context, Object, Result,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, Utc};
use stele_domain::event;
use stele_projections::{
    ViewName,
    activity::{self, ActivityFilter},
};
use uuid::Uuid;

use crate::{
    Api,
    graphql::{
        access::{Allow, HISTORY},
        caught_up::caught_up,
        fault,
        object::{ActivityObject, DEFAULT_PAGE, Page, page},
        position::{Cursor, PositionScalar},
    },
};

#[derive(Default)]
pub(super) struct ActivityQuery;

#[Object]
impl ActivityQuery {
    /// The events that someone caused, or that hold someone's personal fields, in order. A cursor is a position.
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the field")]
    #[graphql(
        guard = "Allow(HISTORY)",
        complexity = "1 + usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0) * child_complexity"
    )]
    async fn activity(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only events in which they are involved")] participant: Option<Uuid>,
        #[graphql(desc = "Only events recorded at this time or later")] from: Option<DateTime<Utc>>,
        #[graphql(desc = "Only events recorded before this time")] to: Option<DateTime<Utc>>,
        #[graphql(desc = "Only events of these names, such as `AnnotationSubmitted`")] names: Option<Vec<String>>,
        after: Option<String>,
        first: Option<i32>,
        at_least: Option<PositionScalar>,
    ) -> Result<Connection<Cursor, ActivityObject, EmptyFields, EmptyFields>> {
        if let Some(unknown) = names.iter().flatten().find(|name| !event::is_known(name)) {
            return Err(fault::bad_input(context, &format!("no event is called `{unknown}`")));
        }
        caught_up(context, &[ViewName::Activity], at_least).await?;
        let ledger = &context.data::<Api>()?.ledger;
        let filter = ActivityFilter {
            participant: participant.map(Into::into),
            from: from.map(Into::into),
            to: to.map(Into::into),
            names,
        };
        page(context, Page { after, first }, async |request| {
            let entries = activity::entries(ledger, &filter, request)
                .await
                .map_err(|error| fault::internal(context, &error))?;
            Ok(entries.into_iter().map(|entry| (entry.position, entry.into())).collect())
        })
        .await
    }
}
