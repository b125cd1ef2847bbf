//! The manifest: what a dataset is made of, so that anyone can tell whether two are the same.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stele_domain::{
    ProjectId, Timestamp,
    dataset::{DatasetFormat, ReleaseVersion, ReleasedFile, RowsDigest, Sha256Digest},
    history::MerkleRoot,
};
use stele_ledger::Position;
use uuid::Uuid;

use crate::{LeftOut, Recipe};

/// What a dataset is made of. It holds no time of its making: the same dataset has the same manifest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this format.
    pub stele_manifest: u32,
    /// The dataset's format.
    pub format: DatasetFormat,
    /// Which release this is; absent if it is none, and nothing is on record of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseName>,
    /// The ledger.
    pub ledger_id: Uuid,
    /// What the ledger is called.
    pub ledger_name: String,
    /// The project.
    pub project_id: ProjectId,
    /// What the project is called.
    pub project_name: String,
    /// What the ledger knew.
    pub known_at: KnownAt,
    /// Only judgments that are said to have happened by then count.
    pub happened_by: Option<Timestamp>,
    /// The recipe, with every default filled in.
    pub recipe: Recipe,
    /// The SHA-256 of the recipe's canonical JSON (RFC 8785).
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
    pub left_out: LeftOut,
    /// The SHA-256 over the rows in canonical JSON (RFC 8785), each followed by a line feed: over what the files
    /// `train.jsonl`, `validation.jsonl` and `test.jsonl` hold, as many as there are, in this order.
    pub digest: RowsDigest,
    /// The files.
    pub files: Vec<ReleasedFile>,
}

/// Which release of which dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseName {
    /// The dataset.
    pub dataset: String,
    /// The release.
    pub version: ReleaseVersion,
}

/// A moment of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownAt {
    /// The position of the last event that counts.
    pub position: Position,
    /// The Merkle root over all events up to there (RFC 6962), in hexadecimal.
    pub merkle_root: MerkleRoot,
    /// When that event was recorded; absent before the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<Timestamp>,
}

impl Manifest {
    /// What the dataset is called, or else made of.
    pub(super) fn title(&self) -> String {
        match &self.release {
            Some(release) => release.dataset.clone(),
            None => format!("{} ({})", self.project_name, self.format.as_str()),
        }
    }
}
