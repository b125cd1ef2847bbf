//! One lease a person in a project: the seat that is taken before a lease is asked for.
//!
//! A task can see to it that nobody holds it twice, and not that nobody holds two. So a claim first takes the annotator's
//! one seat in the project, in a single statement that only one of several claims at once can win. Whether the lease that
//! somebody sits on is still held is the task's to say.

use stele_domain::{AssignmentId, ParticipantId, ProjectId, TaskId, Timestamp, task::Task};
use stele_ledger::{Ledger, LoadError};
use stele_projections::{ProjectionError, task_queue};

/// How long a seat is kept for a claim that has not been recorded, in seconds: longer than any request takes.
const CLAIMS_WITHIN: u32 = 60;

/// An annotator's one seat in a project.
#[derive(Clone, Copy)]
pub(super) struct Seat {
    pub(super) project: ProjectId,
    pub(super) annotator: ParticipantId,
}

/// The lease that somebody sits on, or asks for.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) task: TaskId,
    pub(super) assignment: AssignmentId,
}

/// Why nobody could tell whether the seat is free.
#[derive(Debug, thiserror::Error)]
pub(super) enum SeatError {
    #[error("the seat can't be read or taken: {0}")]
    Sql(#[from] sqlx::Error),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    View(#[from] ProjectionError),
}

impl Seat {
    /// Takes the seat for a claim; false if its owner sits on a lease, or another claim of theirs was faster. A claim that
    /// is sent again finds the seat that it took the first time.
    pub(super) async fn take(self, ledger: &Ledger, mine: Place, now: Timestamp) -> Result<bool, SeatError> {
        let found = sqlx::query!(
            "select task_id, assignment_id, taken_at from lease_seat
            where ledger_id = $1 and project_id = $2 and annotator_id = $3",
            ledger.id(),
            self.project.uuid(),
            self.annotator.uuid()
        )
        .fetch_optional(ledger.database().pool())
        .await?;
        let Some(found) = found else { return self.sit_down(ledger, mine, now).await };
        let sits_on = Place { task: found.task_id.into(), assignment: found.assignment_id.into() };
        if sits_on.assignment == mine.assignment {
            self.change(ledger, mine, now).await?;
            return Ok(true);
        }
        if is_kept(ledger, sits_on, found.taken_at.into(), now).await? {
            return Ok(false);
        }
        let changed = sqlx::query!(
            "update lease_seat set task_id = $4, assignment_id = $5, taken_at = $6
            where ledger_id = $1 and project_id = $2 and annotator_id = $3 and assignment_id = $7",
            ledger.id(),
            self.project.uuid(),
            self.annotator.uuid(),
            mine.task.uuid(),
            mine.assignment.uuid(),
            now.to_utc(),
            sits_on.assignment.uuid()
        )
        .execute(ledger.database().pool())
        .await?;
        Ok(changed.rows_affected() == 1)
    }

    /// Takes a seat that nobody has sat on, or that a crash of the database has cleared.
    async fn sit_down(self, ledger: &Ledger, mine: Place, now: Timestamp) -> Result<bool, SeatError> {
        if task_queue::holds_any(ledger, self.project, self.annotator, now).await? {
            return Ok(false);
        }
        let taken = sqlx::query!(
            "insert into lease_seat (ledger_id, project_id, annotator_id, task_id, assignment_id, taken_at)
            values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
            ledger.id(),
            self.project.uuid(),
            self.annotator.uuid(),
            mine.task.uuid(),
            mine.assignment.uuid(),
            now.to_utc()
        )
        .execute(ledger.database().pool())
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Asks for another task from the seat that this claim has taken.
    pub(super) async fn change(self, ledger: &Ledger, mine: Place, now: Timestamp) -> Result<(), SeatError> {
        sqlx::query!(
            "update lease_seat set task_id = $4, taken_at = $6
            where ledger_id = $1 and project_id = $2 and annotator_id = $3 and assignment_id = $5",
            ledger.id(),
            self.project.uuid(),
            self.annotator.uuid(),
            mine.task.uuid(),
            mine.assignment.uuid(),
            now.to_utc()
        )
        .execute(ledger.database().pool())
        .await?;
        Ok(())
    }

    /// Gives the seat back: the claim came to nothing.
    pub(super) async fn leave(self, ledger: &Ledger, assignment: AssignmentId) -> Result<(), SeatError> {
        sqlx::query!(
            "delete from lease_seat
            where ledger_id = $1 and project_id = $2 and annotator_id = $3 and assignment_id = $4",
            ledger.id(),
            self.project.uuid(),
            self.annotator.uuid(),
            assignment.uuid()
        )
        .execute(ledger.database().pool())
        .await?;
        Ok(())
    }
}

/// Whether somebody sits on a lease that they hold, or asks for it at this moment.
async fn is_kept(ledger: &Ledger, place: Place, taken_at: Timestamp, now: Timestamp) -> Result<bool, LoadError> {
    let (task, _) = ledger.load::<Task>(place.task.uuid()).await?;
    Ok(match task.lease(place.assignment) {
        Some(lease) => lease.expires_at > now,
        None if task.has_ended(place.assignment) => false,
        // not recorded yet; if it never is, whoever asked for it is gone
        None => now <= taken_at.plus_seconds(CLAIMS_WITHIN),
    })
}
