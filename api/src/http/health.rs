//! Is it alive, is it ready, and what has it counted.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use stele_projections::Runner;

use crate::Api;

/// The process runs.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// The database answers, and its schema is the one that this build needs.
pub(super) async fn readyz(State(api): State<Api>) -> Response {
    match api.ledger.database().check_schema().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready: the database is out of reach or out of date\n")
                .into_response()
        }
    }
}

/// Everything counted, as OpenMetrics text.
pub(super) async fn metrics(State(api): State<Api>) -> Response {
    let text = async {
        let head = api.ledger.head().await.map_err(|error| error.to_string())?;
        let lags = Runner::lags(&api.ledger).await.map_err(|error| error.to_string())?;
        api.metrics.refresh_quality(&api.ledger).await.map_err(|error| error.to_string())?;
        api.metrics.encode(&head, &lags).map_err(|error| error.to_string())
    };
    match text.await {
        Ok(text) => {
            let format = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, format)], text).into_response()
        }
        Err(error) => {
            tracing::warn!(error, "no metrics");
            (StatusCode::SERVICE_UNAVAILABLE, "the database is out of reach\n").into_response()
        }
    }
}
