//! Who is calling: passwords, sign-in and access tokens.

mod attempts;
mod credential;
mod erase;
mod password;
mod register;
mod token;

pub use attempts::{Attempts, TooMany};
pub use credential::CredentialError;
pub use erase::{EraseAccountError, erase, keep_erasing};
pub use password::{PasswordError, Passwords};
pub use register::{RegisterError, Registration, register};
pub use token::{TokenError, TokenKey, Tokens};

use std::sync::Arc;

use stele_domain::{
    ParticipantId, Timestamp,
    participant::{Participant, Roles},
};
use stele_ledger::{Ledger, LoadError};

/// Someone who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Who.
    pub participant: ParticipantId,
    /// What they may do, and where, as of now: the history is asked at every request.
    pub roles: Roles,
}

/// A signed-in session.
#[derive(Clone, Debug)]
pub struct Session {
    /// The access token, to be sent as `Authorization: Bearer`.
    pub token: String,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// Who signed in.
    pub viewer: Viewer,
}

/// Why nobody could be signed in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The address or the password is wrong; which of the two is not told.
    #[error("the address or the password is wrong")]
    Wrong,
    /// The credential could not be read.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The password could not be checked.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The participant could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The token could not be signed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// Why it is not known who is calling.
#[derive(Debug, thiserror::Error)]
pub enum CallerError {
    /// The token is not believed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Whoever the token was issued to can no longer sign in.
    #[error("the account that this access token was issued to no longer exists")]
    Gone,
    /// Whether they can could not be read.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// What they may do could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// Who bears a token, if they could still sign in, and what they may do. It is asked at every request, so a session ends
/// with the credential, and a role when it is revoked.
pub(crate) async fn caller(ledger: &Ledger, tokens: &Tokens, token: &str) -> Result<Viewer, CallerError> {
    let participant = tokens.check(token, ledger.clock().now())?;
    if !credential::exists(ledger, participant).await? {
        return Err(CallerError::Gone);
    }
    let (state, _) = ledger.load::<Participant>(participant.uuid()).await?;
    Ok(Viewer { participant, roles: state.roles().clone() })
}

/// Signs someone in. It takes as long for an address that nobody has as for a wrong password.
pub async fn login(
    ledger: &Ledger,
    passwords: &Arc<Passwords>,
    tokens: &Tokens,
    email: &str,
    password: String,
) -> Result<Session, LoginError> {
    let credential = credential::find(ledger, email).await?;
    let hash = credential.as_ref().map(|credential| credential.password_hash.clone());
    let right = passwords.verify(password, hash).await?;
    let (Some(credential), true) = (credential, right) else { return Err(LoginError::Wrong) };
    let (participant, _) = ledger.load::<Participant>(credential.participant.uuid()).await?;
    let viewer = Viewer { participant: credential.participant, roles: participant.roles().clone() };
    let (token, expires_at) = tokens.issue(viewer.participant, ledger.clock().now())?;
    Ok(Session { token, expires_at, viewer })
}
