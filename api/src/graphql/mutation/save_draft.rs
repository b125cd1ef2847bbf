//! `saveDraft`: keep what is written so far.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject, Union};
use chrono::{DateTime, Utc};
use stele_domain::task::{Task, TaskRefusal};
use stele_ledger::SealError;
use uuid::Uuid;

use crate::{
    Api,
    draft::{self, DraftError},
    graphql::{
        access::{ANNOTATORS, Allow, viewer},
        fault,
        refusal::Refusal,
    },
};

/// What is written so far under a lease.
#[derive(InputObject)]
struct SaveDraftInput {
    /// The task.
    task_id: Uuid,
    /// The lease.
    assignment_id: Uuid,
    /// It, in whatever form the client likes: at most 256 KiB. Nothing checks it against the form.
    content: String,
}

/// It is kept until the lease is answered or given back.
#[derive(SimpleObject)]
struct DraftSaved {
    /// When.
    saved_at: DateTime<Utc>,
}

/// What came of it.
#[derive(Union)]
enum SaveDraftPayload {
    Saved(DraftSaved),
    Refused(Refusal),
}

#[derive(Default)]
pub(super) struct SaveDraft;

#[Object]
impl SaveDraft {
    /// Keeps what is written so far under a lease, in place of what was kept before. It is no event, so it takes no
    /// idempotency key and gives no receipt; `viewer { assignments { draft } }` gives it back.
    #[graphql(guard = "Allow(ANNOTATORS).on_task(input.task_id)")]
    async fn save_draft(&self, context: &Context<'_>, input: SaveDraftInput) -> Result<SaveDraftPayload> {
        let ledger = &context.data::<Api>()?.ledger;
        if input.content.len() > draft::MAX_BYTES {
            let reason = format!("a draft has at most {} bytes, not {}", draft::MAX_BYTES, input.content.len());
            return Ok(SaveDraftPayload::Refused(Refusal::new("BAD_DRAFT", &reason)));
        }
        let (annotator, assignment) = (viewer(context)?.participant, input.assignment_id.into());
        let (task, _) = ledger.load::<Task>(input.task_id).await.map_err(|error| fault::internal(context, &error))?;
        let held = task.lease(assignment).ok_or(TaskRefusal::NoSuchAssignment);
        let held = held.and_then(|lease| match lease {
            lease if lease.annotator != annotator => Err(TaskRefusal::NotYours),
            lease if lease.expires_at <= ledger.clock().now() => Err(TaskRefusal::AssignmentExpired),
            _ => Ok(()),
        });
        if let Err(refusal) = held {
            return Ok(SaveDraftPayload::Refused(refusal.into()));
        }
        match draft::save(ledger, input.task_id.into(), assignment, annotator, input.content).await {
            Ok(saved_at) => Ok(SaveDraftPayload::Saved(DraftSaved { saved_at: saved_at.to_utc() })),
            Err(DraftError::Seal(error @ SealError::Erased(_))) => {
                Ok(SaveDraftPayload::Refused(Refusal::new("ERASED", &error)))
            }
            Err(error) => Err(fault::internal(context, &error)),
        }
    }
}
