//! The sockets that annotators have open beside their work: each is told how much there is to do, until there is nothing.

use std::{fmt, time::Duration};

use futures::{SinkExt, StreamExt, future::join_all};
use serde_json::{Value, json};
use tokio::{net::TcpStream, runtime, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::client::Client;

/// Longer than anything may take once the work is done.
const PATIENCE: Duration = Duration::from_mins(5);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Sockets that are open, each listening to the queue of a project.
pub(crate) struct Listeners {
    runtime: runtime::Runtime,
    listening: Vec<tokio::task::JoinHandle<usize>>,
    done: tokio::sync::watch::Sender<Option<u64>>,
}

/// How often the sockets were told something.
pub(crate) struct Told {
    sockets: usize,
    messages: usize,
}

impl Listeners {
    /// Opens one socket for everybody.
    pub(crate) fn open(url: &str, people: &[Client], project: &str) -> Self {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let address = url.replacen("http", "ws", 1) + "/ws";
        let done = tokio::sync::watch::Sender::new(None);
        let sockets = runtime.block_on(join_all(people.iter().map(|person| open(&address, &person.token, project))));
        let listening = sockets.into_iter().map(|socket| runtime.spawn(listen(socket, done.subscribe()))).collect();
        Self { runtime, listening, done }
    }

    /// Waits until every socket has been told that no more than this is left.
    pub(crate) fn told_of(self, open_tasks: u64) -> Told {
        self.done.send_replace(Some(open_tasks));
        let sockets = self.listening.len();
        let all = async { timeout(PATIENCE, join_all(self.listening)).await };
        let told = self.runtime.block_on(all).expect("every socket is told in time");
        Told { sockets, messages: told.into_iter().map(|told| told.expect("no panic")).sum() }
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} open, {} messages, the last of each that all is done", self.sockets, self.messages)
    }
}

async fn open(address: &str, token: &str, project: &str) -> Socket {
    let mut request = address.into_client_request().expect("a request");
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().expect("a header"));
    let (mut socket, _) = connect_async(request).await.expect("an upgrade");
    let payload = json!({ "Authorization": format!("Bearer {token}") });
    send(&mut socket, &json!({ "type": "connection_init", "payload": payload })).await;
    assert_eq!(receive(&mut socket).await["type"], "connection_ack");
    let query = "subscription($project: UUID!) { queue(projectId: $project) { openTaskCount } }";
    let payload = json!({ "query": query, "variables": { "project": project } });
    send(&mut socket, &json!({ "type": "subscribe", "id": "queue", "payload": payload })).await;
    socket
}

/// Takes what a socket is told, until it is told what `done` waits for; how often it was told something.
async fn listen(mut socket: Socket, mut done: tokio::sync::watch::Receiver<Option<u64>>) -> usize {
    let (mut told, mut open_tasks) = (0, None);
    loop {
        let wanted = *done.borrow_and_update();
        if wanted.is_some() && open_tasks == wanted {
            return told;
        }
        tokio::select! {
            message = receive(&mut socket) => {
                assert_eq!(message["type"], "next", "{message}");
                open_tasks = message["payload"]["data"]["queue"]["openTaskCount"].as_u64();
                assert!(open_tasks.is_some(), "{message}");
                told += 1;
            }
            changed = done.changed() => changed.expect("the listeners are waited for"),
        }
    }
}

async fn send(socket: &mut Socket, message: &Value) {
    socket.send(Message::text(message.to_string())).await.expect("sent");
}

/// The next message; `StreamExt::next` loses none if it is dropped half way.
async fn receive(socket: &mut Socket) -> Value {
    loop {
        match socket.next().await.expect("open").expect("a frame") {
            Message::Text(text) => return serde_json::from_str(&text).expect("JSON"),
            Message::Ping(_) | Message::Pong(_) => {}
            other => panic!("closed: {other:?}"),
        }
    }
}
