//! `queue`: a project's open work.

use async_graphql::{Context, Result, SimpleObject, Subscription};
use futures::{Stream, StreamExt};
use uuid::Uuid;

use crate::{
    Api,
    graphql::{
        access::{Allow, MEMBERS},
        fault,
        object::ProjectObject,
        position::PositionScalar,
    },
};

/// How much a project has to do. The figures are those of the project, the same for everyone; whether there is something
/// for the caller, `claimTask` tells.
#[derive(SimpleObject)]
struct QueueState {
    /// The project.
    project_id: Uuid,
    /// What the figures include; pass it as `atLeast` to read more.
    position: PositionScalar,
    /// How many tasks still need annotations.
    open_task_count: u64,
}

#[derive(Default)]
pub(super) struct QueueSubscription;

#[Subscription]
impl QueueSubscription {
    /// A project's open work: now, and whenever something is to be done, taken or done.
    #[graphql(guard = "Allow(MEMBERS).in_project(project_id)")]
    async fn queue(&self, context: &Context<'_>, project_id: Uuid) -> Result<impl Stream<Item = QueueState> + use<>> {
        if ProjectObject::find(context, project_id).await?.is_none() {
            return Err(fault::bad_input(context, "there is no project of this id"));
        }
        let news = context.data::<Api>()?.live.queue(project_id.into());
        Ok(news.map(move |news| QueueState {
            project_id,
            position: PositionScalar(news.position),
            open_task_count: news.open_tasks,
        }))
    }
}
