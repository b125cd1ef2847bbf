//! `stele dataset publish`: a release goes beyond the disk.

use std::{env, path::PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use stele_ledger::{Clock as _, SystemClock};
use stele_publish::{
    Dataset, Target,
    mlflow::{Access, EXPERIMENT, Mlflow},
    upload,
};

/// Copy a release's folder to where others find it, and log it at an MLflow server
///
/// The folder is read as it is, and each file is checked against its manifest; the ledger is not asked: see `stele dataset
/// verify`. A release is never overwritten. Published again, only what is missing is done.
#[derive(Debug, Args)]
#[command(after_help = CREDENTIALS)]
pub(crate) struct Publish {
    /// The folder that `stele dataset release` has written
    folder: PathBuf,

    /// Where to copy it to, such as <s3://bucket/prefix> or <file:///folder>; the release goes to NAME/VERSION in there
    #[arg(long, value_name = "URL")]
    to: Option<String>,

    /// The MLflow server to log it at
    #[arg(long, env = "MLFLOW_TRACKING_URI", value_name = "URI", hide_env_values = true)]
    mlflow: Option<String>,

    /// The MLflow experiment to log it under; it is made if it is not there
    #[arg(long, env = "MLFLOW_EXPERIMENT_NAME", value_name = "NAME", default_value = EXPERIMENT)]
    mlflow_experiment: String,
}

const CREDENTIALS: &str = "\
Credentials come from the environment: for a bucket AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and
AWS_ENDPOINT_URL, for MLflow MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN";

impl Publish {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let uri = self.mlflow.filter(|uri| !uri.is_empty());
        if self.to.is_none() && uri.is_none() {
            bail!(
                "publish it where? Give --to an address, --mlflow the address of a server (or MLFLOW_TRACKING_URI), or both"
            );
        }
        // what is wrong with either is told before anything is done
        let target = self.to.as_deref().map(Target::parse).transpose()?;
        let mlflow = uri.map(|uri| Ok::<_, anyhow::Error>(Mlflow::at(&uri, &access()?, &self.mlflow_experiment)?));
        let mlflow = mlflow.transpose()?;
        let dataset = Dataset::open(&self.folder)?;
        let source = match &target {
            Some(target) => copy(&dataset, target).await?,
            None => dataset.address(),
        };
        match mlflow {
            Some(mlflow) => log(&dataset, &source, &mlflow).await,
            None => Ok(()),
        }
    }
}

/// Copies the folder, and returns where it is then.
async fn copy(dataset: &Dataset, target: &Target) -> anyhow::Result<String> {
    let uploaded = upload(dataset, target).await?;
    let release = &dataset.manifest().release;
    println!("{release} is at {}", uploaded.address);
    println!("  sent      {} files, {} bytes", uploaded.sent, uploaded.bytes_sent);
    println!("  there     {} files, the same to the byte", uploaded.left);
    Ok(uploaded.address)
}

async fn log(dataset: &Dataset, source: &str, mlflow: &Mlflow) -> anyhow::Result<()> {
    let logged = mlflow.log(dataset, source, SystemClock.now()).await?;
    let release = &dataset.manifest().release;
    let done = if logged.was_logged { "was logged before as" } else { "is logged as" };
    println!("{release} {done} run {}", logged.run);
    println!("  page      {}", logged.address);
    Ok(())
}

/// Who the tracking server takes us for. Secrets are no arguments: other people see those.
fn access() -> anyhow::Result<Access> {
    let username = variable("MLFLOW_TRACKING_USERNAME")?;
    let [password, token] = ["MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"].map(variable);
    Ok(Access::of(username, password?.map(Into::into), token?.map(Into::into))?)
}

fn variable(name: &str) -> anyhow::Result<Option<String>> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(error).context(name.to_owned()),
    }
}
