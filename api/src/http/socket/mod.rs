//! `GET /graphql/ws`: subscriptions over the protocol
//! [graphql-transport-ws](https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md).

mod close;
mod connection;
mod executor;
mod origin;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_graphql::http::WebSocketProtocols;
use axum::{
    Extension,
    extract::{State, WebSocketUpgrade},
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use tower_http::request_id::RequestId;

use super::graphql::GraphqlState;
use connection::Connection;

/// How much is read of a socket at a time, in bytes.
const READ_BUFFER: usize = 4 << 10;

/// What the edge allows on one socket, and how it looks after it.
#[derive(Clone, Copy, Debug)]
pub struct SocketSettings {
    /// How many sockets a process has open at most.
    pub sockets: usize,
    /// How many sockets a person has open at most.
    pub sockets_a_person: usize,
    /// How many operations run over a socket at a time.
    pub operations: usize,
    /// The largest message from a client, in bytes.
    pub max_message: usize,
    /// How long a client has to say who it is.
    pub init_within: Duration,
    /// How often the client is asked whether it is there.
    pub ping_every: Duration,
    /// How long nothing may be heard from it.
    pub silent_for: Duration,
    /// How long it may take to take a message.
    pub send_within: Duration,
    /// How often it is looked whether the token has expired.
    pub look_every: Duration,
    /// How often it is asked whether whoever signed in still could.
    pub ask_every: Duration,
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            sockets: 10_000,
            sockets_a_person: 16,
            operations: 32,
            max_message: 64 << 10,
            init_within: Duration::from_secs(10),
            ping_every: Duration::from_secs(20),
            silent_for: Duration::from_mins(1),
            send_within: Duration::from_secs(30),
            look_every: Duration::from_secs(1),
            ask_every: Duration::from_secs(10),
        }
    }
}

/// What every socket needs.
#[derive(Clone)]
pub(super) struct SocketState {
    graphql: GraphqlState,
    settings: SocketSettings,
    /// The origins whose pages may open sockets, beside the server's own.
    origins: Arc<[HeaderValue]>,
    open: Arc<AtomicUsize>,
}

impl SocketState {
    pub(super) fn new(graphql: GraphqlState, settings: SocketSettings, origins: Arc<[HeaderValue]>) -> Self {
        Self { graphql, settings, origins, open: Arc::default() }
    }

    /// A place for one more socket, unless all are taken.
    fn place(&self) -> Option<Place> {
        let place = Place(Arc::clone(&self.open));
        (place.0.fetch_add(1, Ordering::Relaxed) < self.settings.sockets).then_some(place)
    }
}

/// A socket's place among those that are open.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Opens a socket. Who it is for is told over it, as browsers can't send headers with the request.
pub(super) async fn open(
    State(state): State<SocketState>,
    headers: HeaderMap,
    id: Option<Extension<RequestId>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !origin::may_open(&headers, &state.origins) {
        return (StatusCode::FORBIDDEN, "pages of this origin may open no socket\n").into_response();
    }
    let protocol = WebSocketProtocols::GraphQLWS;
    let upgrade = upgrade
        .protocols([protocol.sec_websocket_protocol()])
        // cleared at each look for a message, and most of those are short
        .read_buffer_size(READ_BUFFER)
        .max_message_size(state.settings.max_message)
        .max_frame_size(state.settings.max_message);
    if upgrade.selected_protocol().is_none() {
        return (StatusCode::BAD_REQUEST, "the protocol is graphql-transport-ws\n").into_response();
    }
    let Some(place) = state.place() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many sockets are open\n").into_response();
    };
    let id = id.and_then(|Extension(id)| id.header_value().to_str().ok().map(str::to_owned)).unwrap_or_default();
    upgrade.on_upgrade(move |socket| async move {
        let _place = place;
        Connection::new(state.graphql, state.settings, id).serve(socket).await;
    })
}
