//! One socket, from its opening to its end.

use std::{
    collections::HashSet,
    sync::{Arc, OnceLock},
};

use async_graphql::{
    Data, Error,
    http::{ClientMessage, WebSocket as GraphqlSocket, WebSocketProtocols, WsMessage},
};
use axum::extract::ws::{Message, WebSocket};
use futures::{
    SinkExt, StreamExt,
    channel::mpsc,
    stream::{SplitSink, SplitStream},
};
use serde::Deserialize;
use serde_json::Value;
use stele_domain::Timestamp;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::{SocketSettings, close::Close, executor::Subscriptions};
use crate::{
    Api,
    account::{Access, CallerError, Viewer, caller},
    http::graphql::GraphqlState,
    live::Visit,
};

/// How many messages of a client may wait.
const INBOX: usize = 64;

/// One socket.
pub(super) struct Connection {
    graphql: GraphqlState,
    settings: SocketSettings,
    tag: String,
    heard: Instant,
    pinged: Instant,
    asked: Instant,
    /// The ids of the operations under way.
    operations: HashSet<String>,
    session: Arc<OnceLock<Result<Session, Close>>>,
}

/// Who a socket is for.
struct Session {
    viewer: Viewer,
    token: String,
    expires_at: Timestamp,
    _visit: Visit,
}

/// A server's message, as far as it matters here.
#[derive(Deserialize)]
struct Completed {
    id: String,
}

impl Connection {
    pub(super) fn new(graphql: GraphqlState, settings: SocketSettings, tag: String) -> Self {
        let now = Instant::now();
        let (operations, session) = (HashSet::new(), Arc::default());
        Self { graphql, settings, tag, heard: now, pinged: now, asked: now, operations, session }
    }

    /// Serves it until either side closes it.
    pub(super) async fn serve(mut self, socket: WebSocket) {
        let (mut sink, frames) = socket.split();
        if let Some(close) = self.converse(&mut sink, frames).await {
            let frame = close.into_message();
            drop(timeout(self.settings.send_within, sink.send(frame)).await);
        }
    }

    /// Why the socket is to be closed; `None` if it is closed already.
    async fn converse(
        &mut self,
        sink: &mut SplitSink<WebSocket, Message>,
        mut frames: SplitStream<WebSocket>,
    ) -> Option<Close> {
        let (mut inbox, messages) = mpsc::channel(INBOX);
        let executor = Subscriptions { schema: self.graphql.schema.clone(), tag: self.tag.clone() };
        let (api, session) = (self.graphql.api.clone(), Arc::clone(&self.session));
        let most = self.settings.sockets_a_person;
        let mut answers =
            GraphqlSocket::from_message_stream(executor, messages.map(Ok), WebSocketProtocols::GraphQLWS)
                .on_connection_init(move |payload| async move { init(&api, &session, most, &payload).await });
        let mut stopped = self.graphql.api.live.stopped();
        let mut look = interval(self.settings.look_every);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let message = tokio::select! {
                frame = frames.next() => match self.take(frame?.ok()?, &mut inbox) {
                    Ok(()) => continue,
                    Err(close) => return close,
                },
                answer = answers.next() => match answer? {
                    WsMessage::Text(text) => self.tell(text),
                    WsMessage::Close(code, reason) => return Some(self.closed(code, reason)),
                },
                _ = look.tick() => match self.look().await {
                    Ok(None) => continue,
                    Ok(Some(ping)) => ping,
                    Err(close) => return close,
                },
                () = async { drop(stopped.wait_for(|stopped| *stopped).await) } => return Some(Close::GoingAway),
            };
            // whoever takes nothing is gone
            timeout(self.settings.send_within, sink.send(message)).await.ok()?.ok()?;
        }
    }

    /// Takes a frame from the client.
    fn take(&mut self, frame: Message, inbox: &mut mpsc::Sender<ClientMessage>) -> Result<(), Option<Close>> {
        self.heard = Instant::now();
        let text = match frame {
            Message::Text(text) => text,
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Binary(_) => return Err(Some(Close::BadMessage)),
            Message::Close(_) => return Err(None),
        };
        let message = ClientMessage::from_bytes(text.as_bytes()).map_err(|_| Close::BadMessage)?;
        match &message {
            ClientMessage::Start { id, .. } => self.start(id)?,
            ClientMessage::Stop { id } => drop(self.operations.remove(id)),
            ClientMessage::ConnectionTerminate => return Err(Some(Close::BadMessage)),
            ClientMessage::ConnectionInit { .. } | ClientMessage::Ping { .. } | ClientMessage::Pong { .. } => {}
        }
        inbox.try_send(message).map_err(|_| Some(Close::Limit("too many messages at once".to_owned())))
    }

    fn start(&mut self, id: &str) -> Result<(), Close> {
        let most = self.settings.operations;
        if !matches!(self.session.get(), Some(Ok(_))) {
            Err(Close::Unauthorized)
        } else if self.operations.len() >= most {
            Err(Close::Limit(format!("a socket carries at most {most} operations at a time")))
        } else if self.operations.insert(id.to_owned()) {
            Ok(())
        } else {
            Err(Close::Duplicate)
        }
    }

    /// A message to the client.
    fn tell(&mut self, text: String) -> Message {
        if text.starts_with(r#"{"type":"complete""#)
            && let Ok(Completed { id }) = serde_json::from_str(&text)
        {
            self.operations.remove(&id);
        }
        Message::Text(text.into())
    }

    /// Why the GraphQL library closes the socket.
    fn closed(&self, code: u16, reason: String) -> Close {
        match self.session.get() {
            Some(Err(close)) => close.clone(),
            _ => Close::Other(code, reason),
        }
    }

    /// Looks after the socket: whether it is to be closed, or the client to be asked whether it is there.
    async fn look(&mut self) -> Result<Option<Message>, Option<Close>> {
        let Self { settings, .. } = *self;
        if self.heard.elapsed() > settings.silent_for {
            return Err(None);
        }
        match self.session.get() {
            None if self.asked.elapsed() > settings.init_within => return Err(Some(Close::InitTimeout)),
            Some(Ok(session)) => {
                let api = &self.graphql.api;
                if api.ledger.clock().now() >= session.expires_at {
                    let reason = "the access token has expired; open another socket with a new one";
                    return Err(Some(Close::Forbidden(reason.to_owned())));
                }
                if self.asked.elapsed() >= settings.ask_every {
                    self.asked = Instant::now();
                    still_believed(api, session).await?;
                }
            }
            None | Some(Err(_)) => {}
        }
        if self.pinged.elapsed() < settings.ping_every {
            return Ok(None);
        }
        self.pinged = Instant::now();
        Ok(Some(Message::Ping(Vec::new().into())))
    }
}

/// Who the client says it is, and whether that is believed.
async fn init(
    api: &Api,
    session: &OnceLock<Result<Session, Close>>,
    most: usize,
    payload: &Value,
) -> async_graphql::Result<Data> {
    let (outcome, answer) = match sign_in(api, most, payload).await {
        Ok((viewer, session)) => {
            let mut data = Data::default();
            data.insert(viewer);
            (Ok(session), Ok(data))
        }
        Err(close) => (Err(close), Err(Error::new("refused"))),
    };
    drop(session.set(outcome));
    answer
}

async fn sign_in(api: &Api, most: usize, payload: &Value) -> Result<(Viewer, Session), Close> {
    let value = ["Authorization", "authorization"].iter().find_map(|name| payload.get(name)?.as_str());
    let token = value.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim).ok_or_else(|| {
        Close::Forbidden("the payload's `Authorization` must be `Bearer` and an access token".to_owned())
    })?;
    let viewer = caller(api, token).await.map_err(|error| refused(&error))?;
    let expires_at = match viewer.access {
        Access::Session(_) => api.tokens.expires_at(token).map_err(|error| refused(&error.into()))?,
        Access::Token { expires_at, .. } => expires_at,
    };
    let visit = api.live.visitors().admit(viewer.participant, most);
    let visit = visit.ok_or_else(|| Close::Limit(format!("a person has at most {most} sockets open")))?;
    Ok((viewer.clone(), Session { viewer, token: token.to_owned(), expires_at, _visit: visit }))
}

/// Whether whoever signed in still could, and may do what they might then. If nobody can tell, it is asked again later.
async fn still_believed(api: &Api, session: &Session) -> Result<(), Option<Close>> {
    match caller(api, &session.token).await {
        Ok(viewer) if viewer == session.viewer => Ok(()),
        Ok(_) => Err(Some(Close::Forbidden("what you may do has changed; open another socket".to_owned()))),
        Err(error) if error.is_unbelieved() => Err(Some(refused(&error))),
        Err(error) => {
            tracing::warn!(%error, "whether a session has ended can't be found out");
            Ok(())
        }
    }
}

fn refused(error: &CallerError) -> Close {
    if error.is_unbelieved() {
        return Close::Forbidden(error.to_string());
    }
    tracing::error!(%error, "a fault");
    Close::Fault
}
