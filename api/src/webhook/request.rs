//! One request to a receiver: over TLS, to a public address, following nowhere, and reading no more than the status.

use std::{io, net::SocketAddr, time::Duration};

use axum::{
    body::Body,
    http::{Request, StatusCode, header, uri::InvalidUri},
};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{self, pki_types::InvalidDnsNameError},
};
use url::{Host, Url};

use super::address::is_public;
use crate::tls;

/// How long a connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long a request may take, with the connection.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
/// How long an answer's head may be, in bytes.
const MAX_HEAD: usize = 16 << 10;

/// Why a request got no answer. No variant repeats the address: it may hold a secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    /// The address is none.
    #[error("the address can't be used")]
    Address,
    /// The address is one of those that nothing is sent to.
    #[error("the receiver's address is not one of the public internet")]
    Private,
    /// The name has no address, or nobody could tell.
    #[error("the receiver's name can't be resolved: {0}")]
    Resolve(#[source] io::Error),
    /// Nobody listens there.
    #[error("the receiver can't be reached: {0}")]
    Connect(#[source] io::Error),
    /// The receiver is not who it should be, or speaks no TLS.
    #[error("TLS with the receiver failed: {0}")]
    Tls(#[source] io::Error),
    /// The receiver does not speak HTTP, or hung up.
    #[error("the receiver gave no answer: {0}")]
    Http(#[from] hyper::Error),
    /// It took too long.
    #[error("the receiver took longer than {} seconds", .0.as_secs_f32())]
    Timeout(Duration),
}

impl From<InvalidUri> for SendError {
    fn from(_: InvalidUri) -> Self {
        Self::Address
    }
}

impl From<axum::http::Error> for SendError {
    fn from(_: axum::http::Error) -> Self {
        Self::Address
    }
}

impl From<InvalidDnsNameError> for SendError {
    fn from(_: InvalidDnsNameError) -> Self {
        Self::Address
    }
}

/// A message's headers, as Standard Webhooks names them.
pub(super) struct Signed {
    pub(super) id: String,
    pub(super) timestamp: i64,
    pub(super) signature: String,
}

/// Sends requests.
pub(super) struct Client {
    tls: TlsConnector,
    insecure: bool,
    pub(super) answer_within: Duration,
}

impl Client {
    /// A client that trusts whom the machine trusts. An insecure one sends without TLS, and to any address.
    pub(super) fn new(insecure: bool) -> Result<Self, rustls::Error> {
        Ok(Self { tls: tls::connector()?, insecure, answer_within: ANSWER_WITHIN })
    }

    /// Sends a message; the status that it is answered with. Redirections are answers like any other.
    pub(super) async fn post(&self, url: &Url, signed: &Signed, body: String) -> Result<StatusCode, SendError> {
        let within = self.answer_within;
        let answered = timeout(within, self.exchange(url, signed, body)).await;
        answered.map_err(|_| SendError::Timeout(within))?
    }

    async fn exchange(&self, url: &Url, signed: &Signed, body: String) -> Result<StatusCode, SendError> {
        let request = Request::post(&url[url::Position::BeforePath..url::Position::AfterQuery])
            .header(header::HOST, &url[url::Position::BeforeHost..url::Position::AfterPort])
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_LENGTH, body.len())
            .header(header::USER_AGENT, concat!("Stele/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", &signed.id)
            .header("webhook-timestamp", signed.timestamp)
            .header("webhook-signature", &signed.signature)
            .body(Body::from(body))?;
        let stream = self.connect(url).await?;
        match (url.scheme(), url.host().ok_or(SendError::Address)?) {
            ("https", host) => {
                let name = tls::server_name(&host)?;
                send(self.tls.connect(name, stream).await.map_err(SendError::Tls)?, request).await
            }
            ("http", _) if self.insecure => send(stream, request).await,
            _ => Err(SendError::Address),
        }
    }

    /// Connects to one of the addresses that the name has now. What is checked is what is connected to, so a name that
    /// is given another address in between is no way around.
    async fn connect(&self, url: &Url) -> Result<TcpStream, SendError> {
        let port = url.port_or_known_default().ok_or(SendError::Address)?;
        let addresses: Vec<SocketAddr> = match url.host().ok_or(SendError::Address)? {
            Host::Domain(name) => lookup_host((name, port)).await.map_err(SendError::Resolve)?.collect(),
            Host::Ipv4(address) => vec![(address, port).into()],
            Host::Ipv6(address) => vec![(address, port).into()],
        };
        let mut failed = SendError::Private;
        for address in addresses.into_iter().filter(|address| self.insecure || is_public(address.ip())) {
            match timeout(CONNECT_WITHIN, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => failed = SendError::Connect(error),
                Err(_) => failed = SendError::Connect(io::ErrorKind::TimedOut.into()),
            }
        }
        Err(failed)
    }
}

/// Sends a request over a connection of its own, which ends with the answer's head.
async fn send<S>(stream: S, request: Request<Body>) -> Result<StatusCode, SendError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(MAX_HEAD).handshake(TokioIo::new(stream)).await?;
    let answer = sender.send_request(request);
    tokio::pin!(answer, connection);
    tokio::select! {
        answer = &mut answer => Ok(answer?.status()),
        ended = &mut connection => {
            ended?;
            Ok(answer.await?.status())
        }
    }
}
