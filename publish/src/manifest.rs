//! As much of a release's manifest as publishing needs. Further fields are none of its business.

use std::{collections::BTreeMap, fmt, io, path::PathBuf};

use object_store::path::Path as ObjectPath;
use serde::Deserialize;
use stele_domain::{
    dataset::{ReleaseVersion, RowsDigest, Sha256Digest},
    history::MerkleRoot,
};

/// What a released dataset is made of.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Manifest {
    /// Which release this is.
    pub release: ReleaseName,
    /// The dataset's format.
    pub format: String,
    /// The ledger's id.
    pub ledger_id: String,
    /// What the project is called.
    pub project_name: String,
    /// What the ledger knew.
    pub known_at: KnownAt,
    /// The SHA-256 of the recipe's canonical JSON.
    pub recipe_sha256: Sha256Digest,
    /// How many tasks the project had.
    pub tasks: u64,
    /// How many judgments of them counted.
    pub judgments: u64,
    /// How many rows there are.
    pub rows: u64,
    /// How many of them are on each side.
    pub splits: BTreeMap<String, u64>,
    /// Why other tasks gave no row, and how many.
    pub left_out: BTreeMap<String, u64>,
    /// The SHA-256 over all rows.
    pub digest: RowsDigest,
    /// The files.
    pub files: Vec<ListedFile>,
}

/// Which release of which dataset; written `NAME@VERSION`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReleaseName {
    /// The dataset.
    pub dataset: DatasetName,
    /// The release.
    pub version: ReleaseVersion,
}

/// A dataset's name: of the characters a-z, A-Z, 0-9, `-`, `_` and `.`, and it begins with a letter or digit. It is at home in
/// paths, addresses and filters.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DatasetName(String);

/// A moment of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct KnownAt {
    /// The position of the last event that counts.
    pub position: u64,
    /// The Merkle root over all events up to there (RFC 6962).
    pub merkle_root: MerkleRoot,
}

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ListedFile {
    /// Where it is.
    pub path: PathInFolder,
    /// Its size.
    pub bytes: u64,
    /// What it holds, hashed.
    pub sha256: Sha256Digest,
}

/// A file's path within a dataset's folder, with slashes. It leads nowhere else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct PathInFolder(ObjectPath);

/// Why a folder's manifest is of no use here.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// It can't be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is no manifest.
    #[error("{} is not a manifest that this build can read: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where, and what is wrong.
        source: serde_json::Error,
    },
    /// It is of an export, of which nothing is on record.
    #[error("{} is not of a release, and only releases are published: `stele dataset release` makes one", .0.display())]
    NotReleased(PathBuf),
}

impl DatasetName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DatasetName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let begins_well = name.starts_with(|first: char| first.is_ascii_alphanumeric());
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if begins_well && name.chars().all(plain) {
            Ok(Self(name))
        } else {
            Err(format!("`{name}` is not the name of a dataset"))
        }
    }
}

impl PathInFolder {
    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    /// The file of this name at the folder's top.
    pub(crate) fn top(name: &str) -> Self {
        Self(ObjectPath::from(name))
    }

    /// The same path within another one.
    pub(crate) fn under(&self, prefix: &ObjectPath) -> ObjectPath {
        prefix.parts().chain(self.0.parts()).collect()
    }
}

impl TryFrom<String> for PathInFolder {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // this refuses `..`, empty parts, and what stores would have to write in another way
        match ObjectPath::parse(&text) {
            Ok(path) if path.as_ref() == text && !text.is_empty() => Ok(Self(path)),
            _ => Err(format!("`{text}` is not the path of a file in the folder")),
        }
    }
}

impl fmt::Display for ReleaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.dataset.as_str(), self.version)
    }
}
