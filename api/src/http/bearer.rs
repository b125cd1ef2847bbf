//! Who sends a request.

use axum::http::{HeaderMap, header};

use crate::{
    Api,
    account::{CallerError, Viewer, caller},
};

/// Why it is not known who sends a request.
pub(super) enum Unbelieved {
    /// Its token is not believed.
    Refused(String),
    /// Whether to believe it could not be found out.
    Failed(CallerError),
}

/// Who sends a request; nobody, if it bears no token.
pub(super) async fn bearer(api: &Api, headers: &HeaderMap) -> Result<Option<Viewer>, Unbelieved> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let token = value.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
    let wrong = "the header `Authorization` must be `Bearer` and an access token";
    let token = token.ok_or_else(|| Unbelieved::Refused(wrong.to_owned()))?;
    match caller(api, token.trim()).await {
        Ok(viewer) => Ok(Some(viewer)),
        Err(error) if error.is_unbelieved() => Err(Unbelieved::Refused(error.to_string())),
        Err(error) => Err(Unbelieved::Failed(error)),
    }
}
