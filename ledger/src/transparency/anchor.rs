//! The last signed checkpoint, kept outside the database.
//!
//! A database that was restored from a backup, or rewritten, has forgotten what was signed. The anchor has not: it is a
//! file of its own, holding the signed note, and whoever has a copy can check the history against it.

use std::{
    io,
    path::{Path, PathBuf},
};

use stele_tlog::{Checkpoint, CheckpointError, Verifier};
use tokio::fs;

use crate::durable_file;

/// The file that holds the last signed checkpoint.
#[derive(Clone, Debug)]
pub struct Anchor {
    path: PathBuf,
}

/// Why the anchor can't be used.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// The file can't be read or written.
    #[error("the checkpoint kept in {path}: {source}", path = .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds no checkpoint that this ledger's key has signed.
    #[error("the checkpoint kept in {path} is none of this ledger's: {source}", path = .path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: CheckpointError,
    },
}

impl Anchor {
    /// The anchor in this file, which need not exist yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The checkpoint, if one has been kept, with its note.
    pub(super) async fn read(&self, log: &Verifier) -> Result<Option<(Checkpoint, String)>, AnchorError> {
        let note = match fs::read_to_string(&self.path).await {
            Ok(note) => note,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed(error)),
        };
        match Checkpoint::open(&note, log) {
            Ok(checkpoint) => Ok(Some((checkpoint, note))),
            Err(source) => Err(AnchorError::Checkpoint { path: self.path.clone(), source }),
        }
    }

    /// Keeps a note in place of the last one; afterwards it survives a crash of the machine.
    pub(super) async fn write(&self, note: &str) -> Result<(), AnchorError> {
        durable_file::replace(&self.path, note.as_bytes(), 0o644).await.map_err(|error| self.failed(error))
    }

    fn failed(&self, source: io::Error) -> AnchorError {
        AnchorError::File { path: self.path.clone(), source }
    }
}
