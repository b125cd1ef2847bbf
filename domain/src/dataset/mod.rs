//! A dataset: a name under which releases are recorded, each for good, and asked for.
//!
//! The rows are not in the history: they are a function of the recipe and the position that a release pins. What the
//! history has of them is their digest, and whose personal text left the ledger in them.

mod command;
mod event;
mod refusal;
mod requests;
#[cfg(test)]
mod tests;
mod version;

pub use command::{DatasetCommand, Release};
pub use event::{
    DatasetEvent, DatasetFormat, DatasetReleased, ReleasePlanEnded, ReleasePlanned, ReleaseRequestCancelled,
    ReleaseRequestFailed, ReleaseRequestMet, ReleaseRequested, ReleaseTrigger, ReleaseWithdrawn, ReleasedFile,
    RowsDigest, Sha256Digest, SubjectRows, SubjectsReleased,
};
pub use refusal::DatasetRefusal;
pub use requests::{MAX_PENDING, RequestEnd};
pub use version::{ReleaseVersion, ReleaseVersionError};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::requests::{Plan, Requests};
use crate::{Aggregate, ProjectId, ReleaseRequestId, StreamType, Timestamp, aggregate::cqrs_aggregate};

/// The longest name of a dataset, in characters.
pub const MAX_NAME_LENGTH: usize = 96;

/// The longest reason for a withdrawal or a failure, in Unicode scalar values.
pub const MAX_REASON_LENGTH: usize = 1_000;

/// How many subjects one event tells of.
const SUBJECTS_AN_EVENT: usize = 1_000;

/// The most subjects whose personal text one release may hold.
pub const MAX_SUBJECTS: usize = 500 * SUBJECTS_AN_EVENT;

/// A dataset's state: its releases, and what is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dataset {
    releases: BTreeMap<ReleaseVersion, Released>,
    #[serde(default)]
    requests: Requests,
    #[serde(default)]
    plan: Option<Plan>,
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

    /// Whether a request waits to be met.
    #[must_use]
    pub fn is_pending(&self, request: ReleaseRequestId) -> bool {
        self.requests.is_pending(request)
    }

    /// A name belongs to the project whose releases it has, or will have. Whoever operates the ledger can give it to another
    /// by a release; who asks for releases can't.
    fn check_project(&self, project: ProjectId) -> Result<(), DatasetRefusal> {
        let released = self.releases.last_key_value().map(|(_, released)| released.made.project);
        let planned = self.plan.map(|plan| plan.project);
        let owner = released.or(planned).or_else(|| self.requests.pending_project());
        if owner.is_none_or(|owner| owner == project) { Ok(()) } else { Err(DatasetRefusal::OtherProject) }
    }

    /// A release that can be used.
    fn check_release(&self, version: ReleaseVersion) -> Result<(), DatasetRefusal> {
        match self.releases.get(&version) {
            None => Err(DatasetRefusal::NoSuchRelease { version }),
            Some(released) if released.withdrawn => Err(DatasetRefusal::Withdrawn { version }),
            Some(_) => Ok(()),
        }
    }

    fn check_plan(&self, of: ProjectId) -> Result<(), DatasetRefusal> {
        let is_planned = self.plan.is_some_and(|plan| plan.project == of);
        if is_planned { Ok(()) } else { Err(DatasetRefusal::NoPlan) }
    }

    fn release(&self, release: &Release) -> Result<Vec<DatasetEvent>, DatasetRefusal> {
        check_name(&release.name)?;
        if release.subjects.len() > MAX_SUBJECTS {
            return Err(DatasetRefusal::TooManySubjects(release.subjects.len()));
        }
        let version = self.next_version(release)?;
        let subjects = release.subjects.chunks(SUBJECTS_AN_EVENT);
        let subjects = subjects.map(|some| SubjectsReleased { version, subjects: some.to_vec() }.into());
        Ok(std::iter::once(release.event(version).into()).chain(subjects).collect())
    }

    fn withdraw(&self, version: ReleaseVersion, reason: &str) -> Result<Vec<DatasetEvent>, DatasetRefusal> {
        let reason = reason.trim();
        let bounded = (1..=MAX_REASON_LENGTH).contains(&reason.chars().count());
        if !bounded || reason.chars().any(char::is_control) {
            return Err(DatasetRefusal::Reason);
        }
        self.check_release(version)?;
        Ok(vec![ReleaseWithdrawn { version, reason: reason.to_owned() }.into()])
    }
}

impl Aggregate for Dataset {
    const STREAM: StreamType = StreamType::Dataset;
    type Command = DatasetCommand;
    type Event = DatasetEvent;
    type Refusal = DatasetRefusal;

    fn decide(&self, command: &DatasetCommand) -> Result<Vec<DatasetEvent>, DatasetRefusal> {
        match command {
            DatasetCommand::Release(release) => self.release(release),
            DatasetCommand::Withdraw { version, reason } => self.withdraw(*version, reason),
            DatasetCommand::Request(asked) => {
                check_name(&asked.name)?;
                self.check_project(asked.project)?;
                Ok(vec![self.requests.ask(asked)?.into()])
            }
            DatasetCommand::Meet { request, version } => {
                let met = self.requests.meet(*request, *version)?;
                self.check_release(*version)?;
                Ok(vec![met.into()])
            }
            DatasetCommand::Fail { request, reason } => Ok(vec![self.requests.fail(*request, reason)?.into()]),
            DatasetCommand::Cancel { request, project, by } => {
                Ok(vec![self.requests.cancel(*request, *project, *by)?.into()])
            }
            DatasetCommand::Plan(planned) => {
                check_name(&planned.name)?;
                self.check_project(planned.project)?;
                if !planned.when.is_possible() {
                    return Err(DatasetRefusal::Trigger);
                }
                Ok(vec![ReleasePlanned::clone(planned).into()])
            }
            DatasetCommand::EndPlan { project, by } => {
                self.check_plan(*project)?;
                Ok(vec![ReleasePlanEnded { project: *project, ended_by: *by }.into()])
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
            DatasetEvent::ReleaseRequested(asked) => self.requests.begin(asked),
            DatasetEvent::ReleaseRequestMet(met) => self.requests.end(met.request, RequestEnd::Met),
            DatasetEvent::ReleaseRequestFailed(failed) => self.requests.end(failed.request, RequestEnd::Failed),
            DatasetEvent::ReleaseRequestCancelled(of) => self.requests.end(of.request, RequestEnd::Cancelled),
            DatasetEvent::ReleasePlanned(planned) => self.plan = Some(planned.into()),
            DatasetEvent::ReleasePlanEnded(_) => self.plan = None,
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
