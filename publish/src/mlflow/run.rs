//! A release's run: found, or made, described and finished.

use serde::Deserialize;
use serde_json::{Value, json};
use stele_domain::Timestamp;

use super::{Mlflow, MlflowError};
use crate::{Manifest, ReleaseName};

/// The tag that says of which release a run is.
const RELEASE: &str = "stele.release";
/// The parameter that is the digest of all rows, in full.
const DIGEST: &str = "digest";
/// The longest value of a parameter, in characters.
const MAX_VALUE: usize = 6_000;

/// A run, as the server tells of it.
#[derive(Deserialize)]
pub(super) struct Run {
    info: Info,
    #[serde(default)]
    data: Data,
}

#[derive(Deserialize)]
struct Info {
    run_id: String,
    status: String,
    /// In milliseconds since 1970.
    start_time: i64,
}

#[derive(Default, Deserialize)]
struct Data {
    #[serde(default)]
    params: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
struct Created {
    run: Run,
}

#[derive(Deserialize)]
struct Runs {
    #[serde(default)]
    runs: Vec<Run>,
}

impl Run {
    pub(super) fn id(&self) -> &str {
        &self.info.run_id
    }

    pub(super) fn is_finished(&self) -> bool {
        self.info.status == "FINISHED"
    }

    /// Names are a ledger's own: a run of that name may be of another ledger's dataset.
    pub(super) fn must_be_of(&self, manifest: &Manifest) -> Result<(), MlflowError> {
        let digest = self.data.params.iter().find(|entry| entry.key == DIGEST);
        match digest.filter(|digest| digest.value != manifest.digest.to_string()) {
            Some(other) => Err(MlflowError::OtherDataset {
                run: self.id().to_owned(),
                release: manifest.release.to_string(),
                digest: other.value.clone(),
            }),
            None => Ok(()),
        }
    }
}

impl Mlflow {
    /// The run of a release: a finished one if there is one.
    pub(super) async fn find_run(&self, experiment: &str, release: &ReleaseName) -> Result<Option<Run>, MlflowError> {
        let body = json!({
            "experiment_ids": [experiment],
            "filter": format!("tags.`{RELEASE}` = '{release}'"),
            "max_results": 100,
        });
        let Runs { mut runs } = self.post("runs/search", &body).await?;
        runs.sort_by_key(|run| !run.is_finished());
        Ok(runs.into_iter().next())
    }

    pub(super) async fn create_run(
        &self,
        experiment: &str,
        release: &ReleaseName,
        now: Timestamp,
    ) -> Result<Run, MlflowError> {
        let body = json!({
            "experiment_id": experiment,
            "run_name": format!("{} {}", release.dataset.as_str(), release.version),
            "start_time": milliseconds(now),
            "tags": [{"key": RELEASE, "value": release.to_string()}],
        });
        Ok(self.post::<Created>("runs/create", &body).await?.run)
    }

    /// Says what the release is made of. Said twice, it is as if it was said once.
    pub(super) async fn describe_run(&self, run: &Run, manifest: &Manifest) -> Result<(), MlflowError> {
        // the run's own time, so that a metric said again is the same one
        let metrics = metrics(manifest).into_iter();
        let metrics =
            metrics.map(|(key, value)| entry(&key, value, &json!({"timestamp": run.info.start_time, "step": 0})));
        let params = params(manifest).into_iter();
        let params = params.map(|(key, value)| entry(key, shortened(&value), &json!({})));
        let body = json!({
            "run_id": run.id(),
            "metrics": metrics.collect::<Vec<_>>(),
            "params": params.collect::<Vec<_>>(),
        });
        self.post::<Value>("runs/log-batch", &body).await.map(drop)
    }

    pub(super) async fn log_input(&self, run: &Run, input: Value) -> Result<(), MlflowError> {
        let body = json!({"run_id": run.id(), "datasets": [input]});
        self.post::<Value>("runs/log-inputs", &body).await.map(drop)
    }

    pub(super) async fn finish_run(&self, run: &Run, now: Timestamp) -> Result<(), MlflowError> {
        let body = json!({"run_id": run.id(), "status": "FINISHED", "end_time": milliseconds(now)});
        self.post::<Value>("runs/update", &body).await.map(drop)
    }
}

fn milliseconds(instant: Timestamp) -> i64 {
    instant.to_utc().timestamp_millis()
}

fn entry(key: &str, value: impl Into<Value>, more: &Value) -> Value {
    let mut entry = more.clone();
    entry["key"] = key.into();
    entry["value"] = value.into();
    entry
}

fn params(manifest: &Manifest) -> [(&'static str, String); 7] {
    [
        ("format", manifest.format.clone()),
        ("project", manifest.project_name.clone()),
        ("ledger", manifest.ledger_id.clone()),
        ("position", manifest.known_at.position.to_string()),
        ("merkle_root", manifest.known_at.merkle_root.to_string()),
        ("recipe_sha256", manifest.recipe_sha256.to_string()),
        (DIGEST, manifest.digest.to_string()),
    ]
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_VALUE).collect()
}

/// What there is to count. A server keeps numbers as doubles, which are exact up to 2^53.
fn metrics(manifest: &Manifest) -> Vec<(String, u64)> {
    let mut metrics: Vec<_> = [("rows", manifest.rows), ("tasks", manifest.tasks), ("judgments", manifest.judgments)]
        .map(|(key, count)| (key.to_owned(), count))
        .into();
    metrics.extend(manifest.splits.iter().map(|(side, rows)| (format!("rows.{side}"), *rows)));
    metrics.extend(manifest.left_out.iter().map(|(reason, count)| (format!("left_out.{reason}"), *count)));
    metrics
}
