//! Why a release was not made: for now, or at all.

use std::{io, path::PathBuf};

use stele_domain::{DecodeError, dataset::DatasetRefusal};
use stele_ledger::{DatabaseError, ExecuteError, LoadError, ReadError};

use crate::ExportError;

/// Why a worker could not go on. It tries again.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// PostgreSQL could not be reached, or refused a statement.
    #[error("PostgreSQL: {0}")]
    Sql(#[from] sqlx::Error),
    /// The ledger's head could not be read.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The ledger could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A dataset's state could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// What came of a request could not be recorded.
    #[error(transparent)]
    Record(Box<ExecuteError<DatasetRefusal>>),
    /// An event can't be read by this build.
    #[error("position {position}: {source}")]
    Decode {
        /// Where the event stands.
        position: u64,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// The release was not made.
    #[error(transparent)]
    Export(Box<ExportError>),
    /// The release's folder could not be put in its place.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The connection is gone by which nobody else makes the same release.
    #[error("the hold on the dataset is lost: {0}")]
    Lost(sqlx::Error),
    /// A thread has come to grief.
    #[error("a thread stopped: {0}")]
    Stopped(#[from] tokio::task::JoinError),
}

impl From<ExecuteError<DatasetRefusal>> for WorkerError {
    fn from(error: ExecuteError<DatasetRefusal>) -> Self {
        Self::Record(Box::new(error))
    }
}

/// Why a release can never be made, for whoever asked for it; `None` for a fault of the moment, or one of this installation.
///
/// Whoever asked may have to do with a single project, so no other is named.
pub(super) fn impossible(error: &ExportError) -> Option<String> {
    match error {
        ExportError::NoSuchProject { position, .. } => {
            Some(format!("the project did not exist at position {position}"))
        }
        ExportError::Recipe(_)
        | ExportError::Verdict(_)
        | ExportError::AmbiguousProject { .. }
        | ExportError::NotAText { .. }
        | ExportError::Inconsistent { .. }
        | ExportError::Read(ReadError::BeyondHead { .. }) => Some(error.to_string()),
        ExportError::Record(refused) => match refused.as_ref() {
            ExecuteError::Refused(refusal) => Some(refusal.to_string()),
            _ => None,
        },
        _ => None,
    }
}
