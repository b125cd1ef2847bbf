//! The routes.

mod graphql;
mod health;
mod jwks;
mod log;
mod socket;
mod telemetry;

pub use socket::SocketSettings;

use std::time::Duration;

use axum::{
    Router,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware,
    routing::{get, post},
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
};
use uuid::Uuid;

use crate::{Api, graphql::build};

/// What the edge allows.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The largest request body, in bytes.
    pub max_body: usize,
    /// How long a request may take.
    pub timeout: Duration,
    /// What is allowed on a socket.
    pub sockets: SocketSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_body: 4 << 20, timeout: Duration::from_secs(30), sockets: SocketSettings::default() }
    }
}

/// Every route of the server.
pub fn router(api: Api, settings: Settings) -> Router {
    let schema = build(&api);
    let ids = RequestIds { ledger: api.ledger.clone() };
    let layers = ServiceBuilder::new()
        .layer(SetRequestIdLayer::x_request_id(ids))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(middleware::from_fn_with_state(api.clone(), telemetry::observe))
        .layer(CatchPanicLayer::custom(telemetry::answer_panic))
        .layer(SetResponseHeaderLayer::overriding(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(SetResponseHeaderLayer::overriding(
            HeaderName::from_static("content-security-policy"),
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
        ))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, settings.timeout))
        .layer(RequestBodyLimitLayer::new(settings.max_body));
    let graphql = graphql::GraphqlState { api, schema };
    let sockets = socket::SocketState::new(graphql.clone(), settings.sockets);
    Router::new()
        .route("/graphql", post(graphql::answer))
        .route("/graphql/ws", get(socket::open).with_state(sockets))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/.well-known/jwks.json", get(jwks::jwks))
        .route("/metrics", get(health::metrics))
        .route("/log/checkpoint", get(log::checkpoint))
        .route("/log/tile/{*path}", get(log::tile))
        .with_state(graphql)
        .layer(layers)
}

#[derive(Clone)]
struct RequestIds {
    ledger: stele_ledger::Ledger,
}

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        let id: Uuid = self.ledger.mint().fresh();
        HeaderValue::from_str(&id.to_string()).ok().map(RequestId::new)
    }
}
