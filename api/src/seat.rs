//! One lease a person in a project: the seat that is taken before a lease is asked for.
//!
//! A task can see to it that nobody holds it twice, and not that nobody holds two. So a claim first takes the annotator's
//! one seat in the project, in a single statement that only one of several claims at once can win. Whether the lease that
//! somebody sits on is still held is the task's to say.

use std::collections::HashMap;

use sqlx::PgConnection;
use stele_domain::{AssignmentId, ParticipantId, ProjectId, TaskId, Timestamp, task::Task};
use stele_ledger::{Ledger, LoadError, Statement, StatementError};
use stele_projections::{ProjectionError, task_queue};
use uuid::Uuid;

use crate::Api;

/// How long a seat is kept for a claim that has not been recorded, in seconds: longer than any request takes.
const CLAIMS_WITHIN: u32 = 60;

/// An annotator's one seat in a project.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Seat {
    pub(crate) project: ProjectId,
    pub(crate) annotator: ParticipantId,
}

/// The lease that somebody sits on, or asks for.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) task: TaskId,
    pub(crate) assignment: AssignmentId,
}

/// Why nobody could tell whether the seat is free.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SeatError {
    #[error("the seat can't be read or taken: {0}")]
    Sql(#[from] sqlx::Error),
    #[error("the seat can't be read or taken: {0}")]
    Statement(#[from] StatementError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    View(#[from] ProjectionError),
}

impl Seat {
    /// Takes the seat for a claim; false if its owner sits on a lease, or another claim of theirs was faster. A claim that
    /// is sent again finds the seat that it took the first time.
    pub(crate) async fn take(self, api: &Api, mine: Place, now: Timestamp) -> Result<bool, SeatError> {
        // what is remembered is nearly always so; where it is not, nobody moves, and the database is asked
        let known = api.statements.known_seats.get(&self);
        if let Some(taken) = known
            && self.take_over(api, taken, mine, now).await?
        {
            return Ok(true);
        }
        match api.statements.seats.run(self).await? {
            Some(taken) => self.take_over(api, taken, mine, now).await,
            None => self.sit_down(api, mine, now).await,
        }
    }

    /// Takes the seat from whoever sat on it last, unless they still do.
    async fn take_over(self, api: &Api, taken: Taken, mine: Place, now: Timestamp) -> Result<bool, SeatError> {
        let from = taken.place.assignment;
        if from != mine.assignment && taken.is_kept(&api.ledger, now).await? {
            return Ok(false);
        }
        self.move_to(api, from, mine, now).await
    }

    async fn move_to(self, api: &Api, from: AssignmentId, to: Place, at: Timestamp) -> Result<bool, SeatError> {
        let moved = api.statements.moves.run(Move { seat: self, from, to, at }).await?;
        if moved {
            api.statements.known_seats.insert(self, Taken { place: to, at });
        } else {
            api.statements.known_seats.remove(&self);
        }
        Ok(moved)
    }

    /// Takes a seat that nobody has sat on, or that a crash of the database has cleared.
    async fn sit_down(self, api: &Api, mine: Place, now: Timestamp) -> Result<bool, SeatError> {
        let ledger = &api.ledger;
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
    pub(crate) async fn change(self, api: &Api, mine: Place, now: Timestamp) -> Result<(), SeatError> {
        self.move_to(api, mine.assignment, mine, now).await?;
        Ok(())
    }

    /// Gives the seat back: the claim came to nothing.
    pub(crate) async fn leave(self, api: &Api, assignment: AssignmentId) -> Result<(), SeatError> {
        sqlx::query!(
            "delete from lease_seat
            where ledger_id = $1 and project_id = $2 and annotator_id = $3 and assignment_id = $4",
            api.ledger.id(),
            self.project.uuid(),
            self.annotator.uuid(),
            assignment.uuid()
        )
        .execute(api.ledger.database().pool())
        .await?;
        api.statements.known_seats.remove(&self);
        Ok(())
    }
}

/// A seat that somebody has taken.
#[derive(Clone, Copy)]
pub(crate) struct Taken {
    place: Place,
    at: Timestamp,
}

impl Taken {
    /// Whether somebody sits on a lease that they hold, or asks for it at this moment.
    async fn is_kept(self, ledger: &Ledger, now: Timestamp) -> Result<bool, LoadError> {
        let (task, _) = ledger.load::<Task>(self.place.task.uuid()).await?;
        Ok(match task.lease(self.place.assignment) {
            Some(lease) => lease.expires_at > now,
            None if task.has_ended(self.place.assignment) => false,
            // not recorded yet; if it never is, whoever asked for it is gone
            None => now <= self.at.plus_seconds(CLAIMS_WITHIN),
        })
    }
}

/// Asks who sits where.
pub(crate) struct Seats {
    ledger_id: Uuid,
}

impl Seats {
    pub(crate) fn of(ledger: &Ledger) -> Self {
        Self { ledger_id: ledger.id() }
    }
}

impl Statement for Seats {
    type Input = Seat;
    type Output = Option<Taken>;

    async fn run(&self, connection: &mut PgConnection, keys: &[Seat]) -> Result<Vec<Option<Taken>>, sqlx::Error> {
        let (projects, annotators) = columns(keys.iter());
        let rows = sqlx::query!(
            r#"select seat.project_id, seat.annotator_id, task_id, assignment_id, taken_at
            from unnest($2::uuid[], $3::uuid[]) as asked (project_id, annotator_id)
            join lease_seat as seat on seat.ledger_id = $1
                and seat.project_id = asked.project_id and seat.annotator_id = asked.annotator_id"#,
            self.ledger_id,
            &projects,
            &annotators
        )
        .fetch_all(connection)
        .await?;
        let found: HashMap<Seat, Taken> = rows
            .into_iter()
            .map(|row| {
                let seat = Seat { project: row.project_id.into(), annotator: row.annotator_id.into() };
                let place = Place { task: row.task_id.into(), assignment: row.assignment_id.into() };
                (seat, Taken { place, at: row.taken_at.into() })
            })
            .collect();
        Ok(keys.iter().map(|seat| found.get(seat).copied()).collect())
    }
}

/// A move on a seat, from the lease that its owner is known to sit on to another.
pub(crate) struct Move {
    seat: Seat,
    from: AssignmentId,
    to: Place,
    at: Timestamp,
}

/// Moves people on their seats, each if they still sit on what they are to move from.
pub(crate) struct Moves {
    ledger_id: Uuid,
}

impl Moves {
    pub(crate) fn of(ledger: &Ledger) -> Self {
        Self { ledger_id: ledger.id() }
    }
}

impl Statement for Moves {
    type Input = Move;
    /// Whether they have moved.
    type Output = bool;

    async fn run(&self, connection: &mut PgConnection, keys: &[Move]) -> Result<Vec<bool>, sqlx::Error> {
        let (projects, annotators) = columns(keys.iter().map(|to| &to.seat));
        // of several moves on one seat PostgreSQL makes one, and tells which
        let moved = sqlx::query_scalar!(
            r#"update lease_seat as seat
            set task_id = to_task, assignment_id = to_assignment, taken_at = at
            from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::timestamptz[])
                with ordinality as move (project_id, annotator_id, from_assignment, to_task, to_assignment, at, place)
            where seat.ledger_id = $1 and seat.project_id = move.project_id
                and seat.annotator_id = move.annotator_id and seat.assignment_id = move.from_assignment
            returning move.place as "place!""#,
            self.ledger_id,
            &projects,
            &annotators,
            &keys.iter().map(|to| to.from.uuid()).collect::<Vec<_>>(),
            &keys.iter().map(|to| to.to.task.uuid()).collect::<Vec<_>>(),
            &keys.iter().map(|to| to.to.assignment.uuid()).collect::<Vec<_>>(),
            &keys.iter().map(|to| to.at.to_utc()).collect::<Vec<_>>()
        )
        .fetch_all(connection)
        .await?;
        Ok((1..).zip(keys).map(|(place, _)| moved.contains(&place)).collect())
    }
}

fn columns<'a>(seats: impl Iterator<Item = &'a Seat>) -> (Vec<Uuid>, Vec<Uuid>) {
    seats.map(|seat| (seat.project.uuid(), seat.annotator.uuid())).unzip()
}
