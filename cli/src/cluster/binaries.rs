//! PostgreSQL's programs, as this machine has them.

use std::{
    cmp::Reverse,
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{ClusterError, home::Home};

/// The oldest major version that Stele runs on.
const OLDEST: u32 = 15;

/// The programs that are needed.
const PROGRAMS: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// The folder with PostgreSQL's programs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Binaries {
    folder: PathBuf,
}

/// Where to look.
#[derive(Debug)]
pub(super) struct Places {
    /// `STELE_PG_BIN`. Nothing else is looked at if it is given.
    pub(super) chosen: Option<PathBuf>,
    /// `PATH`.
    pub(super) path: OsString,
    /// Where Debian's packages put every version, in a folder named after it.
    pub(super) packaged: PathBuf,
}

impl Binaries {
    /// Finds programs that fit the data in `home`; if there is none yet, of any supported version.
    pub(super) fn find(home: &Home) -> Result<Self, ClusterError> {
        let chosen = env::var_os("STELE_PG_BIN").filter(|folder| !folder.is_empty());
        let places = Places {
            chosen: chosen.map(PathBuf::from),
            path: env::var_os("PATH").unwrap_or_default(),
            packaged: "/usr/lib/postgresql".into(),
        };
        let data = home.data_version()?;
        Self::find_in(&places, data).map_err(|found| match data {
            Some(major) => ClusterError::NoBinariesForData { data: home.data(), major, found },
            None => ClusterError::NoBinaries { found },
        })
    }

    /// Finds programs of the version `wanted`, or else of any supported one; otherwise tells what there is.
    pub(super) fn find_in(places: &Places, wanted: Option<u32>) -> Result<Self, String> {
        let mut others = Vec::new();
        for folder in places.folders() {
            match version(&folder) {
                Some(major) if wanted.map_or(major >= OLDEST, |wanted| major == wanted) => {
                    return Ok(Self { folder });
                }
                Some(major) => others.push(format!("{} has version {major}", folder.display())),
                None => {}
            }
        }
        if others.is_empty() { Err(places.describe()) } else { Err(others.join(", ")) }
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

impl Places {
    /// The folders that hold all programs, the preferred first.
    fn folders(&self) -> Vec<PathBuf> {
        let mut folders = if let Some(chosen) = &self.chosen {
            vec![chosen.clone()]
        } else {
            env::split_paths(&self.path).chain(self.packaged()).collect()
        };
        folders.retain(|folder| PROGRAMS.iter().all(|name| folder.join(name).is_file()));
        // they are run from another working directory
        folders.into_iter().filter_map(|folder| std::path::absolute(folder).ok()).collect()
    }

    /// The packaged versions, the latest first.
    fn packaged(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.packaged).into_iter().flatten().flatten();
        let mut versions: Vec<(u32, PathBuf)> = entries
            .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
            .collect();
        versions.sort_by_key(|(major, _)| Reverse(*major));
        versions.into_iter().map(|(_, folder)| folder).collect()
    }

    fn describe(&self) -> String {
        match &self.chosen {
            Some(folder) => format!("STELE_PG_BIN is {}, without {}", folder.display(), PROGRAMS.join(", ")),
            None => format!("{} are neither in PATH nor in {}/*/bin", PROGRAMS.join(", "), self.packaged.display()),
        }
    }
}

/// The major version of the programs in `folder`.
fn version(folder: &Path) -> Option<u32> {
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

/// Reads `postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)`, and betas such as `18beta1`.
pub(super) fn parse_version(text: &str) -> Option<u32> {
    let number = text.split("(PostgreSQL)").nth(1)?.trim_start();
    let end = number.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(number.len());
    number[..end].parse().ok()
}
