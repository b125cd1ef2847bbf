//! What can go wrong with the private cluster, and what to do about it.

use std::{io, path::PathBuf};

/// What can go wrong with the private cluster.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClusterError {
    /// There is no PostgreSQL here, or only an old one.
    #[error(
        "no PostgreSQL 15 or later is found ({found}); install one with `apt-get install postgresql` or \
         `scripts/install-postgres`, or give the folder of its programs in STELE_PG_BIN, or a server's address in \
         DATABASE_URL"
    )]
    NoBinaries {
        /// Where it was looked for, and what was there instead.
        found: String,
    },
    /// The data needs another version than is here.
    #[error(
        "{data} was created by PostgreSQL {major}, which is not found ({found}); install it with \
         `apt-get install postgresql-{major}`, or give the folder of its programs in STELE_PG_BIN"
    )]
    NoBinariesForData {
        /// The data's folder.
        data: PathBuf,
        /// The version that created it.
        major: u32,
        /// Where it was looked for, and what was there instead.
        found: String,
    },
    /// The data's `PG_VERSION` is not a version.
    #[error("{path} does not hold the number of a PostgreSQL version: the data is damaged")]
    BadVersionFile {
        /// The file.
        path: PathBuf,
    },
    /// A socket's address holds 107 bytes and a NUL (unix(7)).
    #[error(
        "the socket's path {path} takes {length} bytes, and no more than 107 can be used; choose a shorter STELE_HOME"
    )]
    SocketPathTooLong {
        /// The path.
        path: PathBuf,
        /// Its length in bytes.
        length: usize,
    },
    /// Root has nobody to run PostgreSQL as.
    #[error(
        "PostgreSQL refuses to run as root, and this machine has neither a user `postgres` nor a user `nobody` to \
         run it as; `apt-get install postgresql` or `scripts/install-postgres` creates the first"
    )]
    NoUnprivilegedUser,
    /// The user as whom PostgreSQL is run can't get to the home.
    #[error(
        "the user `{user}` can't enter {folder}, and PostgreSQL runs as that user because it refuses to run as root; \
         allow it with `chmod o+x {folder}`, or choose another STELE_HOME such as /var/lib/stele"
    )]
    Unreachable {
        /// The user.
        user: String,
        /// The folder that stands in the way.
        folder: PathBuf,
    },
    /// The data belongs to somebody else.
    #[error(
        "{data} belongs to the user with id {owner}; run Stele as that user or as root, or choose another STELE_HOME"
    )]
    NotOurs {
        /// The data's folder.
        data: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// Whoever gets to the socket is let in, so nobody else may.
    #[error(
        "{folder} has to be a folder that belongs to {user} and that nobody else may enter; remove it or move it away"
    )]
    OpenSocketFolder {
        /// The socket's folder.
        folder: PathBuf,
        /// Whose it has to be.
        user: String,
    },
    /// A file or folder could not be used.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program could not be run.
    #[error("{program} could not be run as {user}: {source}")]
    Run {
        /// The program.
        program: PathBuf,
        /// As whom.
        user: String,
        /// Why.
        source: io::Error,
    },
    /// A program of PostgreSQL's failed.
    #[error("{program} failed: {report}")]
    Failed {
        /// The program and what it was to do.
        program: String,
        /// What it said, and the server's log.
        report: String,
    },
    /// PostgreSQL runs, but can't be used.
    #[error("PostgreSQL runs but can't be used through its socket in {folder}: {source}")]
    Connect {
        /// The socket's folder.
        folder: PathBuf,
        /// Why.
        source: Box<sqlx::Error>,
    },
    /// The runtime is being shut down.
    #[error("Stele is shutting down")]
    Cancelled,
}

impl ClusterError {
    /// Names the file or folder that could not be used.
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
