//! Drafts: what an annotator has written under a lease and not yet submitted.
//!
//! A draft is no part of the history: it changes with every pause of its writer and is forgotten once it is submitted. It
//! is sealed with the annotator's key, so that it goes with them.

use sqlx::PgConnection;
use stele_domain::{AssignmentId, ParticipantId, Personal, StreamType, TaskId, Timestamp};
use stele_ledger::{Ledger, OpenError, SealError, Statement, StreamKey};
use uuid::Uuid;

use crate::Statements;

/// The longest draft, in bytes.
pub(crate) const MAX_BYTES: usize = 256 << 10;

/// What a draft's sealed content is called.
const PATH: &str = "draft";

/// Why a draft could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DraftError {
    #[error("the draft can't be stored or read: {0}")]
    Sql(#[from] sqlx::Error),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the stored draft is damaged: {0}")]
    Json(#[from] serde_json::Error),
}

/// What was last saved.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// What the client made of it; `None` once its writer has been erased.
    pub(crate) content: Option<String>,
    /// When.
    pub(crate) saved_at: Timestamp,
}

const fn stream(task: TaskId) -> StreamKey {
    StreamKey { stream_type: StreamType::Task, id: task.uuid() }
}

/// Keeps what was written under a lease in place of what was kept before, and forgets what was left of leases that lapsed
/// long ago.
pub(crate) async fn save(
    ledger: &Ledger,
    task: TaskId,
    assignment: AssignmentId,
    annotator: ParticipantId,
    content: String,
) -> Result<Timestamp, DraftError> {
    let mut content = Personal::clear(annotator, content);
    ledger.seal_personal(stream(task), assignment.uuid(), PATH, &mut content).await?;
    let now = ledger.clock().now();
    sqlx::query!(
        "insert into draft (ledger_id, assignment_id, annotator_id, content, saved_at) values ($1, $2, $3, $4, $5)
        on conflict (ledger_id, assignment_id) do update set content = excluded.content, saved_at = excluded.saved_at",
        ledger.id(),
        assignment.uuid(),
        annotator.uuid(),
        serde_json::to_value(&content)?,
        now.to_utc()
    )
    .execute(ledger.database().pool())
    .await?;
    // a lease is extended by less than a day at a time, and a draft is of no use without one
    sqlx::query!(
        "delete from draft where ledger_id = $1 and annotator_id = $2 and saved_at < $3::timestamptz - interval '7 days'",
        ledger.id(),
        annotator.uuid(),
        now.to_utc()
    )
    .execute(ledger.database().pool())
    .await?;
    Ok(now)
}

/// What was last saved under a lease.
pub(crate) async fn find(
    ledger: &Ledger,
    task: TaskId,
    assignment: AssignmentId,
) -> Result<Option<Draft>, DraftError> {
    let row = sqlx::query!(
        "select content, saved_at from draft where ledger_id = $1 and assignment_id = $2",
        ledger.id(),
        assignment.uuid()
    )
    .fetch_optional(ledger.database().pool())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let mut content: Personal<String> = serde_json::from_value(row.content)?;
    ledger.open_personal(stream(task), assignment.uuid(), PATH, &mut content).await?;
    Ok(Some(Draft { content: content.as_clear().cloned(), saved_at: row.saved_at.into() }))
}

/// Forgets what was written under leases that have ended.
pub(crate) struct Forget {
    ledger_id: Uuid,
}

impl Forget {
    pub(crate) fn of(ledger: &Ledger) -> Self {
        Self { ledger_id: ledger.id() }
    }
}

impl Statement for Forget {
    type Input = AssignmentId;
    type Output = ();

    async fn run(&self, connection: &mut PgConnection, keys: &[AssignmentId]) -> Result<Vec<()>, sqlx::Error> {
        let assignments: Vec<Uuid> = keys.iter().map(|assignment| assignment.uuid()).collect();
        sqlx::query!(
            "delete from draft where ledger_id = $1 and assignment_id = any($2)",
            self.ledger_id,
            &assignments
        )
        .execute(connection)
        .await?;
        Ok(vec![(); keys.len()])
    }
}

/// Forgets what was written under a lease that has ended. If that fails it is logged: what the lease ended with is
/// recorded, and the draft goes when its writer saves the next one.
pub(crate) async fn forget(statements: &Statements, assignment: AssignmentId) {
    if let Err(error) = statements.ended_drafts.run(assignment).await {
        tracing::warn!(%error, %assignment, "a draft could not be forgotten");
    }
}
