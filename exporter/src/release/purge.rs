//! Releases without the text of somebody who was erased.

use std::{collections::BTreeMap, path::Path};

use stele_domain::{
    SubjectId,
    dataset::{Dataset, DatasetEvent, ReleaseVersion},
};
use stele_ledger::{Ledger, ReadError};
use uuid::Uuid;

use super::{OnRecord, Recorder, ReleaseRequest, Released, release, releases_of};
use crate::{ExportError, History, Progress};

/// What has become of a dataset that held somebody's text.
#[derive(Clone, Debug)]
pub struct Purged {
    /// The dataset.
    pub dataset: String,
    /// The releases that were withdrawn.
    pub withdrawn: Vec<ReleaseVersion>,
    /// What was released in their place; absent if the newest release did not hold the text.
    pub replacement: Option<Released>,
}

/// Makes every dataset anew whose newest release holds text of somebody who was erased, by the same recipe at the same position,
/// into a folder of its name in `out`; and withdraws every release that holds it. Copies elsewhere are for people to delete.
///
/// A replacement is on record and written before anything is withdrawn: whoever stops this may run it again.
pub async fn purge<'a>(
    history: impl Into<History<'a>>,
    subject: SubjectId,
    out: &Path,
    mut progress: impl FnMut(Progress),
) -> Result<Vec<Purged>, ExportError> {
    let history = history.into();
    let ledger = history.ledger();
    if ledger.erasure(subject).await.map_err(ExportError::Load)?.is_none() {
        return Err(ExportError::NotErased(subject));
    }
    let mut purged = Vec::new();
    for (dataset, holding) in holding(ledger, subject).await? {
        let releases = releases_of(ledger, &dataset).await?;
        let standing: Vec<&OnRecord> = releases.iter().filter(|release| release.withdrawn.is_none()).collect();
        let holds = |release: &OnRecord| holding.contains(&release.released.version);
        let to_withdraw: Vec<ReleaseVersion> =
            standing.iter().filter(|release| holds(release)).map(|release| release.released.version).collect();
        if to_withdraw.is_empty() {
            continue;
        }
        let replacement = match standing.last().filter(|newest| holds(newest)) {
            Some(newest) => {
                let request = ReleaseRequest { dataset: dataset.clone(), rows: newest.request()?, actor: None };
                let folder = out.join(&dataset);
                Some(release(history.clone(), request, &folder, &mut progress).await?)
            }
            None => None,
        };
        let recorder = Recorder { ledger, dataset: ledger.mint().derived("dataset", &[&dataset]), actor: None };
        for version in &to_withdraw {
            let reason = match &replacement {
                Some(made) => format!("it holds text of somebody who was erased; {} does not", made.version),
                None => "it holds text of somebody who was erased".to_owned(),
            };
            recorder.withdraw(*version, reason).await?;
        }
        purged.push(Purged { dataset, withdrawn: to_withdraw, replacement });
    }
    Ok(purged)
}

/// The releases that held text of a subject when they were made, by the names of their datasets.
async fn holding(ledger: &Ledger, subject: SubjectId) -> Result<BTreeMap<String, Vec<ReleaseVersion>>, ExportError> {
    let head = ledger.head().await.map_err(ReadError::from)?.position();
    let (mut names, mut holding) = (BTreeMap::<Uuid, String>::new(), BTreeMap::<String, Vec<ReleaseVersion>>::new());
    for event in ledger.read_all::<Dataset>(head).await? {
        let position = event.position.get();
        match event.decode().map_err(|source| ExportError::Decode { position, source })? {
            DatasetEvent::DatasetReleased(released) => drop(names.insert(event.stream.id, released.name)),
            DatasetEvent::SubjectsReleased(released) => {
                let is_theirs = released.subjects.iter().any(|of| of.subject == subject);
                if let Some(name) = names.get(&event.stream.id).filter(|_| is_theirs) {
                    holding.entry(name.clone()).or_default().push(released.version);
                }
            }
            _ => {}
        }
    }
    Ok(holding)
}
