//! Files: `POST /media` takes one, `GET /media/ID` gives it back.
//!
//! Both stand outside the limits of the other routes, as a film is larger than 4 MiB and takes longer than half a minute.

mod incoming;
mod range;
mod refused;
mod serve;
mod upload;

use std::time::Duration;

use axum::{
    Router,
    http::HeaderValue,
    routing::{get, post},
};

use crate::Api;

/// What is allowed of files.
#[derive(Clone, Debug)]
pub struct MediaSettings {
    /// The largest file, in bytes.
    pub limit: u64,
    /// For how long the sender of a file may send nothing.
    pub idle: Duration,
}

impl Default for MediaSettings {
    fn default() -> Self {
        Self { limit: 2 << 30, idle: Duration::from_secs(30) }
    }
}

#[derive(Clone)]
struct MediaState {
    api: Api,
    settings: MediaSettings,
    /// Which pages may show files (`Cross-Origin-Resource-Policy`).
    resource_policy: HeaderValue,
}

/// The routes. Pages of other origins may show files if there are origins whose pages may use the API.
pub(super) fn routes(api: Api, settings: MediaSettings, has_other_origins: bool) -> Router {
    let resource_policy = HeaderValue::from_static(if has_other_origins { "cross-origin" } else { "same-origin" });
    Router::new()
        .route("/media", post(upload::upload))
        .route("/media/{id}", get(serve::serve))
        .with_state(MediaState { api, settings, resource_policy })
}
