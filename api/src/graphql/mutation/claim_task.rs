//! `claimTask`: get something to do.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use chrono::{DateTime, Utc};
use stele_domain::{
    Aggregate, TaskId, Timestamp,
    participant::Participant,
    project::{GuidelinesVersion, Project, ProjectRefusal},
    task::{Task, TaskCommand, TaskEvent, TaskRefusal, TaskVersion},
};
use stele_ledger::{Executed, Ledger, LoadError};
use stele_projections::{
    ProjectionError, ViewName,
    task_queue::{self, Wanted},
};
use tokio::try_join;
use uuid::Uuid;

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
    seat::{Place, Seat},
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
        let task = claimed_task(context, &done, claimed.task_version).await?;
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

/// The task that was claimed, in the version that was. What it shows is known once it is in its view, which a task that can
/// be claimed nearly always is.
async fn claimed_task(context: &Context<'_>, done: &Executed<TaskEvent>, version: TaskVersion) -> Result<TaskObject> {
    let id = done.receipt.stream.id;
    if let Some(task) = TaskObject::find_version(context, id, version).await? {
        return Ok(task);
    }
    caught_up(context, &[ViewName::TaskDetail], Some(PositionScalar(done.receipt.first))).await?;
    let found = TaskObject::find_version(context, id, version).await?;
    found.ok_or_else(|| fault::internal(context, "a claimed task is not in its view"))
}

/// Claims, and looks before it refuses whether the claim was recorded before: then that is the answer.
async fn claim(context: &Context<'_>, call: &Call, input: &ClaimTaskInput) -> Result<Outcome<Executed<TaskEvent>>> {
    let (command, refusal) = match try_claim(context, call, input).await? {
        Tried::Done(done) => return Ok(Ok(done)),
        Tried::Refused(command, refusal) => (command, refusal),
    };
    match (call.recorded(context).await?, command) {
        (Some(Ok(task)), Some(command)) => call.execute::<Task>(context, task, &command).await,
        (Some(Err(reused)), _) => Ok(Err(reused)),
        _ => Ok(Err(refusal)),
    }
}

/// What came of trying: a lease, or why there is none, and what was asked of the tasks if it came to that.
enum Tried {
    Done(Executed<TaskEvent>),
    Refused(Option<TaskCommand>, Refusal),
}

async fn try_claim(context: &Context<'_>, call: &Call, input: &ClaimTaskInput) -> Result<Tried> {
    let api = context.data::<Api>()?;
    let ledger = &api.ledger;
    let failed = |error: &dyn std::error::Error| fault::internal(context, error);
    let (annotator, now) = (viewer(context)?.participant, ledger.clock().now());
    let loaded = try_join!(ledger.load::<Project>(input.project_id), ledger.load::<Participant>(annotator.uuid()));
    let ((project, _), (participant, _)) = loaded.map_err(|error| failed(&error))?;
    let Some(form) = project.form() else { return Ok(Tried::Refused(None, ProjectRefusal::NotFound.into())) };
    let tags = match words(input.tags.clone()) {
        Ok(tags) => tags,
        Err(refusal) => return Ok(Tried::Refused(None, refusal)),
    };
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
    let candidates = if let Some(id) = input.task_id {
        let (task, _) = ledger.load::<Task>(id).await.map_err(|error| failed(&error))?;
        // the caller may be let into this project alone, and its form is what would be answered
        if task.project() != Some(input.project_id.into()) {
            return Ok(Tried::Refused(None, TaskRefusal::NotFound.into()));
        }
        vec![id.into()]
    } else {
        let gold = project.workflow().gold_rate.comes_about(ledger.mint().seed());
        let wanted = Wanted { project: input.project_id.into(), annotator, skills, tags: &tags, gold };
        let mut candidates = candidates(api, wanted, now).await.map_err(|error| failed(&error))?;
        // tasks that others reach for at this moment come later, and those that seem to be full last: what is remembered
        // of a task may be old, so none is left out
        candidates.sort_by_cached_key(|candidate| {
            (ledger.seems_refused::<Task>(candidate.uuid(), &command), api.claims.under_way(*candidate))
        });
        candidates
    };
    let seat = Seat { project: input.project_id.into(), annotator };
    let mut taken = false;
    let mut last = Refusal::new("NOTHING_TO_CLAIM", &"there is nothing to do in this project now");
    for candidate in candidates {
        // a task that would refuse need not cost the seat a move, unless it is to say why
        if input.task_id.is_none() && is_refused(ledger, candidate, &command).await.map_err(|error| failed(&error))? {
            continue;
        }
        let _under_way = api.claims.begin(candidate);
        let mine = Place { task: candidate, assignment };
        if taken {
            seat.change(api, mine, now).await.map_err(|error| failed(&error))?;
        } else if !seat.take(api, mine, now).await.map_err(|error| failed(&error))? {
            let reason = "you hold a task of this project already: answer it or give it back first";
            return Ok(Tried::Refused(Some(command), Refusal::new("HOLDS_A_LEASE", &reason)));
        }
        taken = true;
        match call.execute::<Task>(context, candidate.uuid(), &command).await? {
            Ok(done) => {
                let task = TaskId::from(done.receipt.stream.id);
                if task != candidate {
                    // it was recorded before
                    seat.change(api, Place { task, assignment }, now).await.map_err(|error| failed(&error))?;
                }
                return Ok(Tried::Done(done));
            }
            Err(refusal) if input.task_id.is_some() || refusal.reason() == "IDEMPOTENCY_KEY_REUSED" => {
                last = refusal;
                break;
            }
            // someone else was faster; the view will show it in a moment
            Err(_) => {}
        }
    }
    if taken {
        seat.leave(api, assignment).await.map_err(|error| failed(&error))?;
    }
    Ok(Tried::Refused(Some(command), last))
}

/// Whether a task would refuse a command. It is looked up only if it seems so: most are as they are remembered.
async fn is_refused(ledger: &Ledger, task: TaskId, command: &TaskCommand) -> Result<bool, LoadError> {
    if !ledger.seems_refused::<Task>(task.uuid(), command) {
        return Ok(false);
    }
    let (task, _) = ledger.load::<Task>(task.uuid()).await?;
    Ok(task.decide(command).is_err())
}

/// The tasks to try, the best first. Where a gold task is wanted and none is left, it is an ordinary one.
async fn candidates(api: &Api, wanted: Wanted<'_>, now: Timestamp) -> Result<Vec<TaskId>, ProjectionError> {
    let shortlist = api.statements.shortlists.run((wanted.project, wanted.gold)).await?;
    let found = match shortlist.candidates(&wanted) {
        Some(found) => found,
        None => task_queue::candidates(&api.ledger, wanted, now, CANDIDATES).await?,
    };
    if wanted.gold && found.is_empty() {
        return Box::pin(candidates(api, Wanted { gold: false, ..wanted }, now)).await;
    }
    Ok(found)
}
