//! `quality`: that agreement has changed.

use async_graphql::{Context, Result, SimpleObject, Subscription};
use futures::{Stream, StreamExt};
use uuid::Uuid;

use crate::{
    Api,
    graphql::{
        access::{Allow, RESULTS},
        fault,
        object::ProjectObject,
        position::PositionScalar,
    },
};

/// Agreement has changed.
#[derive(SimpleObject)]
struct QualityState {
    /// The project.
    project_id: Uuid,
    /// What the figures include by now; ask for those that are shown.
    position: PositionScalar,
}

#[derive(Default)]
pub(super) struct QualitySubscription;

#[Subscription]
impl QualitySubscription {
    /// Up to where a project's agreement is known: now, and whenever it changes.
    #[graphql(guard = "Allow(RESULTS).in_project(project_id)")]
    async fn quality(
        &self,
        context: &Context<'_>,
        project_id: Uuid,
    ) -> Result<impl Stream<Item = QualityState> + use<>> {
        if ProjectObject::find(context, project_id).await?.is_none() {
            return Err(fault::bad_input(context, "there is no project of this id"));
        }
        let news = context.data::<Api>()?.live.quality(project_id.into());
        Ok(news.map(move |position| QualityState { project_id, position: PositionScalar(position) }))
    }
}
