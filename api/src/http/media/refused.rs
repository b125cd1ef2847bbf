//! Why a file is not taken, or not given: a status, a stable code and a reason, as JSON.

use std::fmt;

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// An answer that is an error.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    code: &'static str,
    message: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl Refused {
    pub(super) fn new(status: StatusCode, code: &'static str, reason: &impl fmt::Display) -> Self {
        Self { status, code, message: reason.to_string(), header: None }
    }

    /// A fault of ours: it is logged, and what is wrong is not told.
    pub(super) fn fault(error: &dyn std::error::Error) -> Self {
        tracing::error!(%error, "a fault");
        let message = "an internal error; the request's id finds it in the server's log";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", &message)
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", &"there is no such file")
    }

    /// Whoever the file belongs to has been erased.
    pub(super) fn erased() -> Self {
        let reason = "whoever the file belongs to has been erased";
        Self::new(StatusCode::GONE, "ERASED", &reason)
    }

    /// The file is that long, and what is asked for is not in it (RFC 9110 §15.5.17).
    pub(super) fn not_in_file(bytes: u64) -> Self {
        let reason = format!("the file has {bytes} bytes");
        let header = HeaderValue::from_str(&format!("bytes */{bytes}")).ok();
        let header = header.map(|value| (header::CONTENT_RANGE, value));
        Self { header, ..Self::new(StatusCode::RANGE_NOT_SATISFIABLE, "RANGE_NOT_SATISFIABLE", &reason) }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = Json(json!({ "code": self.code, "message": self.message }));
        let mut response = (self.status, body).into_response();
        response.headers_mut().extend(self.header);
        response
    }
}
