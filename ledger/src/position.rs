//! Where an event stands in its ledger, and what "as of" means.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use stele_domain::Timestamp;

use crate::{Ledger, ReadError};

/// A place in a ledger: 1 for the first event, with no gaps. 0 stands before every event.
///
/// As there are no gaps, the position of the last event is also how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Position(u64);

impl Position {
    /// Before every event.
    pub const START: Self = Self(0);

    /// The position as a number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The next position.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    pub(crate) const fn to_sql(self) -> i64 {
        self.0.cast_signed()
    }

    pub(crate) const fn from_sql(position: i64) -> Self {
        Self(position.cast_unsigned())
    }
}

impl From<u64> for Position {
    fn from(position: u64) -> Self {
        // PostgreSQL's bigint is signed; no ledger gets there
        Self(position.min(i64::MAX.cast_unsigned()))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A moment in what the ledger knew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// Everything recorded so far.
    Now,
    /// The first events, up to and including this position.
    Position(Position),
    /// Everything recorded at or before this time.
    Time(Timestamp),
}

/// A text that names no moment.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither a position (a whole number) nor a time (RFC 3339, such as 2026-01-31T09:30:00Z)")]
pub struct AsOfError(String);

impl FromStr for AsOf {
    type Err = AsOfError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(position) = text.parse::<u64>() {
            return Ok(Self::Position(position.into()));
        }
        text.parse().map(Self::Time).map_err(|_| AsOfError(text.to_owned()))
    }
}

impl Ledger {
    /// The one position that `as_of` means. A position beyond the head is refused, as nothing is known there yet.
    pub async fn as_of(&self, as_of: AsOf) -> Result<Position, ReadError> {
        let head = self.head().await?.position();
        match as_of {
            AsOf::Now => Ok(head),
            AsOf::Position(asked) if asked > head => Err(ReadError::BeyondHead { asked, head }),
            AsOf::Position(position) => Ok(position),
            AsOf::Time(time) => {
                let position = sqlx::query_scalar!(
                    r#"select ledger_position_at($1, $2) as "position!""#,
                    self.id(),
                    time.to_utc()
                )
                .fetch_one(self.database().pool())
                .await?;
                Ok(Position::from_sql(position))
            }
        }
    }
}
