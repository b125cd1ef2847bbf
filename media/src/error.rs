//! What can be wrong with the store.

use crate::MediaId;

/// Why a file could not be stored, read or deleted.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// No file has this id.
    #[error("there is no file {0}")]
    Missing(MediaId),
    /// It is not as it was stored, or not opened with its key.
    #[error("the file {id} is damaged: {reason}")]
    Damaged {
        /// Which.
        id: MediaId,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It has more chunks than can be numbered: 256 TiB.
    #[error("the file is too long to be sealed")]
    TooLong,
    /// The disk failed, or the folder can't be used.
    #[error("files can't be read or written: {0}")]
    Disk(#[from] std::io::Error),
    /// The store can't be reached, or refuses.
    #[error("the store of files failed: {0}")]
    Store(#[from] object_store::Error),
}
