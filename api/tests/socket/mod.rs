//! A server behind a real socket, and a client of graphql-transport-ws.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::{net::SocketAddr, time::Duration};

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};

use crate::support::Server;

/// Longer than anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How much a connection holds for a peer that takes nothing, in bytes; the system doubles it.
const WINDOW: u32 = 4_096;

/// A server's address.
pub(crate) struct Edge {
    address: SocketAddr,
}

impl Edge {
    pub(crate) fn open(server: &Server) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_send_buffer_size(WINDOW).expect("a small window");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("bound");
        let listener = socket.listen(1_024).expect("listens");
        let address = listener.local_addr().expect("an address");
        let router = server.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address }
    }
}

/// With which status a page of this origin is answered that wants a socket, at the host that it names.
pub(crate) async fn opened_by(edge: &Edge, origin: Option<&str>, host: &str) -> u16 {
    let stream = TcpStream::connect(edge.address).await.expect("connects");
    let mut request = format!("ws://{host}/graphql/ws").into_client_request().expect("a request");
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", "graphql-transport-ws".parse().expect("a header"));
    if let Some(origin) = origin {
        headers.insert("origin", origin.parse().expect("a header"));
    }
    match client_async(request, stream).await {
        Ok((_, answer)) => answer.status().as_u16(),
        Err(Error::Http(answer)) => answer.status().as_u16(),
        Err(error) => panic!("{error}"),
    }
}

pub(crate) struct Client {
    socket: WebSocketStream<TcpStream>,
}

impl Client {
    /// A socket over which nobody has said who they are.
    pub(crate) async fn connect(edge: &Edge) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(WINDOW).expect("a small window");
        let stream = socket.connect(edge.address).await.expect("connects");
        let mut request = format!("ws://{}/graphql/ws", edge.address).into_client_request().expect("a request");
        let protocol = "graphql-transport-ws".parse().expect("a header");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (socket, answer) = client_async(request, stream).await.expect("an upgrade");
        assert_eq!(answer.headers()["sec-websocket-protocol"], "graphql-transport-ws");
        Self { socket }
    }

    pub(crate) async fn signed_in(edge: &Edge, token: &str) -> Self {
        let mut client = Self::connect(edge).await;
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        client.send(&json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(client.receive().await, json!({ "type": "connection_ack" }));
        client
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.socket.send(Message::text(message.to_string())).await.expect("sent");
    }

    pub(crate) async fn subscribe(&mut self, id: &str, query: &str, variables: &Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(&json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    pub(crate) async fn complete(&mut self, id: &str) {
        self.send(&json!({ "type": "complete", "id": id })).await;
    }

    /// The next result of an operation, whatever others say before.
    pub(crate) async fn receive_for(&mut self, id: &str) -> Value {
        loop {
            let message = self.receive().await;
            if message["type"] == "next" && message["id"] == id {
                return message["payload"].clone();
            }
        }
    }

    /// The next result of an operation.
    pub(crate) async fn next(&mut self, id: &str) -> Value {
        loop {
            let message = self.receive().await;
            if message["type"] == "next" && message["id"] == id {
                return message["payload"].clone();
            }
            assert_eq!(message["type"], "complete", "{message}");
        }
    }

    async fn receive(&mut self) -> Value {
        match self.frame().await {
            Message::Text(text) => serde_json::from_str(&text).expect("JSON"),
            other => panic!("closed: {other:?}"),
        }
    }

    /// The code and the reason with which the server closes the socket; whatever it says before is passed over.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.frame().await {
                Message::Close(Some(frame)) => return (frame.code.into(), frame.reason.to_string()),
                Message::Text(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Returns once the socket is closed, with or without a word.
    pub(crate) async fn closed_somehow(&mut self) {
        let end = async { while let Some(Ok(_)) = self.socket.next().await {} };
        timeout(PATIENCE, end).await.expect("closed in time");
    }

    async fn frame(&mut self) -> Message {
        loop {
            let frame = timeout(PATIENCE, self.socket.next()).await.expect("in time");
            match frame.expect("open").expect("a frame") {
                Message::Ping(_) | Message::Pong(_) => {}
                frame => return frame,
            }
        }
    }
}
