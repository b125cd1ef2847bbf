//! As whom PostgreSQL runs: as the user who runs Stele; or, as it refuses to run as root, as somebody else.

use std::{
    fs::{self, File},
    io,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, fchown, lchown},
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

use super::{ClusterError, home::Home};

/// The user as whom PostgreSQL runs and to whom its files belong.
#[derive(Clone, Debug)]
pub(super) enum Owner {
    /// The one who runs Stele.
    Ourselves,
    /// Another, as root runs Stele.
    Another(User),
}

/// A user of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Owner {
    /// For root the owner of the data, if there is any, else `postgres`, else `nobody`. For others themselves.
    pub(super) fn choose(home: &Home) -> Result<Self, ClusterError> {
        let data = home.data();
        let found = match fs::metadata(&data) {
            Ok(found) => Some((found.uid(), found.gid())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(ClusterError::file(data)(error)),
        };
        match (own_uid().map_err(|source| unrunnable("id", source))?, found) {
            (0, Some((uid, gid))) if uid != 0 => {
                let unnamed = || User { name: uid.to_string(), uid, gid };
                Ok(Self::Another(look_up(&uid.to_string())?.unwrap_or_else(unnamed)))
            }
            (0, _) => Self::unprivileged(),
            (uid, Some((owner, _))) if uid != owner => Err(ClusterError::NotOurs { data, owner }),
            _ => Ok(Self::Ourselves),
        }
    }

    fn unprivileged() -> Result<Self, ClusterError> {
        for name in ["postgres", "nobody"] {
            if let Some(user) = look_up(name)? {
                return Ok(Self::Another(user));
            }
        }
        Err(ClusterError::NoUnprivilegedUser)
    }

    /// Whether PostgreSQL runs as somebody else.
    pub(super) fn is_another(&self) -> bool {
        matches!(self, Self::Another(_))
    }

    /// Who it is, for messages.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Ourselves => "this user",
            Self::Another(user) => &user.name,
        }
    }

    /// Has `command` run as the owner. The groups of root are dropped with it.
    pub(super) fn run_as(&self, command: &mut Command) {
        if let Self::Another(user) = self {
            command.uid(user.uid).gid(user.gid);
        }
    }

    /// Makes a folder the owner's.
    pub(super) fn give(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Another(user) => lchown(path, Some(user.uid), Some(user.gid)),
        }
    }

    /// Makes a file the owner's.
    pub(super) fn give_file(&self, file: &File) -> io::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Another(user) => fchown(file, Some(user.uid), Some(user.gid)),
        }
    }

    /// Whether this is a folder that belongs to the owner and that nobody else may enter.
    pub(super) fn has_alone(&self, folder: &Path) -> io::Result<bool> {
        let found = fs::symlink_metadata(folder)?;
        let is_owners = match self {
            // somebody else's could not even be entered
            Self::Ourselves => true,
            Self::Another(user) => found.uid() == user.uid,
        };
        Ok(found.is_dir() && is_owners && found.permissions().mode() & 0o777 == 0o700)
    }

    /// Makes sure that the owner can enter `folder` and everything above it, with symbolic links and without.
    pub(super) fn check_reach(&self, folder: &Path) -> Result<(), ClusterError> {
        let Self::Another(user) = self else { return Ok(()) };
        let real = folder.canonicalize().map_err(ClusterError::file(folder))?;
        for folder in folder.ancestors().chain(real.ancestors()) {
            let found = fs::metadata(folder).map_err(ClusterError::file(folder))?;
            let execute = if found.uid() == user.uid {
                0o100
            } else if found.gid() == user.gid {
                0o010
            } else {
                0o001
            };
            if found.permissions().mode() & execute == 0 {
                return Err(ClusterError::Unreachable { user: user.name.clone(), folder: folder.into() });
            }
        }
        Ok(())
    }
}

/// Whether root runs Stele.
pub(super) fn is_root() -> bool {
    own_uid().is_ok_and(|uid| uid == 0)
}

/// The effective user id, which the standard library does not tell.
fn own_uid() -> io::Result<u32> {
    let output = Command::new("id").arg("-u").output()?;
    let number = String::from_utf8_lossy(&output.stdout).trim().parse();
    number.map_err(|_| io::Error::other("`id -u` printed no number"))
}

/// The user with a name, or with a number.
pub(super) fn look_up(name: &str) -> Result<Option<User>, ClusterError> {
    let output = Command::new("getent").args(["passwd", name]).output();
    let output = output.map_err(|source| unrunnable("getent", source))?;
    Ok(parse(&String::from_utf8_lossy(&output.stdout)))
}

/// Reads a line of passwd(5): `name:password:uid:gid:comment:home:shell`.
pub(super) fn parse(line: &str) -> Option<User> {
    let mut fields = line.trim_end().split(':');
    let name = fields.next()?.to_owned();
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some(User { name, uid, gid })
}

fn unrunnable(program: &str, source: io::Error) -> ClusterError {
    ClusterError::Run { program: program.into(), user: "this user".into(), source }
}
