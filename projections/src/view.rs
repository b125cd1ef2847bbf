//! What a view is to the runner.

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use async_trait::async_trait;
use sqlx::PgConnection;
use stele_domain::DecodeError;
use stele_ledger::{DatabaseError, EventFilter, ReadError, Recorded, StatementError};
use uuid::Uuid;

use crate::{
    activity::Activity, directory::Directory, lineage::Lineage, notification::Notification, quality::Quality,
    settling::Settling, task_detail::TaskDetail, task_queue::TaskQueue,
};

/// A fold of events into rows.
#[async_trait]
pub trait View: Send + Sync + fmt::Debug {
    /// Its name.
    fn name(&self) -> ViewName;

    /// Which edition of the fold this is. A change of what `apply` writes needs a new one: rows of another edition
    /// are folded anew.
    fn fold_version(&self) -> i32;

    /// How soon its readers expect to see an event.
    fn pace(&self) -> Pace {
        Pace::Prompt
    }

    /// The events that it folds.
    fn filter(&self) -> EventFilter;

    /// Deletes all its rows of one ledger.
    async fn clear(&self, rows: &mut PgConnection, ledger_id: Uuid) -> Result<(), ProjectionError>;

    /// Folds events, in order, into its rows. It runs in the transaction that moves the view's checkpoint, so each
    /// event is folded exactly once.
    async fn apply(
        &self,
        rows: &mut PgConnection,
        ledger_id: Uuid,
        events: &[Arc<Recorded>],
    ) -> Result<(), ProjectionError>;
}

/// How often a view is folded at most while events keep coming: the work of a batch grows by less than its events. A view that has
/// rested is folded at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// People act on what it shows.
    Prompt,
    /// It tells how things go.
    Unhurried,
}

impl Pace {
    /// The time from one fold to the next.
    #[must_use]
    pub const fn rest(self) -> Duration {
        match self {
            Self::Prompt => Duration::from_millis(50),
            Self::Unhurried => Duration::from_millis(200),
        }
    }
}

/// Every view, in the order of their names.
#[must_use]
pub fn views() -> [Box<dyn View>; 8] {
    [
        Box::new(Activity),
        Box::new(Directory),
        Box::new(Lineage),
        Box::new(Notification),
        Box::new(Quality),
        Box::new(Settling),
        Box::new(TaskDetail),
        Box::new(TaskQueue),
    ]
}

/// The name of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ViewName {
    /// Who is involved in which event.
    Activity,
    /// Which projects there are, and who takes part.
    Directory,
    /// Which releases of datasets there are, and whose personal text is in them.
    Lineage,
    /// What people are told.
    Notification,
    /// Who said what of which part of a task, and what it adds up to.
    Quality,
    /// Where tasks stand as a whole, and which annotations wait for a reviewer.
    Settling,
    /// Each task with its annotations.
    TaskDetail,
    /// What may be claimed.
    TaskQueue,
}

impl ViewName {
    /// Every name, in order.
    pub const ALL: [Self; 8] = [
        Self::Activity,
        Self::Directory,
        Self::Lineage,
        Self::Notification,
        Self::Quality,
        Self::Settling,
        Self::TaskDetail,
        Self::TaskQueue,
    ];

    /// The name as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Activity => "activity",
            Self::Directory => "directory",
            Self::Lineage => "lineage",
            Self::Notification => "notification",
            Self::Quality => "quality",
            Self::Settling => "settling",
            Self::TaskDetail => "task_detail",
            Self::TaskQueue => "task_queue",
        }
    }
}

impl fmt::Display for ViewName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no view.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{0}` is not a view; the views are activity, directory, lineage, notification, quality, settling, task_detail \
     and task_queue"
)]
pub struct UnknownView(String);

impl FromStr for ViewName {
    type Err = UnknownView;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|view| view.as_str() == text).ok_or_else(|| UnknownView(text.to_owned()))
    }
}

/// Why a view could not be folded or read.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// PostgreSQL could not be reached, or refused a statement.
    #[error("PostgreSQL: {0}")]
    Sql(#[from] sqlx::Error),
    /// A statement for several callers failed.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The ledger's head could not be read.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The ledger could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An event can't be read by this build.
    #[error("position {position}: {source}")]
    Decode {
        /// Where the event stands.
        position: u64,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// An event's metadata can't be read by this build.
    #[error("position {position}: the metadata can't be read: {source}")]
    Metadata {
        /// Where the event stands.
        position: u64,
        /// What the JSON reader said.
        source: serde_json::Error,
    },
    /// A row holds JSON that this build can't read or write.
    #[error("a row of the view `{view}` can't be read or written: {source}")]
    Json {
        /// The view.
        view: ViewName,
        /// What the JSON reader or writer said.
        source: serde_json::Error,
    },
    /// A row does not follow its own rules.
    #[error("the view `{view}` is damaged: {reason}; `stele rebuild {view}` mends it")]
    Damaged {
        /// The view.
        view: ViewName,
        /// What is wrong.
        reason: String,
    },
}

/// Reads an event as one of an aggregate's, naming its position if that fails.
pub(crate) fn decode<E: stele_domain::Event>(event: &Recorded) -> Result<E, ProjectionError> {
    event.decode().map_err(|source| ProjectionError::Decode { position: event.position.get(), source })
}
