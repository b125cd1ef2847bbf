//! How far each view has come, and waiting for one.

use std::time::Duration;

use sqlx::PgConnection;
use stele_ledger::{Ledger, Position};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{ProjectionError, Runner, View, ViewName};

/// How often a waiting reader looks whether another process has moved a view.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A view's checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// The view.
    pub view: ViewName,
    /// The last position that its rows include.
    pub position: Position,
}

/// A view did not reach a position in time.
#[derive(Debug, thiserror::Error)]
pub enum NotCaughtUp {
    /// It is still behind.
    #[error("the view `{view}` has reached position {reached}, and not yet {asked}")]
    Behind {
        /// The view.
        view: ViewName,
        /// The position asked for.
        asked: Position,
        /// The position reached.
        reached: Position,
    },
    /// The position does not exist yet, so waiting for it is no use.
    #[error("position {asked} is beyond the ledger's head, {head}")]
    BeyondHead {
        /// The position asked for.
        asked: Position,
        /// Where the ledger ends.
        head: Position,
    },
    /// Nobody could tell.
    #[error(transparent)]
    Failed(#[from] ProjectionError),
}

/// What a locked checkpoint said.
pub(crate) struct Checkpoint {
    pub(crate) position: Position,
    pub(crate) fold_version: i32,
}

/// Locks a view's checkpoint for the rest of the transaction; `None` if another process has it.
pub(crate) async fn lock(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    view: &dyn View,
) -> Result<Option<Checkpoint>, sqlx::Error> {
    let row = sqlx::query!(
        "select position, fold_version from view_checkpoint where ledger_id = $1 and view = $2
        for update skip locked",
        ledger_id,
        view.name().as_str()
    )
    .fetch_optional(&mut *rows)
    .await?;
    if let Some(row) = row {
        let position = row.position.cast_unsigned().into();
        return Ok(Some(Checkpoint { position, fold_version: row.fold_version }));
    }
    // somebody has it, or there is none yet
    let begun = sqlx::query!(
        "insert into view_checkpoint (ledger_id, view, fold_version, position) values ($1, $2, $3, 0)
        on conflict do nothing",
        ledger_id,
        view.name().as_str(),
        view.fold_version()
    )
    .execute(rows)
    .await?;
    let first = Checkpoint { position: Position::START, fold_version: view.fold_version() };
    Ok((begun.rows_affected() == 1).then_some(first))
}

/// Locks a view's checkpoint, waiting for whoever has it.
pub(crate) async fn lock_waiting(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    view: &dyn View,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into view_checkpoint (ledger_id, view, fold_version, position) values ($1, $2, $3, 0)
        on conflict (ledger_id, view) do update set fold_version = view_checkpoint.fold_version",
        ledger_id,
        view.name().as_str(),
        view.fold_version()
    )
    .execute(rows)
    .await?;
    Ok(())
}

pub(crate) async fn advance(
    rows: &mut PgConnection,
    ledger_id: Uuid,
    view: &dyn View,
    position: Position,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update view_checkpoint set position = $3, fold_version = $4 where ledger_id = $1 and view = $2",
        ledger_id,
        view.name().as_str(),
        position.get().cast_signed(),
        view.fold_version()
    )
    .execute(rows)
    .await?;
    Ok(())
}

impl Runner {
    /// How far every view has come.
    pub async fn lags(ledger: &Ledger) -> Result<Vec<Lag>, ProjectionError> {
        let rows = sqlx::query!("select view, position from view_checkpoint where ledger_id = $1", ledger.id())
            .fetch_all(ledger.database().pool())
            .await?;
        let reached = |view: ViewName| {
            let row = rows.iter().find(|row| row.view == view.as_str());
            row.map_or(Position::START, |row| row.position.cast_unsigned().into())
        };
        Ok(ViewName::ALL.map(|view| Lag { view, position: reached(view) }).to_vec())
    }

    /// Returns once every one of `views` includes `position`, or fails after `patience`.
    pub async fn wait_for(
        ledger: &Ledger,
        views: &[ViewName],
        position: Position,
        patience: Duration,
    ) -> Result<(), NotCaughtUp> {
        let head = ledger.head().await.map_err(ProjectionError::from)?.position();
        if position > head {
            return Err(NotCaughtUp::BeyondHead { asked: position, head });
        }
        let deadline = Instant::now() + patience;
        loop {
            let lags = Self::lags(ledger).await?;
            let Some(behind) = lags.iter().find(|lag| views.contains(&lag.view) && lag.position < position) else {
                return Ok(());
            };
            if Instant::now() >= deadline {
                let Lag { view, position: reached } = *behind;
                return Err(NotCaughtUp::Behind { view, asked: position, reached });
            }
            tokio::time::sleep_until(deadline.min(Instant::now() + LOOK_EVERY)).await;
        }
    }
}
