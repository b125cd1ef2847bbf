//! What is noted of every request: never its body, as that may hold personal data.

use std::any::Any;

use axum::{
    Json,
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;
use tokio::time::Instant;
use tracing::Instrument;

use crate::Api;

pub(super) async fn observe(State(api): State<Api>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let span = tracing::info_span!("request", method = %request.method(), path, id);
    let response = next.run(request).instrument(span.clone()).await;
    let seconds = started.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    api.metrics.request(&path, status, seconds);
    span.in_scope(|| tracing::debug!(status, seconds, "answered"));
    response
}

/// A panic is a fault of ours: it is logged, and its message does not leave the process.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
pub(super) fn answer_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(message, "a request panicked");
    let error = json!({ "message": "an internal error", "extensions": { "code": "INTERNAL" } });
    (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "data": null, "errors": [error] }))).into_response()
}
