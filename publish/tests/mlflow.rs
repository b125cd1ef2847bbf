//! A release is logged at a real MLflow server, once, and its own client reads it back.
//!
//! `scripts/with-consumers` installs MLflow.

mod support;

use std::{path::Path, process::Command};

use serde_json::{Value, json};
use stele_domain::Timestamp;
use stele_publish::mlflow::{Access, EXPERIMENT, Logged, Mlflow, MlflowError};
use support::{Released, consumers, server::Server, sha256};

/// A server with a database of its own.
struct Tracking {
    python: String,
    server: Server,
    _scratch: tempfile::TempDir,
}

impl Tracking {
    fn start(python: String) -> Self {
        let scratch = tempfile::tempdir().expect("a folder");
        let home = scratch.path().to_str().expect("text");
        let server = Server::start("/health", |port| {
            let mut command = Command::new(&python);
            command
                .args([
                    "-m",
                    "mlflow",
                    "server",
                    "--workers",
                    "1",
                    "--host",
                    "127.0.0.1",
                    "--port",
                    &port.to_string(),
                ])
                .args(["--backend-store-uri", &format!("sqlite:///{home}/runs.db")])
                .args(["--default-artifact-root", &format!("{home}/artifacts")])
                .current_dir(home)
                // neither jobs, which need more packages, nor telling anybody of us
                .envs([("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false"), ("MLFLOW_DISABLE_TELEMETRY", "true")]);
            command
        });
        Self { python, server, _scratch: scratch }
    }

    fn client(&self, experiment: &str) -> Mlflow {
        Mlflow::at(&self.server.address, &Access::Anonymous, experiment).expect("an address")
    }

    /// What MLflow's own client does or reads.
    fn python(&self, arguments: &[&str]) -> Value {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/consumers/runs.py");
        let ran = Command::new(&self.python)
            .arg(script)
            .args(arguments)
            .env("MLFLOW_TRACKING_URI", &self.server.address)
            .env("MLFLOW_DISABLE_TELEMETRY", "true")
            .output()
            .expect("Python runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        serde_json::from_slice(&ran.stdout).expect("JSON")
    }

    fn runs(&self, experiment: &str) -> Vec<Value> {
        self.python(&["read", experiment]).as_array().expect("runs").clone()
    }
}

fn at(time: &str) -> Timestamp {
    time.parse().expect("a time")
}

async fn log(mlflow: &Mlflow, released: &Released, time: &str) -> Result<Logged, MlflowError> {
    let dataset = released.dataset();
    mlflow.log(&dataset, &dataset.address(), at(time)).await
}

#[tokio::test]
async fn a_release_is_one_run_with_all_that_it_is_made_of() {
    let Some(python) = consumers() else { return };
    let tracking = Tracking::start(python);
    let released = Released::with_shard_of(10);
    is_logged_once(&tracking, &released).await;
    goes_on_where_it_broke_off(&tracking, &released).await;
    another_dataset_of_that_name_is_refused(&tracking).await;
}

async fn is_logged_once(tracking: &Tracking, released: &Released) {
    let mlflow = tracking.client(EXPERIMENT);
    let logged = log(&mlflow, released, "2026-03-01T12:00:00.5Z").await.expect("logged");
    assert!(!logged.was_logged);
    let again = log(&mlflow, released, "2026-03-02T12:00:00Z").await.expect("found");
    assert_eq!(again, Logged { was_logged: true, ..logged.clone() });
    let runs = tracking.runs(EXPERIMENT);
    assert_eq!(runs.len(), 1, "{runs:?}");
    let run = &runs[0];
    assert_eq!((&run["id"], &run["name"]), (&json!(logged.run), &json!("helpfulness 1.2.0")));
    assert_eq!((&run["status"], &run["release"]), (&json!("FINISHED"), &json!("helpfulness@1.2.0")));
    let begun = at("2026-03-01T12:00:00.5Z").to_utc().timestamp_millis();
    assert_eq!((&run["start_time"], &run["end_time"]), (&json!(begun), &json!(begun)));
    has_all(run, released);
}

fn has_all(run: &Value, released: &Released) {
    let digest = sha256(&released.read("train.jsonl"));
    assert_eq!(
        run["params"],
        json!({
            "format": "dpo", "project": "Helpful \u{2014} or not?", "ledger": "0197a3c4-0000-7000-8000-000000000001",
            "position": "4711", "merkle_root": sha256(b"root"), "recipe_sha256": sha256(b"recipe"), "digest": digest,
        })
    );
    assert_eq!(
        run["metrics"],
        json!({
            "rows": 3.0, "tasks": 5.0, "judgments": 9.0, "rows.train": 2.0, "rows.test": 1.0,
            "left_out.majority_tie": 2.0, "left_out.duplicate": 0.0,
        })
    );
    let columns = [("prompt", "string"), ("chosen", "string"), ("votes_total", "long")];
    let mut columns = columns.map(|(name, kind)| json!({"type": kind, "name": name, "required": false})).to_vec();
    columns.push(json!({"type": "array", "items": {"type": "long"}, "name": "events", "required": false}));
    assert_eq!(
        run["inputs"],
        json!([{
            "name": "helpfulness", "digest": digest[..32], "context": "training", "source_type": "local",
            "profile": {"num_rows": 3}, "schema": columns,
            // what MLflow's client fetches from the source: the files of the folder
            "fetched": ["README.md", "croissant.json", "data", "manifest.json", "train.jsonl"],
        }])
    );
}

async fn goes_on_where_it_broke_off(tracking: &Tracking, released: &Released) {
    let begun = tracking.python(&["begin", "broken", "helpfulness@1.2.0"]);
    let logged = log(&tracking.client("broken"), released, "2026-03-03T12:00:00Z").await.expect("logged");
    assert_eq!((json!(logged.run), logged.was_logged), (begun["id"].clone(), false));
    let runs = tracking.runs("broken");
    assert_eq!(runs.len(), 1, "{runs:?}");
    assert_eq!(runs[0]["status"], "FINISHED");
    has_all(&runs[0], released);
}

async fn another_dataset_of_that_name_is_refused(tracking: &Tracking) {
    let other = Released::with_shard_of(10);
    other.change_manifest(|manifest| manifest["digest"] = sha256(b"other rows").into());
    let refused = log(&tracking.client(EXPERIMENT), &other, "2026-03-04T12:00:00Z").await.expect_err("it is another");
    assert!(
        matches!(&refused, MlflowError::OtherDataset { release, .. } if release == "helpfulness@1.2.0"),
        "{refused}"
    );
    // MLflow's own words come through
    let refused = log(&tracking.client(&"x".repeat(501)), &other, "2026-03-04T12:00:00Z").await;
    let said = refused.expect_err("it is too long").to_string();
    assert!(
        said.starts_with("experiments/create: MLflow answered 400 Bad Request, INVALID_PARAMETER_VALUE: "),
        "{said}"
    );
}
