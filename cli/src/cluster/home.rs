//! The folder in which the cluster lives.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::ErrorKind,
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

use super::{ClusterError, owner::Owner};

/// The port, which only gives the socket its name.
pub(super) const PORT: u16 = 5432;

/// What fits into a socket's address (unix(7)), without the NUL.
const LONGEST_SOCKET_PATH: usize = 107;

/// The folder in which the cluster lives, by its absolute path.
///
/// Symbolic links in it are kept: one can make a path short enough for the socket.
#[derive(Debug)]
pub(super) struct Home(PathBuf);

impl Home {
    /// The home at `path`, which need not exist yet.
    pub(super) fn at(path: &Path) -> Result<Self, ClusterError> {
        let home = Self(std::path::absolute(path).map_err(ClusterError::file(path))?);
        let path = home.socket();
        let length = path.as_os_str().as_bytes().len();
        if length > LONGEST_SOCKET_PATH {
            return Err(ClusterError::SocketPathTooLong { path, length });
        }
        Ok(home)
    }

    /// Creates the folder, unless it is there, and makes sure that the cluster's owner can get to it.
    pub(super) fn create(&self, owner: &Owner) -> Result<(), ClusterError> {
        if !self.0.try_exists().map_err(ClusterError::file(&self.0))? {
            if let Some(above) = self.0.ancestors().find(|folder| folder.exists()) {
                owner.check_reach(above)?;
            }
            fs::create_dir_all(&self.0).map_err(ClusterError::file(&self.0))?;
            // others may pass through on their way to what is theirs, but not look around
            let mode = if owner.is_another() { 0o711 } else { 0o700 };
            fs::set_permissions(&self.0, Permissions::from_mode(mode)).map_err(ClusterError::file(&self.0))?;
        }
        owner.check_reach(&self.0)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn data(&self) -> PathBuf {
        self.0.join("postgres")
    }

    pub(super) fn new_data(&self) -> PathBuf {
        self.0.join("postgres.new")
    }

    pub(super) fn run(&self) -> PathBuf {
        self.0.join("run")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.0.join("postgres.log")
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.run().join(format!(".s.PGSQL.{PORT}"))
    }

    /// The major version that created the data, if there is any.
    pub(super) fn data_version(&self) -> Result<Option<u32>, ClusterError> {
        let path = self.data().join("PG_VERSION");
        match fs::read_to_string(&path) {
            Ok(text) => text.trim().parse().map(Some).map_err(|_| ClusterError::BadVersionFile { path }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(ClusterError::file(path)(error)),
        }
    }
}

/// Creates a folder that only `owner` may enter; `false` if it is there already.
pub(super) fn create_folder(path: &Path, owner: &Owner) -> Result<bool, ClusterError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => owner.give(path).map(|()| true).map_err(ClusterError::file(path)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(ClusterError::file(path)(error)),
    }
}

/// Opens a file, and creates it for `owner` if it is missing.
///
/// Only what was created here is given away: a name may stand for somebody else's file.
pub(super) fn open_file(path: &Path, owner: &Owner) -> Result<File, ClusterError> {
    match OpenOptions::new().read(true).append(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => owner.give_file(&file).map(|()| file),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            OpenOptions::new().read(true).append(true).open(path)
        }
        Err(error) => Err(error),
    }
    .map_err(ClusterError::file(path))
}
