//! Why a history could not be verified; what is wrong with it is a finding instead.

use std::io;

use stele_tlog::CheckpointError;

/// Why a history could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// PostgreSQL could not be reached, or refused a statement.
    #[error("PostgreSQL: {0}")]
    Database(#[from] sqlx::Error),
    /// There is no ledger of that name.
    #[error("there is no ledger `{0}`")]
    NoLedger(String),
    /// A file could not be read or written.
    #[error("{0}")]
    File(#[from] io::Error),
    /// The checkpoint that was kept is not to be believed.
    #[error("the checkpoint given: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The digesting of events was stopped.
    #[error("the verification was interrupted: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
    /// The bundle may be sound, but is not of a version known here.
    #[error("the bundle has version {0} of its format, and only version 1 is known here")]
    BundleVersion(u32),
    /// An event has no form in a bundle, so it must be verified where it is.
    #[error("event {0} can't be written to a bundle: {1}")]
    Unwritable(i64, serde_json::Error),
}
