//! `task`.

use async_graphql::{Context, Object, Result};
use stele_projections::ViewName;
use uuid::Uuid;

use crate::graphql::{
    access::{Allow, OVERSIGHT},
    caught_up::caught_up,
    object::TaskObject,
    position::PositionScalar,
};

#[derive(Default)]
pub(super) struct TasksQuery;

#[Object]
impl TasksQuery {
    /// One task; null if there is none of this id. An annotator sees a task by claiming it.
    #[graphql(guard = "Allow(OVERSIGHT).on_task(id)")]
    async fn task(
        &self,
        context: &Context<'_>,
        id: Uuid,
        at_least: Option<PositionScalar>,
    ) -> Result<Option<TaskObject>> {
        caught_up(context, &[ViewName::TaskDetail], at_least).await?;
        TaskObject::find(context, id).await
    }
}
