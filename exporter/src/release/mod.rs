//! Releasing a dataset: it is made, then recorded, and only then written.
//!
//! So whatever a folder holds is on record, and so is whose personal text is in it: an erasure can tell where copies may
//! be. Should somebody be erased while a release with their text is made, it is withdrawn before anything is written, and
//! made again without.

mod diff;
mod on_record;
mod purge;
mod verify;

use std::path::Path;

use stele_domain::{
    DatasetId, ParticipantId, SubjectId,
    dataset::{
        Dataset, DatasetCommand, DatasetEvent, DatasetRefusal, DatasetReleased, Release, ReleaseVersion, SubjectRows,
    },
    history::TreeHead,
};
use stele_ledger::{AsOf, CommandContext, ExecuteError, Executed, Fingerprint, Ledger, Position};
use uuid::Uuid;

pub use self::{
    diff::{Difference, TaskDifference, diff},
    on_record::{OnRecord, ReleaseQuery, find_release, releases_of},
    purge::{Purged, purge},
    verify::{Verification, verify_folder},
};
use crate::{
    ExportError, History, Manifest, Progress, ReleaseName, Request,
    dataset::{self, Made},
    folder::{self, OutputError},
};

/// Why a release that was recorded is not written.
const ERASED_MEANWHILE: &str =
    "somebody whose text it would have held was erased while it was made; it was never written";

/// What to release.
#[derive(Clone, Debug)]
pub struct ReleaseRequest {
    /// What the dataset is called. All releases under a name are of one dataset.
    pub dataset: String,
    /// Its rows.
    pub rows: Request,
    /// Who asks; `None` for whoever operates the ledger.
    pub actor: Option<ParticipantId>,
}

/// A release that has been recorded and written.
#[derive(Clone, Debug)]
pub struct Released {
    /// What was written.
    pub manifest: Manifest,
    /// Which release it is.
    pub version: ReleaseVersion,
    /// Whether it was recorded before, and has only been written again.
    pub is_known: bool,
    /// Whose personal text it holds.
    pub subjects: u64,
    /// Releases that were withdrawn on the way, as somebody was erased while they were made.
    pub withdrawn: Vec<ReleaseVersion>,
}

/// Releases a dataset, and writes it into the folder `out` as [`export`](crate::export) does.
///
/// A dataset whose last release has the same rows, made in the same way, gets no other: that one is written.
pub async fn release<'a>(
    history: impl Into<History<'a>>,
    request: ReleaseRequest,
    out: &Path,
    mut progress: impl FnMut(Progress),
) -> Result<Released, ExportError> {
    let history = history.into();
    let ledger = history.ledger();
    let out = folder::target(out)?;
    let ReleaseRequest { dataset, mut rows, actor } = request;
    let recorder = Recorder { ledger, dataset: ledger.mint().derived("dataset", &[&dataset]), actor };
    let mut withdrawn = Vec::new();
    loop {
        let made = dataset::make(&history, &rows, Some(&dataset), &out, &mut progress).await?;
        let known_at = made.manifest.known_at.position;
        let (version, is_known) = match recorder.record(&dataset, &made).await? {
            Recorded::Now { version, position } => {
                if recorder.erased_before(position, &made).await? {
                    recorder.withdraw(version, ERASED_MEANWHILE.to_owned()).await?;
                    withdrawn.push(version);
                    continue;
                }
                (version, false)
            }
            // whoever has been erased since, or while it was recorded, is not written again
            Recorded::Before { .. } if recorder.erased_before(Position::from(u64::MAX), &made).await? => continue,
            Recorded::Before { version, known_at: then } if then == known_at => (version, true),
            // the files of that release, which say where it was made
            Recorded::Before { known_at: then, .. } => {
                rows.known_at = AsOf::Position(then);
                continue;
            }
        };
        let release = Some(ReleaseName { dataset, version });
        let manifest = Manifest { release, ..made.manifest };
        folder::write(made.files, &out, &manifest)?;
        let subjects = made.subjects.len() as u64;
        return Ok(Released { manifest, version, is_known, subjects, withdrawn });
    }
}

/// What the history has of a release.
enum Recorded {
    Now { version: ReleaseVersion, position: Position },
    Before { version: ReleaseVersion, known_at: Position },
}

struct Recorder<'a> {
    ledger: &'a Ledger,
    dataset: DatasetId,
    actor: Option<ParticipantId>,
}

impl Recorder<'_> {
    async fn record(&self, name: &str, made: &Made) -> Result<Recorded, ExportError> {
        let manifest = &made.manifest;
        let subjects = made.subjects.iter().map(|(subject, rows)| SubjectRows { subject: *subject, rows: *rows });
        let release = Release {
            name: name.to_owned(),
            format: manifest.format,
            project: manifest.project_id,
            recipe: manifest.recipe.canonical().map_err(OutputError::from)?,
            known_at: TreeHead { size: manifest.known_at.position.get(), root: manifest.known_at.merkle_root },
            happened_by: manifest.happened_by,
            rows: manifest.rows,
            rows_digest: manifest.digest,
            files: manifest.files.clone(),
            subjects: subjects.collect(),
        };
        match self.execute(&DatasetCommand::Release(Box::new(release))).await {
            Ok(done) => match done.events.first() {
                Some(DatasetEvent::DatasetReleased(DatasetReleased { version, .. })) => {
                    Ok(Recorded::Now { version: *version, position: done.receipt.first })
                }
                _ => Err(ExportError::Inconsistent {
                    position: done.receipt.first.get(),
                    reason: "a release was recorded as something else".to_owned(),
                }),
            },
            Err(ExecuteError::Refused(DatasetRefusal::Unchanged { version, known_at })) => {
                Ok(Recorded::Before { version, known_at: known_at.into() })
            }
            Err(error) => Err(ExportError::Record(Box::new(error))),
        }
    }

    /// Whether anyone whose text is in the rows was erased before this position; if so, their erasure is completed. One
    /// from before a release was recorded did not know of it; any later one does.
    async fn erased_before(&self, position: Position, made: &Made) -> Result<bool, ExportError> {
        let erased = self.ledger.erased_after(Position::START).await.map_err(stele_ledger::ReadError::from)?;
        let of_these = |(at, subject): &(Position, SubjectId)| *at < position && made.subjects.contains_key(subject);
        let erased: Vec<SubjectId> = erased.into_iter().filter(of_these).map(|(_, subject)| subject).collect();
        for subject in &erased {
            // the next attempt must not find their key
            self.ledger.finish_erasure(*subject).await?;
        }
        Ok(!erased.is_empty())
    }

    async fn withdraw(&self, version: ReleaseVersion, reason: String) -> Result<(), ExportError> {
        let withdraw = DatasetCommand::Withdraw { version, reason };
        self.execute(&withdraw).await.map_err(|error| ExportError::Record(Box::new(error)))?;
        Ok(())
    }

    async fn execute(
        &self,
        command: &DatasetCommand,
    ) -> Result<Executed<DatasetEvent>, ExecuteError<DatasetRefusal>> {
        // what has been recorded is found by what it is, so every attempt has a name of its own
        let context = CommandContext {
            actor: self.actor,
            key: self.ledger.mint().fresh::<Uuid>().into(),
            fingerprint: Fingerprint::of(b"release"),
            occurred_at: None,
            correlation_id: None,
        };
        self.ledger.execute::<Dataset>(self.dataset.uuid(), &context, command).await
    }
}
