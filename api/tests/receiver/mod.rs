//! A program that is told of events: a real socket that answers as it is told to, and remembers what it was sent.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use tokio::net::TcpListener;

/// How a message is answered.
#[derive(Clone, Copy)]
pub(crate) enum Reply {
    Status(u16),
    /// With a redirection to another path of the same receiver.
    Redirect,
    /// With more than anybody would read.
    Flood,
    /// Not at all.
    Never,
    /// The connection breaks.
    Break,
}

/// A message as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("text")
    }
}

#[derive(Clone, Default)]
struct Desk {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    received: Arc<Mutex<Vec<Received>>>,
}

pub(crate) struct Receiver {
    desk: Desk,
    pub(crate) port: u16,
}

impl Receiver {
    pub(crate) async fn open() -> Self {
        let desk = Desk::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let port = listener.local_addr().expect("an address").port();
        let router = Router::new().fallback(take).with_state(desk.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { desk, port }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook?a=b", self.port)
    }

    /// Answers the next messages so, and those after them with 204.
    pub(crate) fn reply(&self, replies: &[Reply]) {
        self.desk.replies.lock().expect("not poisoned").extend(replies);
    }

    /// What has arrived since it was asked last.
    pub(crate) fn received(&self) -> Vec<Received> {
        std::mem::take(&mut *self.desk.received.lock().expect("not poisoned"))
    }
}

async fn take(State(desk): State<Desk>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    desk.received.lock().expect("not poisoned").push(Received { path: uri.to_string(), headers, body });
    let reply = desk.replies.lock().expect("not poisoned").pop_front().unwrap_or(Reply::Status(204));
    match reply {
        Reply::Status(status) => StatusCode::from_u16(status).expect("a status").into_response(),
        Reply::Redirect => (StatusCode::FOUND, [("location", "/elsewhere")]).into_response(),
        Reply::Flood => vec![b'x'; 64 << 20].into_response(),
        Reply::Never => std::future::pending().await,
        Reply::Break => panic!("the connection breaks, as it should in this test"),
    }
}
