//! Signing in with an account elsewhere: the authorization code flow of OpenID Connect Core 1.0 with PKCE (RFC 7636), for
//! clients that keep no cookies.
//!
//! Whoever begins gets a handle, which the address that they go to does not have. Only who has both what came back with the
//! browser and the handle completes it, so that nobody is made to complete what somebody else has begun (RFC 9700 §4.7).

mod fetch;
mod id_token;
mod identity;
mod issuer;
mod link;
mod login;
mod visit;

pub(crate) use identity::{find, unlink};
pub use issuer::{ClientSecret, Issuer, IssuerError, IssuerSettings};
pub(crate) use link::{begin_link, complete_link};
pub(crate) use login::complete_login;
pub(crate) use visit::{Begun, Return, begin};

use issuer::AskError;

use super::{LoginError, SecondFactorError, TooMany};

/// Why nobody was signed in or linked.
#[derive(Debug, thiserror::Error)]
pub enum ExternalLoginError {
    /// No issuer is configured.
    #[error("this server knows no external issuer")]
    Off,
    /// Something is wrong with what came back, or nobody here has the identity; which of them is not told.
    #[error("the external sign-in failed; begin another one")]
    Failed,
    /// The issuer can't be used at the moment.
    #[error("the external issuer can't be used at the moment; try again later")]
    Unavailable,
    /// The password is wrong.
    #[error("the password is wrong")]
    WrongPassword,
    /// A code is missing.
    #[error("a code is needed too; begin another external sign-in, and complete it with a code of the second factor")]
    SecondFactorNeeded,
    /// The identity is somebody's, or its owner has another one.
    #[error("the identity is linked already, or another one is linked to you")]
    Linked,
    /// Nothing is linked.
    #[error("no external identity is linked to you")]
    NotLinked,
    /// There were too many attempts.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The session could not be begun.
    #[error(transparent)]
    Login(LoginError),
    /// The password or the code could not be checked.
    #[error(transparent)]
    SecondFactor(SecondFactorError),
    /// What is stored could not be read or written.
    #[error("an external sign-in or identity could not be read or written: {0}")]
    Sql(#[from] sqlx::Error),
}

impl From<AskError> for ExternalLoginError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Unavailable(_) => {
                tracing::warn!(%error, "an external sign-in was not possible");
                Self::Unavailable
            }
            AskError::Code(_) | AskError::IdToken(_) => {
                tracing::warn!(%error, "an external sign-in was refused");
                Self::Failed
            }
        }
    }
}

impl From<LoginError> for ExternalLoginError {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Wrong => Self::Failed,
            LoginError::SecondFactorNeeded => Self::SecondFactorNeeded,
            LoginError::TooMany(too_many) => Self::TooMany(too_many),
            other => Self::Login(other),
        }
    }
}

impl From<SecondFactorError> for ExternalLoginError {
    fn from(error: SecondFactorError) -> Self {
        match error {
            SecondFactorError::Wrong => Self::WrongPassword,
            SecondFactorError::TooMany(too_many) => Self::TooMany(too_many),
            other => Self::SecondFactor(other),
        }
    }
}
