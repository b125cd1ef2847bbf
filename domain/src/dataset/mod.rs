//! A dataset: a name under which releases are recorded, each for good.
//!
//! The rows are not in the history: they are a function of the recipe and the position that a release pins. What the
//! history has of them is their digest, and whose personal text left the ledger in them.

mod command;
mod event;
mod refusal;
#[cfg(test)]
mod tests;
mod version;

pub use command::{DatasetCommand, Release};
pub use event::{
    DatasetEvent, DatasetFormat, DatasetReleased, ReleaseWithdrawn, ReleasedFile, RowsDigest, Sha256Digest,
    SubjectRows, SubjectsReleased,
};
pub use refusal::DatasetRefusal;
pub use version::{ReleaseVersion, ReleaseVersionError};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Aggregate, ProjectId, StreamType, Timestamp, aggregate::cqrs_aggregate};

/// The longest name of a dataset, in characters.
pub const MAX_NAME_LENGTH: usize = 96;

/// The longest reason for a withdrawal, in Unicode scalar values.
pub const MAX_REASON_LENGTH: usize = 1_000;

/// How many subjects one event tells of.
const SUBJECTS_AN_EVENT: usize = 1_000;

/// The most subjects whose personal text one release may hold.
pub const MAX_SUBJECTS: usize = 500 * SUBJECTS_AN_EVENT;

/// A dataset's state: its releases.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dataset {
    releases: BTreeMap<ReleaseVersion, Released>,
}

/// A release, as far as decisions need it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Released {
    made: Made,
    rows: RowsDigest,
    known_at: u64,
    withdrawn: bool,
}

/// How rows are made: what must change for a new major version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Made {
    format: DatasetFormat,
    project: ProjectId,
    recipe: String,
    happened_by: Option<Timestamp>,
}

impl Dataset {
    /// The version of a release: the next major one if it is made otherwise than the last, the next minor one if only
    /// the rows are others. Numbers are never given twice, those of withdrawn releases neither.
    fn next_version(&self, release: &Release) -> Result<ReleaseVersion, DatasetRefusal> {
        let Some((last, released)) = self.releases.last_key_value() else { return Ok(ReleaseVersion::FIRST) };
        if released.made != release.made() {
            return Ok(last.next_major());
        }
        if released.rows == release.rows_digest && !released.withdrawn {
            return Err(DatasetRefusal::Unchanged { version: *last, known_at: released.known_at });
        }
        Ok(last.next_minor())
    }
}

impl Aggregate for Dataset {
    const STREAM: StreamType = StreamType::Dataset;
    type Command = DatasetCommand;
    type Event = DatasetEvent;
    type Refusal = DatasetRefusal;

    fn decide(&self, command: &DatasetCommand) -> Result<Vec<DatasetEvent>, DatasetRefusal> {
        match command {
            DatasetCommand::Release(release) => {
                check_name(&release.name)?;
                if release.subjects.len() > MAX_SUBJECTS {
                    return Err(DatasetRefusal::TooManySubjects(release.subjects.len()));
                }
                let version = self.next_version(release)?;
                let subjects = release.subjects.chunks(SUBJECTS_AN_EVENT);
                let subjects = subjects.map(|some| SubjectsReleased { version, subjects: some.to_vec() }.into());
                Ok(std::iter::once(release.event(version).into()).chain(subjects).collect())
            }
            DatasetCommand::Withdraw { version, reason } => {
                let reason = reason.trim();
                let bounded = (1..=MAX_REASON_LENGTH).contains(&reason.chars().count());
                if !bounded || reason.chars().any(char::is_control) {
                    return Err(DatasetRefusal::Reason);
                }
                match self.releases.get(version) {
                    None => Err(DatasetRefusal::NoSuchRelease { version: *version }),
                    Some(released) if released.withdrawn => Err(DatasetRefusal::Withdrawn { version: *version }),
                    Some(_) => Ok(vec![ReleaseWithdrawn { version: *version, reason: reason.to_owned() }.into()]),
                }
            }
        }
    }

    fn apply(&mut self, event: &DatasetEvent) {
        match event {
            DatasetEvent::DatasetReleased(released) => {
                self.releases.insert(released.version, released.into());
            }
            DatasetEvent::SubjectsReleased(_) => {}
            DatasetEvent::ReleaseWithdrawn(withdrawn) => {
                if let Some(released) = self.releases.get_mut(&withdrawn.version) {
                    released.withdrawn = true;
                }
            }
        }
    }
}

impl From<&DatasetReleased> for Released {
    fn from(released: &DatasetReleased) -> Self {
        let made = Made {
            format: released.format,
            project: released.project,
            recipe: released.recipe.clone(),
            happened_by: released.happened_by,
        };
        Self { made, rows: released.rows_digest, known_at: released.known_at.size, withdrawn: false }
    }
}

cqrs_aggregate!(Dataset);

/// A dataset's name goes into paths, cards and addresses, so it has the characters that are at home in all of them.
fn check_name(name: &str) -> Result<(), DatasetRefusal> {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    let begins_well = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    if begins_well && name.len() <= MAX_NAME_LENGTH && name.chars().all(plain) {
        Ok(())
    } else {
        Err(DatasetRefusal::Name)
    }
}
