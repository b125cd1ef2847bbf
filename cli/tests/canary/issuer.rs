//! An external issuer: a fake, which tells of whoever the test wants, and says what is not so.

use std::{
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Runtime};

/// The key pair of RFC 8037 §A.1, whose private part is in PKCS #8 (RFC 8410 §7).
const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const PRIVATE: &str = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v_VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";

/// What the server is called there.
const CLIENT: &str = "stele";

/// A running issuer.
pub(crate) struct FakeIssuer {
    url: String,
    /// The claims that it signs for any code.
    claims: Arc<Mutex<Value>>,
    _runtime: Runtime,
}

impl FakeIssuer {
    pub(crate) fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let claims = Arc::new(Mutex::new(Value::Null));
        let discovery = json!({
            "issuer": url, "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"), "jwks_uri": format!("{url}/keys"),
        });
        let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": PUBLIC }] });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(async || Json(discovery)))
            .route("/keys", get(async || Json(keys)))
            .route("/token", post(token))
            .with_state(Arc::clone(&claims));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self { url, claims, _runtime: runtime }
    }

    /// The options of a server that believes it.
    pub(crate) fn options(&self) -> [String; 3] {
        let url = &self.url;
        [
            format!("--oidc-issuer={url}"),
            format!("--oidc-client-id={CLIENT}"),
            format!("--oidc-redirect-uri={url}/back"),
        ]
    }

    /// Tells of somebody to whoever asks next, with claims that are changed.
    #[expect(clippy::disallowed_methods, reason = "the server under test goes by the clock")]
    pub(crate) fn tell_of(&self, subject: &str, nonce: &str, change: impl FnOnce(&mut Value)) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let mut claims = json!({
            "iss": self.url, "aud": CLIENT, "sub": subject, "nonce": nonce, "iat": now, "exp": now + 60,
        });
        change(&mut claims);
        *self.claims.lock().expect("not poisoned") = claims;
    }
}

async fn token(State(claims): State<Arc<Mutex<Value>>>) -> Json<Value> {
    let claims = claims.lock().expect("not poisoned").clone();
    let private = BASE64_URL_SAFE_NO_PAD.decode(PRIVATE).expect("base64");
    let signed = jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &EncodingKey::from_ed_der(&private));
    Json(json!({ "id_token": signed.expect("signed"), "token_type": "Bearer" }))
}
