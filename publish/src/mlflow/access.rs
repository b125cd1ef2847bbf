//! Who a tracking server takes us for.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::header::HeaderValue;

use super::MlflowError;

/// A text that can't be printed.
#[derive(Clone)]
pub struct Secret(String);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Who a tracking server takes us for.
#[derive(Clone, Debug)]
pub enum Access {
    /// Nobody in particular.
    Anonymous,
    /// A user with a password (RFC 7617).
    Basic {
        /// What the user is called.
        username: String,
        /// What shows that it is that user.
        password: Secret,
    },
    /// Whoever bears the token (RFC 6750).
    Bearer(Secret),
}

impl Access {
    /// What `MLFLOW_TRACKING_USERNAME`, `MLFLOW_TRACKING_PASSWORD` and `MLFLOW_TRACKING_TOKEN` say. As with MLflow's own
    /// clients a user goes before a token, and what is empty is not there; half a user is an error.
    pub fn of(
        username: Option<String>,
        password: Option<Secret>,
        token: Option<Secret>,
    ) -> Result<Self, MlflowError> {
        let username = username.filter(|text| !text.is_empty());
        let [password, token] = [password, token].map(|secret| secret.filter(|Secret(text)| !text.is_empty()));
        match (username, password, token) {
            (Some(username), Some(password), _) => Ok(Self::Basic { username, password }),
            (Some(_), None, _) => Err(MlflowError::HalfAUser { missing: "MLFLOW_TRACKING_PASSWORD" }),
            (None, Some(_), _) => Err(MlflowError::HalfAUser { missing: "MLFLOW_TRACKING_USERNAME" }),
            (None, None, Some(token)) => Ok(Self::Bearer(token)),
            (None, None, None) => Ok(Self::Anonymous),
        }
    }

    /// What is sent with each call.
    pub(super) fn header(&self) -> Result<Option<HeaderValue>, MlflowError> {
        let text = match self {
            Self::Anonymous => return Ok(None),
            Self::Basic { username, password: Secret(password) } => {
                format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
            }
            Self::Bearer(Secret(token)) => format!("Bearer {token}"),
        };
        let mut header = HeaderValue::from_str(&text).map_err(|_| MlflowError::Token)?;
        header.set_sensitive(true);
        Ok(Some(header))
    }
}
