//! The dataset as MLflow knows datasets: the input of a run.

use serde_json::{Value, json};

use super::schema;
use crate::Dataset;

/// The longest digest that MLflow takes is 36 characters; these many of the dataset's are given.
const DIGEST: usize = 32;
/// The longest schema that MLflow takes, in characters; it leaves out longer ones.
const MAX_SCHEMA: usize = 1_048_575;

/// A dataset as a run's input. The names of sources are those by which MLflow's own clients fetch them.
pub(super) fn of(dataset: &Dataset, source: &str) -> Value {
    let manifest = dataset.manifest();
    let digest: String = manifest.digest.to_string().chars().take(DIGEST).collect();
    let source_type = if source.starts_with("s3:") { "s3" } else { "local" };
    let mut input = json!({
        "name": manifest.release.dataset.as_str(),
        "digest": digest,
        "source_type": source_type,
        "source": json!({"uri": source}).to_string(),
        "profile": json!({"num_rows": manifest.rows}).to_string(),
    });
    if let Some(columns) = schema::of(dataset.folder()) {
        let schema = json!({"mlflow_colspec": columns}).to_string();
        if schema.len() <= MAX_SCHEMA {
            input["schema"] = schema.into();
        }
    }
    json!({"dataset": input, "tags": [{"key": "mlflow.data.context", "value": "training"}]})
}
