//! One call of a tracking server, and what can go wrong with it.

use reqwest::{Method, RequestBuilder, Response, StatusCode, Url, header};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::Mlflow;

/// How long an answer may be, in bytes.
const MAX_ANSWER: usize = 4 << 20;
/// How much of an answer that is not MLflow's is repeated, in characters.
const MAX_REPEATED: usize = 200;

/// Why a release was not logged. A server's address and the calls are named, secrets never are.
#[derive(Debug, thiserror::Error)]
pub enum MlflowError {
    /// It is no server's address.
    #[error("the tracking URI `{0}` is not an http or https address; only MLflow servers can be told of releases")]
    Address(String),
    /// The address holds a user or a password. It is not repeated.
    #[error(
        "the tracking URI holds a user or a password: put them in MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
    )]
    SecretInAddress,
    /// There is a user without a password, or the other way round.
    #[error("{missing} is missing: a user and a password go together")]
    HalfAUser {
        /// What is missing.
        missing: &'static str,
    },
    /// The token has characters that no header takes.
    #[error("MLFLOW_TRACKING_TOKEN has characters that no token has")]
    Token,
    /// There is no client, as the machine's certificates can't be read, for example.
    #[error("no connections can be made: {0}")]
    Client(#[source] reqwest::Error),
    /// The server can't be reached, or gave no answer in time.
    #[error("{call}: MLflow can't be reached: {source}")]
    Unreachable {
        /// Which call.
        call: &'static str,
        /// What happened.
        source: reqwest::Error,
    },
    /// The server refuses.
    #[error("{call}: MLflow answered {status}, {code}: {message}")]
    Refused {
        /// Which call.
        call: &'static str,
        /// The status.
        status: StatusCode,
        /// MLflow's code, or that there is none.
        code: String,
        /// What it says.
        message: String,
    },
    /// What answers is not MLflow.
    #[error("{call}: the answer is not MLflow's: {reason}")]
    Answer {
        /// Which call.
        call: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A run has the same name and version, and is of other rows.
    #[error("the run {run} is of another dataset called {release}: its digest is {digest}")]
    OtherDataset {
        /// The run's id.
        run: String,
        /// Which release it is of.
        release: String,
        /// The digest of its rows.
        digest: String,
    },
}

/// What a server says when it refuses.
#[derive(Deserialize)]
struct Refusal {
    error_code: String,
    #[serde(default)]
    message: String,
}

impl MlflowError {
    /// Whether the server refused with a code.
    pub(super) fn has_code(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }

    fn refused(call: &'static str, status: StatusCode, body: &[u8]) -> Self {
        let refusal = serde_json::from_slice(body).unwrap_or_else(|_| Refusal {
            error_code: "and nothing of MLflow's".to_owned(),
            message: String::from_utf8_lossy(body).chars().take(MAX_REPEATED).collect(),
        });
        Self::Refused { call, status, code: refusal.error_code, message: refusal.message }
    }
}

impl Mlflow {
    /// Asks for something.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        call: &'static str,
        query: (&str, &str),
    ) -> Result<T, MlflowError> {
        let mut url = self.url(call);
        url.query_pairs_mut().append_pair(query.0, query.1);
        self.send(call, self.client.request(Method::GET, url)).await
    }

    /// Has something done.
    pub(super) async fn post<T: DeserializeOwned>(&self, call: &'static str, body: &Value) -> Result<T, MlflowError> {
        let request = self.client.request(Method::POST, self.url(call)).body(body.to_string());
        self.send(call, request.header(header::CONTENT_TYPE, "application/json")).await
    }

    fn url(&self, call: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/api/2.0/mlflow/{call}", self.base.path().trim_end_matches('/')));
        url
    }

    async fn send<T: DeserializeOwned>(
        &self,
        call: &'static str,
        mut request: RequestBuilder,
    ) -> Result<T, MlflowError> {
        if let Some(access) = &self.access {
            request = request.header(header::AUTHORIZATION, access.clone());
        }
        let failed = |error: reqwest::Error| MlflowError::Unreachable { call, source: error };
        let answer = request.send().await.map_err(failed)?;
        let status = answer.status();
        let body = bounded(answer).await.map_err(failed)?;
        let body =
            body.ok_or_else(|| MlflowError::Answer { call, reason: format!("more than {MAX_ANSWER} bytes") })?;
        if !status.is_success() {
            return Err(MlflowError::refused(call, status, &body));
        }
        serde_json::from_slice(&body).map_err(|error| MlflowError::Answer { call, reason: error.to_string() })
    }
}

/// An answer's body, unless it is too long.
async fn bounded(mut answer: Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        body.extend_from_slice(&piece);
        if body.len() > MAX_ANSWER {
            return Ok(None);
        }
    }
    Ok(Some(body))
}
