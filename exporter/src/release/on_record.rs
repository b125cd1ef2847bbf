//! Releases as the history has them.

use std::{fmt, str::FromStr};

use stele_domain::{
    DatasetId, Event as _, StreamType,
    dataset::{DatasetEvent, DatasetReleased, ReleaseVersion},
};
use stele_ledger::{AsOf, Ledger, Recorded, StreamKey};

use crate::{ExportError, Recipe, Request};

/// A release of a dataset by name, as `NAME@1.2.0`; without a version the newest that was not withdrawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseQuery {
    /// The dataset.
    pub dataset: String,
    /// The release.
    pub version: Option<ReleaseVersion>,
}

impl FromStr for ReleaseQuery {
    type Err = stele_domain::dataset::ReleaseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.rsplit_once('@') {
            Some((dataset, version)) => Self { dataset: dataset.to_owned(), version: Some(version.parse()?) },
            None => Self { dataset: text.to_owned(), version: None },
        })
    }
}

impl fmt::Display for ReleaseQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.dataset)?;
        self.version.map_or(Ok(()), |version| write!(f, "@{version}"))
    }
}

/// A release as the history has it.
#[derive(Clone, Debug)]
pub struct OnRecord {
    /// What was recorded.
    pub released: DatasetReleased,
    /// The event that says so.
    pub event: Recorded,
    /// Why it was withdrawn, if it was.
    pub withdrawn: Option<String>,
}

/// Every release of a dataset, in the order in which they were recorded.
pub async fn releases_of(ledger: &Ledger, dataset: &str) -> Result<Vec<OnRecord>, ExportError> {
    let id: DatasetId = ledger.mint().derived("dataset", &[dataset]);
    let stream = StreamKey { stream_type: StreamType::Dataset, id: id.uuid() };
    let mut all: Vec<OnRecord> = Vec::new();
    for event in ledger.read_stream(stream, 0).await? {
        let decoded = DatasetEvent::decode(&event.name, event.schema_version, &event.payload);
        let decoded = decoded.map_err(|source| ExportError::Decode { position: event.position.get(), source })?;
        match decoded {
            DatasetEvent::DatasetReleased(released) => all.push(OnRecord { released, event, withdrawn: None }),
            DatasetEvent::ReleaseWithdrawn(withdrawn) => {
                let of = all.iter_mut().filter(|release| release.released.version == withdrawn.version);
                of.for_each(|release| release.withdrawn = Some(withdrawn.reason.clone()));
            }
            _ => {}
        }
    }
    Ok(all)
}

/// The release that is asked for.
pub async fn find_release(ledger: &Ledger, asked: &ReleaseQuery) -> Result<OnRecord, ExportError> {
    let releases = releases_of(ledger, &asked.dataset).await?;
    let known: Vec<String> = releases.iter().map(|release| release.released.version.to_string()).collect();
    let is_asked = |release: &OnRecord| match asked.version {
        Some(version) => release.released.version == version,
        None => release.withdrawn.is_none(),
    };
    releases.into_iter().rev().find(is_asked).ok_or_else(|| ExportError::NoSuchRelease {
        asked: asked.to_string(),
        known: if known.is_empty() { "none".to_owned() } else { known.join(", ") },
    })
}

impl OnRecord {
    /// What would make its rows again.
    pub fn request(&self) -> Result<Request, ExportError> {
        let released = &self.released;
        let recipe: Recipe = serde_json::from_str(&released.recipe).map_err(|error| ExportError::Inconsistent {
            position: self.event.position.get(),
            reason: format!("its recipe can't be read by this build: {error}"),
        })?;
        Ok(Request {
            project: released.project.to_string(),
            known_at: AsOf::Position(released.known_at.size.into()),
            happened_by: released.happened_by,
            recipe,
        })
    }
}
