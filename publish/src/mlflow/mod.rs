//! Telling an MLflow tracking server of a release, over its REST API (version 2.0): one run a release, with what the
//! release is made of as parameters, its counts as metrics, and the dataset as the run's input.

mod access;
mod call;
mod experiment;
mod input;
mod run;
mod schema;

use std::time::Duration;

use reqwest::{Client, Url, header::HeaderValue, redirect::Policy};
use stele_domain::Timestamp;

use self::run::Run;
pub use self::{
    access::{Access, Secret},
    call::MlflowError,
};
use crate::{Dataset, tls};

/// The experiment that releases are logged under unless another is named.
pub const EXPERIMENT: &str = "stele";

/// How long the server may take to be reached.
const REACHED_WITHIN: Duration = Duration::from_secs(10);
/// How long it may take to answer, with the connection.
const ANSWERED_WITHIN: Duration = Duration::from_mins(1);

/// A tracking server, and where in it releases are logged.
#[derive(Debug)]
pub struct Mlflow {
    base: Url,
    experiment: String,
    access: Option<HeaderValue>,
    client: Client,
}

/// A release's run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The run's id.
    pub run: String,
    /// The run's page.
    pub address: String,
    /// Whether it was logged before, and nothing was done now.
    pub was_logged: bool,
}

impl Mlflow {
    /// The server at an address, as `MLFLOW_TRACKING_URI` has it: `http` or `https`, with or without a path.
    pub fn at(address: &str, access: &Access, experiment: &str) -> Result<Self, MlflowError> {
        let base = Url::parse(address).map_err(|_| MlflowError::Address(address.to_owned()))?;
        if !base.username().is_empty() || base.password().is_some() {
            return Err(MlflowError::SecretInAddress);
        }
        if !["http", "https"].contains(&base.scheme()) {
            return Err(MlflowError::Address(address.to_owned()));
        }
        tls::use_ring();
        // a redirected POST would arrive as a GET, and credentials would go who knows where
        let client = Client::builder().redirect(Policy::none());
        let client = client.connect_timeout(REACHED_WITHIN).timeout(ANSWERED_WITHIN).build();
        let client = client.map_err(MlflowError::Client)?;
        Ok(Self { base, experiment: experiment.to_owned(), access: access.header()?, client })
    }

    /// Logs a release, once: the run's tag `stele.release` is NAME@VERSION. A run that an earlier attempt left unfinished is
    /// finished. `source` is where the dataset is, an `s3:` or `file:` address; `now` is when the run begins and ends.
    pub async fn log(&self, dataset: &Dataset, source: &str, now: Timestamp) -> Result<Logged, MlflowError> {
        let experiment = self.experiment().await?;
        let manifest = dataset.manifest();
        let found = self.find_run(&experiment, &manifest.release).await?;
        if let Some(run) = &found {
            run.must_be_of(manifest)?;
        }
        let was_logged = found.as_ref().is_some_and(Run::is_finished);
        let run = match found {
            Some(run) => run,
            None => self.create_run(&experiment, &manifest.release, now).await?,
        };
        if !was_logged {
            self.describe_run(&run, manifest).await?;
            self.log_input(&run, input::of(dataset, source)).await?;
            self.finish_run(&run, now).await?;
        }
        Ok(Logged { address: self.page(&experiment, &run), run: run.id().to_owned(), was_logged })
    }

    /// The page that shows a run.
    fn page(&self, experiment: &str, run: &Run) -> String {
        let base = self.base.as_str().trim_end_matches('/');
        format!("{base}/#/experiments/{experiment}/runs/{}", run.id())
    }
}
