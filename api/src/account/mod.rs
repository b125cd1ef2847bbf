//! Who is calling: invitations, passwords, second factors, external identities, sign-in and access tokens.

mod attempts;
mod change_password;
mod credential;
mod erase;
pub(crate) mod external;
pub(crate) mod invitation;
mod jwk;
mod password;
pub(crate) mod personal_token;
mod register;
pub(crate) mod second_factor;
pub(crate) mod session;
mod token;

pub use attempts::{Attempts, TooMany};
pub use change_password::ChangePasswordError;
pub(crate) use change_password::change_password;
pub use credential::CredentialError;
pub use erase::{EraseAccountError, erase, keep_erasing};
pub use external::{ClientSecret, ExternalLoginError, Issuer, IssuerError, IssuerSettings};
pub use invitation::{InvitationError, forget_invitations, keep_forgetting_invitations};
pub(crate) use jwk::Jwk;
pub use password::{PasswordError, Passwords};
pub use personal_token::{Level, PersonalTokenError, Scope};
pub use register::{RegisterError, Registration, RegistrationMode, register};
pub use second_factor::SecondFactorError;
pub use session::{RefreshToken, SessionError, SessionId};
pub use token::{Bearer, TokenError, TokenKey, Tokens};

use std::sync::Arc;

use stele_domain::{
    ParticipantId, ProjectId, Timestamp,
    participant::{Participant, Roles},
};
use stele_ledger::{Ledger, LoadError, StatementError};
use tokio::join;

use crate::Api;
use session::Shown;

/// Someone who has signed in, or a program that calls in their name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Who.
    pub participant: ParticipantId,
    /// What they may do, and where, as of now: the history is asked at every request. A personal access token for one project
    /// leaves what counts there.
    pub roles: Roles,
    /// What they call with.
    pub access: Access,
}

/// What somebody calls with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A session that they signed in to.
    Session(SessionId),
    /// A personal access token.
    Token {
        /// What it may be used for.
        scope: Scope,
        /// When it stops working.
        expires_at: Timestamp,
    },
}

impl Viewer {
    /// The session that they signed in to, if it is one that they call with.
    #[must_use]
    pub const fn session(&self) -> Option<SessionId> {
        match self.access {
            Access::Session(session) => Some(session),
            Access::Token { .. } => None,
        }
    }

    /// Whether they may ask for anything to happen.
    #[must_use]
    pub fn may_write(&self) -> bool {
        match self.access {
            Access::Session(_) => true,
            Access::Token { scope, .. } => scope.level == Level::Write,
        }
    }

    /// The only project that they may have to do with, if there is just one.
    #[must_use]
    pub const fn only_project(&self) -> Option<ProjectId> {
        match self.access {
            Access::Session(_) => None,
            Access::Token { scope, .. } => scope.project,
        }
    }
}

/// A signed-in session.
#[derive(Clone, Debug)]
pub struct Session {
    /// The access token, to be sent as `Authorization: Bearer`.
    pub token: String,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// What is exchanged for the next access token.
    pub refresh_token: RefreshToken,
    /// When the session ends, however often it is refreshed.
    pub ends_at: Timestamp,
    /// Who signed in.
    pub viewer: Viewer,
}

/// Why nobody could be signed in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// The address, the password or the code is wrong; which of them is not told.
    #[error("the address, the password or the code is wrong")]
    Wrong,
    /// The password is right, and a code is missing.
    #[error("a code is needed too: of the authenticator, or a recovery code")]
    SecondFactorNeeded,
    /// There were too many attempts.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// No session has the refresh token, or none any longer.
    #[error("the session has ended; sign in again")]
    Ended,
    /// The credential could not be read.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The session could not be begun.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The password could not be checked.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The code could not be checked.
    #[error(transparent)]
    SecondFactor(SecondFactorError),
    /// The participant could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The token could not be signed.
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl From<SecondFactorError> for LoginError {
    fn from(error: SecondFactorError) -> Self {
        match error {
            SecondFactorError::Wrong => Self::Wrong,
            SecondFactorError::TooMany(too_many) => Self::TooMany(too_many),
            other => Self::SecondFactor(other),
        }
    }
}

/// Why it is not known who is calling.
#[derive(Debug, thiserror::Error)]
pub enum CallerError {
    /// The token is not believed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The session that the token was issued in has ended.
    #[error("the session of this access token has ended; sign in again")]
    Gone,
    /// Whether it has could not be read.
    #[error(transparent)]
    Session(#[from] StatementError),
    /// Whether it is a personal access token could not be read.
    #[error(transparent)]
    PersonalToken(#[from] PersonalTokenError),
    /// What they may do could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl CallerError {
    /// Whether it is the token that is wrong, and not something on our side.
    pub(crate) const fn is_unbelieved(&self) -> bool {
        matches!(self, Self::Token(_) | Self::Gone)
    }
}

/// Who bears a token, if it is one of theirs or its session goes on, and what they may do. It is asked at every request, so
/// a token stops with its session or when it is revoked, and a role when it is revoked.
pub(crate) async fn caller(api: &Api, token: &str) -> Result<Viewer, CallerError> {
    let (participant, access) = if let Some(found) = personal_token::believed(&api.ledger, token).await? {
        (found.participant, Access::Token { scope: found.scope, expires_at: found.expires_at })
    } else {
        // a personal access token that works no more is told the same as any text that is no token
        let Bearer { participant, session } = api.tokens.check(token, api.ledger.clock().now())?;
        (participant, Access::Session(session))
    };
    let (lives, loaded) =
        join!(session_lives(api, participant, access), api.ledger.load::<Participant>(participant.uuid()));
    if !lives? {
        return Err(CallerError::Gone);
    }
    let mut viewer = Viewer { participant, roles: loaded?.0.roles().clone(), access };
    if let Some(project) = viewer.only_project() {
        viewer.roles = viewer.roles.narrowed_to(project);
    }
    Ok(viewer)
}

/// Whether the session goes on that somebody signed in with, if they did.
async fn session_lives(api: &Api, participant: ParticipantId, access: Access) -> Result<bool, StatementError> {
    match access {
        Access::Session(session) => api.statements.sessions.run((participant, session)).await,
        Access::Token { .. } => Ok(true),
    }
}

/// What somebody signs in with.
pub struct SignIn {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    /// A code of the second factor, for those who have one.
    pub code: Option<String>,
}

/// Signs someone in. The same work is done for an address that nobody has as for a wrong password, and nothing is looked up
/// of a second factor before the password is right.
pub async fn login(
    ledger: &Ledger,
    passwords: &Arc<Passwords>,
    tokens: &Tokens,
    attempts: &Attempts,
    sign_in: SignIn,
) -> Result<Session, LoginError> {
    let credential = credential::find(ledger, &sign_in.email).await?;
    let hash = credential.as_ref().map(|credential| credential.password_hash.clone());
    let right = passwords.verify(sign_in.password, hash).await?;
    let (Some(credential), true) = (credential, right) else { return Err(LoginError::Wrong) };
    let proof = match sign_in.code.filter(|code| !code.is_empty()) {
        Some(code) => second_factor::check(ledger, attempts, credential.participant, &code).await?,
        None => None,
    };
    let begun =
        session::begin(ledger, credential.participant, Shown::Password(&credential.password_hash), proof.as_ref())
            .await?;
    issue(ledger, tokens, begun).await
}

/// Exchanges a refresh token for an access token and the next refresh token. Used twice, it ends the session.
pub async fn refresh(ledger: &Ledger, tokens: &Tokens, token: &str) -> Result<Session, LoginError> {
    let begun = session::refresh(ledger, token).await?;
    issue(ledger, tokens, begun.ok_or(LoginError::Ended)?).await
}

async fn issue(ledger: &Ledger, tokens: &Tokens, begun: session::Begun) -> Result<Session, LoginError> {
    let (participant, _) = ledger.load::<Participant>(begun.participant.uuid()).await?;
    let bearer = Bearer { participant: begun.participant, session: begun.id };
    let (token, expires_at) = tokens.issue(bearer, ledger.clock().now())?;
    let (roles, access) = (participant.roles().clone(), Access::Session(begun.id));
    let viewer = Viewer { participant: begun.participant, roles, access };
    Ok(Session { token, expires_at, refresh_token: begun.refresh_token, ends_at: begun.ends_at, viewer })
}
