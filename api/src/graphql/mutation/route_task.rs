//! `routeTask`: change when a task's turn comes, and who may do it.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use stele_domain::task::{Task, TaskCommand};
use uuid::Uuid;

use super::or_refuse;
use crate::graphql::{
    access::{Allow, FEEDERS},
    command::Call,
    position::Receipt,
    refusal::Refusal,
    routing::RoutingObject,
};

/// Priority, tags and skills of a task.
#[derive(InputObject)]
struct RouteTaskInput {
    /// The task.
    task_id: Uuid,
    /// All of them, from now on.
    routing: RoutingObject,
}

/// It is so from now on; leases that are held stay.
#[derive(SimpleObject)]
struct TaskRouted {
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum RouteTaskPayload {
    Routed(TaskRouted),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct RouteTask;

#[Object]
impl RouteTask {
    /// Changes a task's priority, tags and skills.
    #[graphql(guard = "Allow(FEEDERS).on_task(input.task_id)")]
    async fn route_task(
        &self,
        context: &Context<'_>,
        input: RouteTaskInput,
        idempotency_key: String,
    ) -> Result<RouteTaskPayload> {
        let call = or_refuse!(RouteTaskPayload, Call::new(context, "routeTask", &idempotency_key, &input)?);
        let command = TaskCommand::Route { routing: or_refuse!(RouteTaskPayload, input.routing.read()) };
        let done = or_refuse!(RouteTaskPayload, call.execute::<Task>(context, input.task_id, &command).await?);
        Ok(RouteTaskPayload::Routed(TaskRouted { receipt: done.receipt.into() }))
    }
}
