//! Personal access tokens: what programs call with in somebody's name.
//!
//! A token does what its owner's roles allow, and no more than its scope says. It changes nothing about what its owner signs
//! in with, so that whoever finds one can't keep others out, or make themselves at home.

mod believe;
mod store;

pub(super) use believe::believed;
pub(crate) use store::{all, create, revoke};

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use stele_domain::{ProjectId, Timestamp};
use stele_ledger::{Ledger, Mint, OpenError, SealError};
use uuid::Uuid;

/// What every token begins with, so that people and scanners for secrets know what they see.
const PREFIX: &str = "stele_pat_";

/// The longest name, in characters.
const MAX_NAME: usize = 100;

/// How long a token works at most, in days.
const MAX_DAYS: u32 = 366;

/// How many tokens of theirs may work at a time.
const MAX_TOKENS: i64 = 100;

/// How long a token that works no more is listed, in days.
const LISTED_DAYS: i32 = 90;

/// What a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Queries and subscriptions.
    Read,
    /// Mutations too.
    Write,
}

impl Level {
    /// The name under which it is stored.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    /// The level of this name; what nobody has stored may not write.
    fn stored(name: &str) -> Self {
        if name == "write" { Self::Write } else { Self::Read }
    }
}

/// What a token may be used for, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// For what.
    pub level: Level,
    /// The only project in which its owner's roles count; without it they count wherever they do.
    pub project: Option<ProjectId>,
}

/// 256 random bits that stand for somebody. It can't be printed.
pub(crate) struct PersonalToken(String);

impl PersonalToken {
    fn fresh(mint: &Mint) -> Self {
        Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(mint.secret())))
    }

    /// The text to give to its owner, and to nobody else.
    pub(crate) fn reveal(self) -> String {
        self.0
    }
}

impl fmt::Debug for PersonalToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalToken(<secret>)")
    }
}

/// What is kept of a token. A fast hash is enough: nobody guesses 256 random bits.
fn hash(ledger: &Ledger, token: &str) -> [u8; 32] {
    ledger.mint().pseudonym("personal access token", &[token])
}

/// A token to be made.
pub(crate) struct NewToken {
    /// What its owner calls it.
    pub(crate) name: String,
    pub(crate) scope: Scope,
    pub(crate) expires_at: Timestamp,
}

/// A token as its owner sees it afterwards.
pub(crate) struct TokenRow {
    pub(crate) id: Uuid,
    /// What its owner calls it; `None` once they have been erased.
    pub(crate) name: Option<String>,
    pub(crate) scope: Scope,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
    /// When it was used last, to within a day.
    pub(crate) last_used_at: Option<DateTime<Utc>>,
    pub(crate) revoked_at: Option<DateTime<Utc>>,
}

/// Why a token was not made, found or revoked.
#[derive(Debug, thiserror::Error)]
pub enum PersonalTokenError {
    /// The name is empty or too long.
    #[error("a token's name has 1 to {MAX_NAME} characters")]
    Name,
    /// It would never work, or too long.
    #[error("a token expires in the future, and within {MAX_DAYS} days")]
    Expiry,
    /// There are too many already.
    #[error("somebody has at most {MAX_TOKENS} tokens that work; revoke one first")]
    TooMany,
    /// The name could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// A name could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A stored name is no sealed text.
    #[error("the stored name of a token is damaged: {0}")]
    Json(#[from] serde_json::Error),
    /// The token could not be read or written.
    #[error("the personal access token could not be read or written: {0}")]
    Sql(#[from] sqlx::Error),
}
