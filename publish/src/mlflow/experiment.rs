//! The experiment that releases are logged under.

use serde::Deserialize;
use serde_json::json;

use super::{Mlflow, MlflowError};

#[derive(Deserialize)]
struct Found {
    experiment: Experiment,
}

#[derive(Deserialize)]
struct Experiment {
    experiment_id: String,
}

impl Mlflow {
    /// The experiment's id; it is made if it is not there.
    pub(super) async fn experiment(&self) -> Result<String, MlflowError> {
        if let Some(id) = self.find_experiment().await? {
            return Ok(id);
        }
        match self.post::<Experiment>("experiments/create", &json!({"name": self.experiment})).await {
            Ok(created) => Ok(created.experiment_id),
            // somebody else was faster
            Err(error) if error.has_code("RESOURCE_ALREADY_EXISTS") => self.find_experiment().await?.ok_or(error),
            Err(error) => Err(error),
        }
    }

    async fn find_experiment(&self) -> Result<Option<String>, MlflowError> {
        match self.get::<Found>("experiments/get-by-name", ("experiment_name", &self.experiment)).await {
            Ok(found) => Ok(Some(found.experiment.experiment_id)),
            Err(error) if error.has_code("RESOURCE_DOES_NOT_EXIST") => Ok(None),
            Err(error) => Err(error),
        }
    }
}
