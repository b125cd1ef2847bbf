//! The manifest: what a dataset is made of, so that anyone can tell whether two are the same.

use serde::{Deserialize, Serialize};
use stele_domain::{
    ProjectId, Timestamp,
    dataset::{DatasetFormat, ReleaseVersion, ReleasedFile, RowsDigest, Sha256Digest},
    history::MerkleRoot,
};
use stele_ledger::Position;
use uuid::Uuid;

use crate::DpoRecipe;

/// What a dataset is made of. It holds no time of its making: the same dataset has the same manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    pub recipe: DpoRecipe,
    /// The SHA-256 of the recipe's canonical JSON (RFC 8785).
    pub recipe_sha256: Sha256Digest,
    /// How many tasks the project had.
    pub tasks: u64,
    /// How many judgments of them counted.
    pub judgments: u64,
    /// How many rows there are.
    pub rows: u64,
    /// Why the other tasks gave no row.
    pub left_out: LeftOut,
    /// The SHA-256 over the rows in canonical JSON (RFC 8785), each followed by a line feed: what `train.jsonl`
    /// holds.
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
}

/// How many tasks gave no row, by reason. Each is counted under the first reason that applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Nobody's judgment of it counts.
    pub not_judged: u64,
    /// It does not have exactly two responses.
    pub not_a_pair: u64,
    /// The majority found both equally good.
    pub majority_tie: u64,
    /// The majority found both bad.
    pub majority_both_bad: u64,
    /// No outcome has more than half of the votes.
    pub no_majority: u64,
    /// Both responses say the same.
    pub identical_responses: u64,
    /// A response is empty, and the recipe drops those.
    pub empty_response: u64,
    /// Its prompt holds personal text, and the recipe withholds that.
    pub personal: u64,
    /// Its prompt belongs to someone who has been erased.
    pub erased: u64,
}
