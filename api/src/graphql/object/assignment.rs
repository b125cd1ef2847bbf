//! A lease that somebody holds, as they see it.

use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use stele_domain::{
    AssignmentId, TaskId,
    project::GuidelinesVersion,
    task::{Lease, Task},
};
use stele_projections::task_queue;
use uuid::Uuid;

use super::TaskObject;
use crate::{Api, account::Viewer, draft, graphql::fault};

/// A lease that somebody holds.
pub(in crate::graphql) struct AssignmentObject {
    id: AssignmentId,
    task: TaskId,
    lease: Lease,
}

/// What was written so far under a lease.
#[derive(SimpleObject)]
struct Draft {
    /// It, as it was saved; null once its writer has been erased.
    content: Option<String>,
    /// When.
    saved_at: DateTime<Utc>,
}

impl AssignmentObject {
    /// The leases that somebody holds now, in the projects that they may have to do with.
    pub(in crate::graphql) async fn held_by(context: &Context<'_>, annotator: &Viewer) -> Result<Vec<Self>> {
        let ledger = &context.data::<Api>()?.ledger;
        let now = ledger.clock().now();
        let held = task_queue::held_by(ledger, annotator.participant, now).await;
        let mut assignments = Vec::new();
        for (task, id) in held.map_err(|error| fault::internal(context, &error))? {
            let (state, _) =
                ledger.load::<Task>(task.uuid()).await.map_err(|error| fault::internal(context, &error))?;
            if annotator.only_project().is_some_and(|only| state.project() != Some(only)) {
                continue;
            }
            // the task knows best: the view may not have seen yet that a lease was answered
            let lease = state.lease(id).filter(|lease| lease.expires_at > now).cloned();
            assignments.extend(lease.map(|lease| Self { id, task, lease }));
        }
        Ok(assignments)
    }
}

/// A lease that somebody holds.
#[Object(name = "Assignment")]
impl AssignmentObject {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.id.uuid()
    }

    /// When it lapses.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.lease.expires_at.to_utc()
    }

    /// The form version to answer.
    async fn form_version(&self) -> u32 {
        self.lease.form_version.get()
    }

    /// The version of the guidelines in force when it began; null if there were none.
    async fn guidelines_version(&self) -> Option<u32> {
        self.lease.guidelines_version.map(GuidelinesVersion::get)
    }

    /// In which order to show the responses: their indices, the first first.
    async fn response_order(&self) -> Vec<u8> {
        self.lease.response_order.iter().flatten().map(|response| response.0).collect()
    }

    /// What to do, in the version that was claimed.
    async fn task(&self, context: &Context<'_>) -> Result<Option<TaskObject>> {
        TaskObject::find_version(context, self.task.uuid(), self.lease.task_version).await
    }

    /// What was written so far; null if nothing was saved.
    async fn draft(&self, context: &Context<'_>) -> Result<Option<Draft>> {
        let ledger = &context.data::<Api>()?.ledger;
        let draft =
            draft::find(ledger, self.task, self.id).await.map_err(|error| fault::internal(context, &error))?;
        Ok(draft.map(|draft| Draft { content: draft.content, saved_at: draft.saved_at.to_utc() }))
    }
}
