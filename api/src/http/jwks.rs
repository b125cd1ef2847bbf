//! The keys that access tokens are checked with.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::Api;

/// How long the keys may be kept, in seconds; a new key must be known before it signs.
const KEPT_FOR: &str = "public, max-age=300";

/// The public keys as a JWK Set (RFC 7517 §5).
pub(super) async fn jwks(State(api): State<Api>) -> Response {
    let keys: Vec<_> = api.tokens.jwks().collect();
    let headers = [(header::CONTENT_TYPE, "application/jwk-set+json"), (header::CACHE_CONTROL, KEPT_FOR)];
    (headers, Json(json!({ "keys": keys }))).into_response()
}
