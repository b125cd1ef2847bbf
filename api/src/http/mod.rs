//! The routes.

mod bearer;
mod client_address;
mod graphql;
mod health;
mod jwks;
mod log;
mod media;
mod socket;
mod telemetry;

pub(crate) use client_address::ClientAddress;
pub use media::MediaSettings;
pub use socket::SocketSettings;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware,
    routing::{get, post},
};
use ipnet::IpNet;
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    cors::CorsLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
};
use uuid::Uuid;

use crate::{
    Api,
    account::{Attempts, Issuer, RegistrationMode},
    graphql::build,
};

/// How long a browser remembers that an origin may use the API.
const PREFLIGHT_FOR: Duration = Duration::from_mins(10);

/// What the edge allows.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The largest request body, in bytes; that of a file is up to `media`.
    pub max_body: usize,
    /// How long a request may take; that of a file is up to `media`.
    pub timeout: Duration,
    /// What is allowed of files.
    pub media: MediaSettings,
    /// What is allowed on a socket.
    pub sockets: SocketSettings,
    /// Whether the schema may be asked for itself.
    pub introspection: bool,
    /// The origins whose pages may use the API in a browser, such as `https://stele.example.org`.
    pub allowed_origins: Vec<HeaderValue>,
    /// The networks of the proxies in front of the server, whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How many times a minute somebody may try to sign in from one address; 0 for any number.
    pub logins_per_address: usize,
    /// How people join.
    pub registration: RegistrationMode,
    /// Whose accounts people may sign in with, beside a password.
    pub issuer: Option<Arc<Issuer>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_body: 4 << 20,
            timeout: Duration::from_secs(30),
            media: MediaSettings::default(),
            sockets: SocketSettings::default(),
            introspection: false,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            logins_per_address: 10,
            registration: RegistrationMode::default(),
            issuer: None,
        }
    }
}

/// Every route of the server.
pub fn router(api: Api, settings: Settings) -> Router {
    let attempts = Attempts::new(settings.logins_per_address);
    let schema = build(&api, settings.introspection, attempts, settings.registration, settings.issuer);
    let media = media::routes(api.clone(), settings.media, !settings.allowed_origins.is_empty());
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
        .layer(SetResponseHeaderLayer::if_not_present(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
        ))
        .layer(SetResponseHeaderLayer::overriding(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")))
        .layer(SetResponseHeaderLayer::overriding(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")))
        .layer(SetResponseHeaderLayer::if_not_present(
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("same-origin"),
        ))
        .layer(cors(settings.allowed_origins.clone()));
    // files are too large, and take too long
    let bounds = ServiceBuilder::new()
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, settings.timeout))
        .layer(RequestBodyLimitLayer::new(settings.max_body));
    let trusted_proxies = settings.trusted_proxies.into();
    let graphql = graphql::GraphqlState { api, schema, documents: Arc::default(), trusted_proxies };
    let sockets = socket::SocketState::new(graphql.clone(), settings.sockets, settings.allowed_origins.into());
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
        .layer(bounds)
        .merge(media)
        .layer(layers)
}

/// Pages of these origins may use the API; those of others get no answer that a browser would give them.
fn cors(origins: Vec<HeaderValue>) -> CorsLayer {
    let request_id = HeaderName::from_static("x-request-id");
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::RANGE, request_id.clone()])
        .expose_headers([header::ACCEPT_RANGES, header::CONTENT_RANGE, header::ETAG, request_id])
        .max_age(PREFLIGHT_FOR)
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
