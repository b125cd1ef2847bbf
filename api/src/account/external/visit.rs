//! A visit to the issuer, from its beginning until somebody comes back.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use stele_ledger::Ledger;
use url::Url;

use super::{
    ExternalLoginError,
    issuer::{Issuer, Visit},
};
use crate::account::SessionId;

/// How long a visit may take, in seconds.
const LIFETIME: u32 = 10 * 60;

/// A visit that has begun.
pub(crate) struct Begun {
    /// Where to go.
    pub(crate) authorization_url: Url,
    /// What it is completed with: for who has begun it, and for nobody else.
    pub(crate) handle: String,
}

/// What somebody comes back with.
pub(crate) struct Return {
    /// What they were given when they began.
    pub(crate) handle: String,
    /// What the issuer sends back as it was.
    pub(crate) state: String,
    /// What the issuer gave.
    pub(crate) code: String,
}

/// What follows from a handle, for whoever has the ledger's pseudonym key: there is nothing to store, nor to steal.
fn visit(ledger: &Ledger, handle: &str) -> Visit {
    let derived = |what: &str| URL_SAFE_NO_PAD.encode(ledger.mint().pseudonym(what, &[handle]));
    let (state, nonce) = (derived("external login state"), derived("external login nonce"));
    Visit { state, nonce, verifier: derived("external login verifier") }
}

fn hash(ledger: &Ledger, handle: &str) -> [u8; 32] {
    ledger.mint().pseudonym("external login", &[handle])
}

/// Begins a visit: to sign in, or, in a session, to link an identity.
pub(crate) async fn begin(
    ledger: &Ledger,
    issuer: &Issuer,
    session: Option<SessionId>,
) -> Result<Begun, ExternalLoginError> {
    let now = ledger.clock().now();
    let handle = URL_SAFE_NO_PAD.encode(ledger.mint().secret());
    let visit = visit(ledger, &handle);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&visit.verifier));
    let authorization_url = issuer.authorization_url(&visit, &challenge, now).await?;
    sqlx::query!("delete from external_login where ledger_id = $1 and expires_at <= $2", ledger.id(), now.to_utc())
        .execute(ledger.database().pool())
        .await?;
    sqlx::query!(
        "insert into external_login (ledger_id, handle_hash, session_id, expires_at) values ($1, $2, $3, $4)",
        ledger.id(),
        &hash(ledger, &handle)[..],
        session.map(SessionId::uuid),
        now.plus_seconds(LIFETIME).to_utc()
    )
    .execute(ledger.database().pool())
    .await?;
    Ok(Begun { authorization_url, handle })
}

/// Ends a visit, and asks the issuer who has come; a keyed hash of who they are there. It can be ended once, by who began it,
/// and for what it was begun.
pub(super) async fn end(
    ledger: &Ledger,
    issuer: &Issuer,
    session: Option<SessionId>,
    back: &Return,
) -> Result<[u8; 32], ExternalLoginError> {
    let (visit, now) = (visit(ledger, &back.handle), ledger.clock().now());
    if back.state != visit.state {
        return Err(ExternalLoginError::Failed);
    }
    // of two at a time, the second finds nothing
    let ended = sqlx::query!(
        "delete from external_login
        where ledger_id = $1 and handle_hash = $2 and session_id is not distinct from $3 and expires_at > $4",
        ledger.id(),
        &hash(ledger, &back.handle)[..],
        session.map(SessionId::uuid),
        now.to_utc()
    )
    .execute(ledger.database().pool())
    .await?;
    if ended.rows_affected() == 0 {
        return Err(ExternalLoginError::Failed);
    }
    let subject = issuer.subject(&visit, &back.code, now).await?;
    Ok(ledger.mint().pseudonym("external identity", &[issuer.name(), &subject]))
}
