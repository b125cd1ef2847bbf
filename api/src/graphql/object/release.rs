//! A release of a dataset.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use stele_projections::lineage::{PersonalRelease, ReleaseRow};
use uuid::Uuid;

use crate::graphql::position::PositionScalar;

/// A release of a dataset: rows that recipe, position and the keys alive determine.
#[derive(SimpleObject)]
#[graphql(name = "DatasetRelease")]
pub(in crate::graphql) struct ReleaseObject {
    /// The dataset.
    dataset_id: Uuid,
    /// What it is called.
    dataset: String,
    /// Which release of it this is: `MAJOR.MINOR.PATCH`.
    version: String,
    /// Where the event stands that tells of it.
    position: PositionScalar,
    /// When it was recorded.
    released_at: DateTime<Utc>,
    /// Which rows it has, such as `dpo`.
    format: String,
    /// The project whose judgments it is made of.
    project_id: Uuid,
    /// The recipe, in canonical JSON (RFC 8785).
    recipe: String,
    /// What the ledger knew: the position of the last event that counts.
    known_at: PositionScalar,
    /// How many rows it has.
    rows: u64,
    /// The SHA-256 over its rows, in hexadecimal: that of `train.jsonl`.
    digest: String,
    /// Why it was taken back; null if it was not.
    withdrawn: Option<String>,
}

/// A release that holds someone's personal text.
#[derive(SimpleObject)]
#[graphql(name = "PersonalRelease")]
pub(in crate::graphql) struct PersonalReleaseObject {
    /// The release.
    release: ReleaseObject,
    /// How many of its rows hold text of theirs.
    rows: u64,
}

impl From<ReleaseRow> for ReleaseObject {
    fn from(row: ReleaseRow) -> Self {
        Self {
            dataset_id: row.dataset_id.uuid(),
            dataset: row.dataset,
            version: row.version,
            position: PositionScalar(row.position),
            released_at: row.released_at.to_utc(),
            format: row.format,
            project_id: row.project_id.uuid(),
            recipe: row.recipe,
            known_at: PositionScalar(row.known_at),
            rows: row.rows,
            digest: row.rows_digest,
            withdrawn: row.withdrawn,
        }
    }
}

impl From<PersonalRelease> for PersonalReleaseObject {
    fn from(of_theirs: PersonalRelease) -> Self {
        Self { release: of_theirs.release.into(), rows: of_theirs.rows_of_theirs }
    }
}
