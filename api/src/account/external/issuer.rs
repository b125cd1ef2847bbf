//! The issuer: what it says of itself (OpenID Connect Discovery 1.0), its keys, and the exchange of a code for an ID token.

use std::{fmt, time::Duration};

use axum::http::{HeaderValue, StatusCode};
use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::jwk::Jwk;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error},
};
use stele_domain::Timestamp;
use tokio::sync::Mutex;
use url::{Host, Url, form_urlencoded};

use super::{
    fetch::{FetchError, Fetcher},
    id_token::{self, Expected, IdTokenError},
};

/// How long what the issuer says of itself and its keys are believed, in seconds.
const HEARD_FOR: u32 = 60 * 60;
/// How long the issuer is left alone once it gave no answer, in seconds.
const RETRY_AFTER: u32 = 10;
/// How long the issuer is not asked for keys again, in seconds.
const KEYS_AFTER: u32 = 60;

/// Why an issuer can't be used.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// An address can't be read.
    #[error("{0} is no address: {1}")]
    Malformed(&'static str, url::ParseError),
    /// An address has no TLS.
    #[error("{0} begins with https://, or with http:// on this machine")]
    Scheme(&'static str),
    /// An address has something that does not belong there.
    #[error("{0} has no query, no fragment and no password")]
    Form(&'static str),
    /// TLS can't be used.
    #[error("TLS can't be used: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
}

/// What a client shows that it is. It can't be printed.
#[derive(Clone)]
pub struct ClientSecret(String);

impl From<String> for ClientSecret {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(<secret>)")
    }
}

/// What an operator says of the issuer.
#[derive(Clone, Debug)]
pub struct IssuerSettings {
    /// The issuer, exactly as it calls itself.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What we show it, unless we are a public client.
    pub client_secret: Option<ClientSecret>,
    /// Where it sends people back to: a page of the console.
    pub redirect_uri: String,
}

/// What the issuer says of itself.
#[derive(Clone, Deserialize)]
struct Discovery {
    issuer: String,
    #[serde(deserialize_with = "url")]
    authorization_endpoint: Url,
    #[serde(deserialize_with = "url")]
    token_endpoint: Url,
    #[serde(deserialize_with = "url")]
    jwks_uri: Url,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    Url::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// The issuer's keys.
#[derive(Deserialize)]
struct Keys {
    /// Those of a kind that is not known are left out.
    keys: Vec<serde_json::Value>,
}

/// What a code is exchanged for.
#[derive(Deserialize)]
struct Exchanged {
    id_token: String,
}

/// What was heard from the issuer, and when it was asked last.
struct Heard<T> {
    what: Option<T>,
    asked: Option<Timestamp>,
}

impl<T> Default for Heard<T> {
    fn default() -> Self {
        Self { what: None, asked: None }
    }
}

impl<T> Heard<T> {
    /// Whether the issuer was asked in the last so many seconds.
    fn within(&self, seconds: u32, now: Timestamp) -> bool {
        self.asked.is_some_and(|asked| now < asked.plus_seconds(seconds))
    }
}

/// Why it is not known who comes from the issuer.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskError {
    /// The issuer gave no answer, or none that makes sense.
    #[error("the issuer can't be used: {0}")]
    Unavailable(String),
    /// The issuer does not take the code.
    #[error("the issuer does not take the code: {0}")]
    Code(StatusCode),
    /// What it says of who comes is not believed.
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
}

impl From<FetchError> for AskError {
    fn from(error: FetchError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

/// What belongs to one visit to the issuer.
pub(super) struct Visit {
    pub(super) state: String,
    pub(super) nonce: String,
    /// The code verifier (RFC 7636 §4.1).
    pub(super) verifier: String,
}

/// An OpenID Connect issuer, whose accounts people may sign in with.
pub struct Issuer {
    settings: IssuerSettings,
    discovery_url: Url,
    fetcher: Fetcher,
    discovery: Mutex<Heard<Discovery>>,
    keys: Mutex<Heard<Vec<Jwk>>>,
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Issuer {
    /// An issuer; nothing is asked of it before somebody wants to sign in.
    pub fn new(settings: IssuerSettings) -> Result<Self, IssuerError> {
        address("the issuer", &settings.issuer, false)?;
        address("the redirect URI", &settings.redirect_uri, true)?;
        let discovery_url = format!("{}/.well-known/openid-configuration", settings.issuer.trim_end_matches('/'));
        let discovery_url = address("the issuer", &discovery_url, false)?;
        let (discovery, keys) = (Mutex::default(), Mutex::default());
        Ok(Self { settings, discovery_url, fetcher: Fetcher::new()?, discovery, keys })
    }

    /// Waits for an answer no longer than this.
    #[must_use]
    pub fn answered_within(mut self, limit: Duration) -> Self {
        self.fetcher = self.fetcher.answered_within(limit);
        self
    }

    /// The name of an identity there, as far as it is told apart from others.
    pub(super) fn name(&self) -> &str {
        &self.settings.issuer
    }

    /// Where somebody goes to show who they are (§3.1.2.1, RFC 7636 §4.3).
    pub(super) async fn authorization_url(
        &self,
        visit: &Visit,
        challenge: &str,
        now: Timestamp,
    ) -> Result<Url, AskError> {
        let mut url = self.discover(now).await?.authorization_endpoint;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.settings.redirect_uri)
            // nothing but who they are: neither a name nor an address is asked for
            .append_pair("scope", "openid")
            .append_pair("state", &visit.state)
            .append_pair("nonce", &visit.nonce)
            .append_pair("code_challenge", challenge)
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    /// Exchanges a code; who has come, as the issuer calls them (§3.1.3).
    pub(super) async fn subject(&self, visit: &Visit, code: &str, now: Timestamp) -> Result<String, AskError> {
        let discovery = self.discover(now).await?;
        let token = self.exchange(&discovery, visit, code).await?;
        let header = id_token::header(&token)?;
        let key = self.key(&discovery, &header, now).await?;
        let (issuer, client_id) = (&self.settings.issuer, &self.settings.client_id);
        let expected = Expected { issuer, client_id, nonce: &visit.nonce, now };
        Ok(id_token::check(&token, header.alg, &key, &expected)?)
    }

    /// What a code is exchanged with: the form, and what shows in a header that it is us.
    fn exchange_form(
        &self,
        discovery: &Discovery,
        visit: &Visit,
        code: &str,
    ) -> Result<(String, Option<HeaderValue>), AskError> {
        let client_id = &self.settings.client_id;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &self.settings.redirect_uri)
            .append_pair("code_verifier", &visit.verifier);
        // what is supported if nothing is said is `client_secret_basic` (Discovery §3)
        let methods = discovery.token_endpoint_auth_methods_supported.as_ref();
        let takes_basic = methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"));
        if let Some(ClientSecret(secret)) = self.settings.client_secret.as_ref().filter(|_| takes_basic) {
            return Ok((form.finish(), Some(basic(client_id, secret)?)));
        }
        form.append_pair("client_id", client_id);
        if let Some(ClientSecret(secret)) = &self.settings.client_secret {
            form.append_pair("client_secret", secret);
        }
        Ok((form.finish(), None))
    }

    async fn exchange(&self, discovery: &Discovery, visit: &Visit, code: &str) -> Result<String, AskError> {
        let (form, authorization) = self.exchange_form(discovery, visit, code)?;
        let answer = self.fetcher.post(&discovery.token_endpoint, form, authorization).await?;
        match answer.status {
            StatusCode::OK => Ok(read::<Exchanged>(&answer.body)?.id_token),
            status if status.is_client_error() => Err(AskError::Code(status)),
            status => Err(AskError::Unavailable(format!("the token endpoint answers with {status}"))),
        }
    }

    /// What the issuer says of itself, asked again after a while.
    async fn discover(&self, now: Timestamp) -> Result<Discovery, AskError> {
        let mut heard = self.discovery.lock().await;
        if let Some(discovery) = heard.what.as_ref().filter(|_| heard.within(HEARD_FOR, now)) {
            return Ok(discovery.clone());
        }
        if heard.what.is_none() && heard.within(RETRY_AFTER, now) {
            return Err(AskError::Unavailable("it gave no answer a moment ago".to_owned()));
        }
        heard.asked = Some(now);
        heard.what = None;
        let discovery: Discovery = self.get(&self.discovery_url).await?;
        if discovery.issuer != self.settings.issuer {
            return Err(AskError::Unavailable("it says that it is another".to_owned()));
        }
        for url in [&discovery.authorization_endpoint, &discovery.token_endpoint, &discovery.jwks_uri] {
            if !is_secure(url) {
                return Err(AskError::Unavailable("one of its addresses has no TLS".to_owned()));
            }
        }
        Ok(heard.what.insert(discovery).clone())
    }

    /// The key that a token is signed with. Keys are asked for again if it is not among those that are known, but not at once.
    async fn key(
        &self,
        discovery: &Discovery,
        header: &jsonwebtoken::Header,
        now: Timestamp,
    ) -> Result<Jwk, AskError> {
        let mut heard = self.keys.lock().await;
        if !heard.within(HEARD_FOR, now) {
            heard.what = None;
        }
        if let Some(key) = heard.what.as_ref().and_then(|keys| id_token::key(keys, header)) {
            return Ok(key.clone());
        }
        match &heard.what {
            Some(_) if heard.within(KEYS_AFTER, now) => return Err(IdTokenError::UnknownKey.into()),
            None if heard.within(RETRY_AFTER, now) => {
                return Err(AskError::Unavailable("it gave no keys a moment ago".to_owned()));
            }
            _ => heard.asked = Some(now),
        }
        let keys: Keys = self.get(&discovery.jwks_uri).await?;
        let keys = keys.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        Ok(id_token::key(heard.what.insert(keys), header).ok_or(IdTokenError::UnknownKey)?.clone())
    }

    async fn get<T: DeserializeOwned>(&self, url: &Url) -> Result<T, AskError> {
        let answer = self.fetcher.get(url).await?;
        if answer.status != StatusCode::OK {
            return Err(AskError::Unavailable(format!("{} answers with {}", url.path(), answer.status)));
        }
        read(&answer.body)
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, AskError> {
    // the reason is not told, as it could repeat what was read
    serde_json::from_slice(body).map_err(|_| AskError::Unavailable("an answer can't be read".to_owned()))
}

/// RFC 6749 §2.3.1: both parts are encoded as in forms.
fn basic(client_id: &str, secret: &str) -> Result<HeaderValue, AskError> {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = STANDARD.encode(format!("{}:{}", encoded(client_id), encoded(secret)));
    let mut value = HeaderValue::from_str(&format!("Basic {pair}")).map_err(|_| FetchError::Address)?;
    value.set_sensitive(true);
    Ok(value)
}

fn address(what: &'static str, text: &str, may_have_query: bool) -> Result<Url, IssuerError> {
    let url = Url::parse(text).map_err(|error| IssuerError::Malformed(what, error))?;
    if !is_secure(&url) {
        return Err(IssuerError::Scheme(what));
    }
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    if url.fragment().is_some() || has_credentials || (url.query().is_some() && !may_have_query) {
        return Err(IssuerError::Form(what));
    }
    Ok(url)
}

/// Whether what is sent there is protected: by TLS, or by not leaving the machine.
fn is_secure(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Domain(name))) => name == "localhost",
        ("http", Some(Host::Ipv4(address))) => address.is_loopback(),
        ("http", Some(Host::Ipv6(address))) => address.is_loopback(),
        _ => false,
    }
}
