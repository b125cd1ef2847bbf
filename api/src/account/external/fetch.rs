//! Requests to the issuer: over TLS but on this machine, following nowhere, and of bounded time and size.

use std::{io, time::Duration};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderValue, Request, StatusCode, header},
};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::{TlsConnector, rustls};
use url::{Host, Url};

use crate::tls;

/// How long a request may take, with the connection.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long an answer's head may be, in bytes.
const MAX_HEAD: usize = 16 << 10;
/// How long an answer may be, in bytes.
const MAX_BODY: usize = 256 << 10;

/// Why the issuer gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// The address can't be used.
    #[error("the address can't be used")]
    Address,
    /// Nobody can be reached there.
    #[error("it can't be reached: {0}")]
    Connect(#[from] io::Error),
    /// It does not speak HTTP, or hung up.
    #[error("it gave no answer: {0}")]
    Http(#[from] hyper::Error),
    /// The answer is too long, or ended early.
    #[error("the answer can't be read, or has more than {MAX_BODY} bytes: {0}")]
    Body(axum::Error),
    /// It took too long.
    #[error("it took longer than {} seconds", .0.as_secs_f32())]
    Timeout(Duration),
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

/// Asks the issuer.
pub(super) struct Fetcher {
    tls: TlsConnector,
    answer_within: Duration,
}

impl Fetcher {
    pub(super) fn new() -> Result<Self, rustls::Error> {
        Ok(Self { tls: tls::connector()?, answer_within: ANSWER_WITHIN })
    }

    pub(super) const fn answered_within(mut self, limit: Duration) -> Self {
        self.answer_within = limit;
        self
    }

    pub(super) async fn get(&self, url: &Url) -> Result<Answer, FetchError> {
        let request = Request::get(target(url)).body(Body::empty()).map_err(|_| FetchError::Address)?;
        self.send(url, request).await
    }

    /// Posts a form, with what the client shows that it is.
    pub(super) async fn post(
        &self,
        url: &Url,
        form: String,
        authorization: Option<HeaderValue>,
    ) -> Result<Answer, FetchError> {
        let mut request = Request::post(target(url))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::CONTENT_LENGTH, form.len());
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let request = request.body(Body::from(form)).map_err(|_| FetchError::Address)?;
        self.send(url, request).await
    }

    async fn send(&self, url: &Url, mut request: Request<Body>) -> Result<Answer, FetchError> {
        let host = HeaderValue::from_str(&url[url::Position::BeforeHost..url::Position::AfterPort]);
        let headers = request.headers_mut();
        headers.insert(header::HOST, host.map_err(|_| FetchError::Address)?);
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let answered = timeout(self.answer_within, self.connect_and_send(url, request)).await;
        answered.map_err(|_| FetchError::Timeout(self.answer_within))?
    }

    async fn connect_and_send(&self, url: &Url, request: Request<Body>) -> Result<Answer, FetchError> {
        let host = url.host().ok_or(FetchError::Address)?;
        let port = url.port_or_known_default().ok_or(FetchError::Address)?;
        let stream = match host {
            Host::Domain(name) => {
                let addresses: Vec<_> = lookup_host((name, port)).await?.collect();
                TcpStream::connect(&addresses[..]).await?
            }
            Host::Ipv4(address) => TcpStream::connect((address, port)).await?,
            Host::Ipv6(address) => TcpStream::connect((address, port)).await?,
        };
        if url.scheme() == "http" {
            return exchange(stream, request).await;
        }
        let name = tls::server_name(&host).map_err(|_| FetchError::Address)?;
        exchange(self.tls.connect(name, stream).await?, request).await
    }
}

fn target(url: &Url) -> &str {
    &url[url::Position::BeforePath..url::Position::AfterQuery]
}

/// Sends a request over a connection of its own, which ends with the answer.
async fn exchange<S>(stream: S, request: Request<Body>) -> Result<Answer, FetchError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(MAX_HEAD).handshake(TokioIo::new(stream)).await?;
    let answer = async {
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        let body = to_bytes(Body::new(answer.into_body()), MAX_BODY).await.map_err(FetchError::Body)?;
        Ok(Answer { status, body: body.to_vec() })
    };
    tokio::pin!(answer, connection);
    tokio::select! {
        answer = &mut answer => answer,
        ended = &mut connection => {
            ended?;
            answer.await
        }
    }
}
