//! Asking for releases.

use stele_domain::{DatasetId, ProjectId, SubjectId, Timestamp};
use stele_ledger::{Ledger, Position};

use crate::{
    ProjectionError,
    directory::{PageRequest, Within},
};

/// A release of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRow {
    /// The dataset.
    pub dataset_id: DatasetId,
    /// What it is called.
    pub dataset: String,
    /// Which release of it this is.
    pub version: String,
    /// Where the event stands that tells of it; pages are ordered by it.
    pub position: Position,
    /// Which rows it has.
    pub format: String,
    /// The project whose judgments it is made of.
    pub project_id: ProjectId,
    /// The recipe, in canonical JSON.
    pub recipe: String,
    /// What the ledger knew.
    pub known_at: Position,
    /// How many rows it has.
    pub rows: u64,
    /// The SHA-256 over its rows, in hexadecimal.
    pub rows_digest: String,
    /// When it was recorded.
    pub released_at: Timestamp,
    /// Why it was taken back, if it was.
    pub withdrawn: Option<String>,
}

/// A release that holds someone's personal text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalRelease {
    /// The release.
    pub release: ReleaseRow,
    /// How many of its rows hold text of theirs.
    pub rows_of_theirs: u64,
}

/// A row of a query for releases as a [`ReleaseRow`].
macro_rules! release {
    ($row:expr) => {
        ReleaseRow {
            dataset_id: $row.dataset_id.into(),
            dataset: $row.dataset,
            version: $row.version,
            position: $row.position.cast_unsigned().into(),
            format: $row.format,
            project_id: $row.project_id.into(),
            recipe: $row.recipe,
            known_at: $row.known_at.cast_unsigned().into(),
            rows: $row.rows.cast_unsigned(),
            rows_digest: $row.rows_digest,
            released_at: $row.released_at.into(),
            withdrawn: $row.withdrawn,
        }
    };
}

/// The releases of datasets, in the order in which they were made.
pub async fn releases(
    ledger: &Ledger,
    within: &Within,
    page: PageRequest,
) -> Result<Vec<ReleaseRow>, ProjectionError> {
    let projects = within.ids();
    let rows = sqlx::query!(
        "select dataset_id, dataset, version, position, format, project_id, recipe, known_at, rows, rows_digest,
            released_at, withdrawn
        from lineage_release
        where ledger_id = $1 and position > $2 and ($4::uuid[] is null or project_id = any($4))
        order by position
        limit $3",
        ledger.id(),
        page.after.get().cast_signed(),
        page.limit,
        projects.as_deref()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    Ok(rows.into_iter().map(|row| release!(row)).collect())
}

/// The releases that hold a subject's personal text, in the order in which they were made.
pub async fn releases_of(ledger: &Ledger, subject: SubjectId) -> Result<Vec<PersonalRelease>, ProjectionError> {
    let rows = sqlx::query!(
        "select r.dataset_id, r.dataset, r.version, r.position, r.format, r.project_id, r.recipe, r.known_at, r.rows,
            r.rows_digest, r.released_at, r.withdrawn, s.rows as rows_of_theirs
        from lineage_subject s
        join lineage_release r using (ledger_id, dataset_id, version)
        where s.ledger_id = $1 and s.subject_id = $2
        order by r.position",
        ledger.id(),
        subject.uuid()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    let of_theirs = rows.into_iter().map(|row| {
        let rows_of_theirs = row.rows_of_theirs.cast_unsigned();
        PersonalRelease { release: release!(row), rows_of_theirs }
    });
    Ok(of_theirs.collect())
}
