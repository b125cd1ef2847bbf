//! `claimTask`: get something to do.

mod seat;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use chrono::{DateTime, Utc};
use stele_domain::{
    TaskId, Timestamp,
    participant::Participant,
    project::{GuidelinesVersion, Project, ProjectRefusal},
    task::{Task, TaskCommand, TaskEvent, TaskRefusal},
};
use stele_ledger::{Executed, Ledger};
use stele_projections::{
    ProjectionError, ViewName,
    task_queue::{self, Wanted},
};
use uuid::Uuid;

use self::seat::{Place, Seat};
use super::or_refuse;
use crate::{
    Api,
    graphql::{
        access::{ANNOTATORS, Allow, viewer},
        caught_up::caught_up,
        command::{Call, Outcome},
        fault,
        object::TaskObject,
        position::{PositionScalar, Receipt},
        refusal::Refusal,
        routing::words,
    },
};

/// How many tasks are tried at a time; others may win some of them.
const CANDIDATES: i64 = 32;

/// What to work on.
#[derive(InputObject)]
struct ClaimTaskInput {
    /// The project.
    project_id: Uuid,
    /// Only the task of this id, which must be one of the project's; without it, the best that there is.
    task_id: Option<Uuid>,
    /// Only a task that has all of these tags.
    #[graphql(default)]
    tags: Vec<String>,
}

/// A task is yours for a while.
#[derive(SimpleObject)]
struct TaskClaimed {
    /// The lease.
    assignment_id: Uuid,
    /// When it lapses.
    expires_at: DateTime<Utc>,
    /// The form version to answer.
    form_version: u32,
    /// The version of the guidelines in force; null if there are none.
    guidelines_version: Option<u32>,
    /// In which order to show the responses: their indices, the first first. It differs from claim to claim, so that no
    /// place is favoured. Answers speak of responses by their index, wherever they were shown: `LEFT` is the one of index 0.
    response_order: Vec<u8>,
    /// What to do.
    task: TaskObject,
    receipt: Receipt,
}

/// What came of it.
#[derive(Union)]
enum ClaimTaskPayload {
    Claimed(TaskClaimed),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct ClaimTask;

#[Object]
impl ClaimTask {
    /// Leases a task to the caller, for as long as the project's workflow says. In one project a person holds one lease at a
    /// time.
    #[graphql(guard = "Allow(ANNOTATORS).in_project(input.project_id)")]
    async fn claim_task(
        &self,
        context: &Context<'_>,
        input: ClaimTaskInput,
        idempotency_key: String,
    ) -> Result<ClaimTaskPayload> {
        let call = or_refuse!(ClaimTaskPayload, Call::new(context, "claimTask", &idempotency_key, &input)?);
        let done = or_refuse!(ClaimTaskPayload, claim(context, &call, &input).await?);
        let claimed = done.events.iter().find_map(|event| match event {
            TaskEvent::TaskClaimed(claimed) => Some(claimed),
            _ => None,
        });
        let Some(claimed) = claimed else {
            return Err(fault::internal(context, "a claim without an event that says so"));
        };
        let before = PositionScalar(done.receipt.first);
        caught_up(context, &[ViewName::TaskDetail], Some(before)).await?;
        let Some(task) = TaskObject::find(context, done.receipt.stream.id).await? else {
            return Err(fault::internal(context, "a claimed task is not in its view"));
        };
        Ok(ClaimTaskPayload::Claimed(TaskClaimed {
            assignment_id: claimed.assignment.uuid(),
            expires_at: claimed.expires_at.to_utc(),
            form_version: claimed.form_version.get(),
            guidelines_version: claimed.guidelines_version.map(GuidelinesVersion::get),
            response_order: claimed.response_order.iter().flatten().map(|response| response.0).collect(),
            task,
            receipt: done.receipt.into(),
        }))
    }
}

async fn claim(context: &Context<'_>, call: &Call, input: &ClaimTaskInput) -> Result<Outcome<Executed<TaskEvent>>> {
    let ledger = &context.data::<Api>()?.ledger;
    let failed = |error: &dyn std::error::Error| fault::internal(context, error);
    let (project, _) = ledger.load::<Project>(input.project_id).await.map_err(|error| failed(&error))?;
    let Some(form) = project.form() else { return Ok(Err(ProjectRefusal::NotFound.into())) };
    let (annotator, now) = (viewer(context)?.participant, ledger.clock().now());
    let tags = match words(input.tags.clone()) {
        Ok(tags) => tags,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let (participant, _) = ledger.load::<Participant>(annotator.uuid()).await.map_err(|error| failed(&error))?;
    let skills = participant.skills();
    // the same at every try, so that a claim that was cut off finds the seat that it took
    let assignment = ledger.mint().derived("assignment", &[call.context().key.as_str(), &annotator.to_string()]);
    let command = TaskCommand::Claim {
        assignment,
        annotator,
        form_version: form.version,
        guidelines_version: project.guidelines_version(),
        skills: skills.clone(),
        shuffle: Some(ledger.mint().seed()),
        now,
        lease_seconds: project.workflow().lease_seconds,
    };
    match call.recorded(context).await? {
        // a retry goes where the first attempt went, not to the next task
        Some(Ok(task)) => return call.execute::<Task>(context, task, &command).await,
        Some(Err(refusal)) => return Ok(Err(refusal)),
        None => {}
    }
    let candidates = if let Some(id) = input.task_id {
        let (task, _) = ledger.load::<Task>(id).await.map_err(|error| failed(&error))?;
        // the caller may be let into this project alone, and its form is what would be answered
        if task.project() != Some(input.project_id.into()) {
            return Ok(Err(TaskRefusal::NotFound.into()));
        }
        vec![id.into()]
    } else {
        let gold = project.workflow().gold_rate.comes_about(ledger.mint().seed());
        let wanted = Wanted { project: input.project_id.into(), annotator, skills, tags: &tags, gold };
        candidates(ledger, wanted, now).await.map_err(|error| failed(&error))?
    };
    let seat = Seat { project: input.project_id.into(), annotator };
    // tasks that others reach for at this moment come later, and those that seem to be full last: what is remembered of a
    // task may be old, so none is left out
    let others = &context.data::<Api>()?.claims;
    let mut candidates = candidates;
    if input.task_id.is_none() {
        candidates.sort_by_cached_key(|candidate| {
            (ledger.seems_refused::<Task>(candidate.uuid(), &command), others.under_way(*candidate))
        });
    }
    let mut taken = false;
    let mut last = Refusal::new("NOTHING_TO_CLAIM", &"there is nothing to do in this project now");
    for candidate in candidates {
        let _under_way = others.begin(candidate);
        let mine = Place { task: candidate, assignment };
        if taken {
            seat.change(ledger, mine, now).await.map_err(|error| failed(&error))?;
        } else if !seat.take(ledger, mine, now).await.map_err(|error| failed(&error))? {
            let reason = "you hold a task of this project already: answer it or give it back first";
            return Ok(Err(Refusal::new("HOLDS_A_LEASE", &reason)));
        }
        taken = true;
        match call.execute::<Task>(context, candidate.uuid(), &command).await? {
            Ok(done) => return Ok(Ok(done)),
            // someone else was faster; the view will show it in a moment
            Err(refusal) if input.task_id.is_none() && refusal.reason() != "IDEMPOTENCY_KEY_REUSED" => {}
            Err(refusal) => last = refusal,
        }
    }
    if taken {
        seat.leave(ledger, assignment).await.map_err(|error| failed(&error))?;
    }
    Ok(Err(last))
}

/// The tasks to try, the best first. Where a gold task is wanted and none is left, it is an ordinary one.
async fn candidates(ledger: &Ledger, wanted: Wanted<'_>, now: Timestamp) -> Result<Vec<TaskId>, ProjectionError> {
    let found = task_queue::candidates(ledger, wanted, now, CANDIDATES).await?;
    if wanted.gold && found.is_empty() {
        return task_queue::candidates(ledger, Wanted { gold: false, ..wanted }, now, CANDIDATES).await;
    }
    Ok(found)
}
