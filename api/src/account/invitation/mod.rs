//! Invitations: how people join. Whoever invites never learns the password, and whoever comes is who was sent the link.
//!
//! An invitation is for one address, and has beforehand the id of who they will be. However often it is accepted, there is one
//! account.

mod accept;
mod forget;
mod invite;
mod list;
mod revoke;

pub(crate) use accept::{Acceptance, accept};
pub(super) use forget::remove;
pub use forget::{forget_invitations, keep_forgetting_invitations};
pub(crate) use invite::{NewInvitation, invite};
pub(crate) use list::{InvitationRow, find, page};
pub(crate) use revoke::revoke;

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use stele_domain::{
    ParticipantId, StreamType,
    participant::{ParticipantRefusal, Role},
};
use stele_ledger::{
    ExecuteError, IdempotencyKeyError, Ledger, LoadError, Mint, OpenError, SealError, SecretError, StreamKey,
};

use super::{CredentialError, LoginError, PasswordError};

/// How long an invitation is good for if nobody says, in hours: a week.
pub(crate) const DEFAULT_HOURS: u32 = 7 * 24;

/// How long it is good for at most, in hours: thirty days.
pub(crate) const MAX_HOURS: u32 = 30 * 24;

/// How long it is kept once it is no longer good, in days.
const KEPT_DAYS: i32 = 30;

/// Who may invite, and must still be allowed to when somebody comes.
const INVITERS: &[Role] = &[Role::Admin];

/// What an invitation's sealed address is called.
pub(crate) const PATH: &str = "invitation_email";

/// Whose an invitation's sealed address is.
pub(crate) const fn stream(participant: ParticipantId) -> StreamKey {
    StreamKey { stream_type: StreamType::Participant, id: participant.uuid() }
}

/// 256 random bits that stand for an invitation. It can't be printed.
pub(crate) struct InvitationToken(String);

impl InvitationToken {
    fn fresh(mint: &Mint) -> Self {
        Self(URL_SAFE_NO_PAD.encode(mint.secret()))
    }

    /// The text to give to whoever is invited, and to nobody else.
    pub(crate) fn reveal(self) -> String {
        self.0
    }
}

impl fmt::Debug for InvitationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvitationToken(<secret>)")
    }
}

/// What is kept of a token. A fast hash is enough: nobody guesses 256 random bits.
fn hash(ledger: &Ledger, token: &str) -> [u8; 32] {
    ledger.mint().pseudonym("invitation", &[token])
}

/// Why nobody was invited or taken in, or an invitation was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    /// The token is wrong, or the invitation was used or revoked or has expired; which of them is not told.
    #[error("the invitation is not valid; it may have been used or revoked, or have expired: ask for another one")]
    Invalid,
    /// It would be good for no time, or for too long.
    #[error("an invitation is good for 1 to {MAX_HOURS} hours")]
    Expiry,
    /// Somebody signs in with the address.
    #[error("somebody is registered under this address already")]
    EmailTaken,
    /// There is no such invitation.
    #[error("there is no invitation of this id")]
    NotFound,
    /// Somebody has come.
    #[error("the invitation has been accepted")]
    Accepted,
    /// Nobody could be taken in like that.
    #[error(transparent)]
    Refused(#[from] ParticipantRefusal),
    /// The password was refused, or could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The credential could not be read.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// Who invited, or who comes, could not be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The address could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The address could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A key could not be destroyed.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The command's name is none.
    #[error(transparent)]
    Key(#[from] IdempotencyKeyError),
    /// The command could not be carried out.
    #[error(transparent)]
    Execute(Box<ExecuteError<ParticipantRefusal>>),
    /// No session could be begun.
    #[error(transparent)]
    Login(Box<LoginError>),
    /// What is stored is no address, or no roles.
    #[error("a stored invitation is damaged: {0}")]
    Json(#[from] serde_json::Error),
    /// The invitation could not be read or written.
    #[error("the invitation could not be read or written: {0}")]
    Sql(#[from] sqlx::Error),
}
