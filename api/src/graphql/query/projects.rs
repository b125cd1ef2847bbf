//! `project` and `projects`.

use async_graphql::{
    Context, Object, Result,
    connection::{Connection, EmptyFields},
};
use stele_projections::{ViewName, directory};
use uuid::Uuid;

use crate::{
    Api,
    graphql::{
        access::{Allow, MEMBERS, within},
        caught_up::caught_up,
        fault,
        object::{DEFAULT_PAGE, Page, ProjectObject, page},
        position::{Cursor, PositionScalar},
    },
};

/// The views that a project's fields are read from.
const VIEWS: &[ViewName] =
    &[ViewName::Directory, ViewName::Quality, ViewName::Settling, ViewName::TaskDetail, ViewName::TaskQueue];

#[derive(Default)]
pub(super) struct ProjectsQuery;

#[Object]
impl ProjectsQuery {
    /// One project; null if there is none of this id.
    #[graphql(guard = "Allow(MEMBERS).in_project(id)")]
    async fn project(
        &self,
        context: &Context<'_>,
        id: Uuid,
        at_least: Option<PositionScalar>,
    ) -> Result<Option<ProjectObject>> {
        caught_up(context, VIEWS, at_least).await?;
        ProjectObject::find(context, id).await
    }

    /// The projects, in the order of their creation. Whoever has a role in some projects alone sees those.
    #[graphql(
        guard = "Allow(MEMBERS).in_any_project()",
        complexity = "1 + usize::try_from(first.unwrap_or(DEFAULT_PAGE)).unwrap_or(0) * child_complexity"
    )]
    async fn projects(
        &self,
        context: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
        at_least: Option<PositionScalar>,
    ) -> Result<Connection<Cursor, ProjectObject, EmptyFields, EmptyFields>> {
        caught_up(context, VIEWS, at_least).await?;
        let (ledger, within) = (&context.data::<Api>()?.ledger, within(context, MEMBERS)?);
        page(context, Page { after, first }, async |request| {
            let projects = directory::projects(ledger, &within, request).await;
            let projects = projects.map_err(|error| fault::internal(context, &error))?;
            Ok(projects.into_iter().map(|project| (project.created, project.into())).collect())
        })
        .await
    }
}
