//! How often somebody may try to sign in: so many times a minute from an address, and so many times to an account; how often
//! to join from an address; and how often codes may be tried that have six digits.
//!
//! It is counted in this process alone, and in bounded memory: of more than a hundred thousand addresses and accounts a
//! minute, some are forgotten.

use std::{
    collections::VecDeque,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use quick_cache::sync::Cache;
use stele_domain::{ParticipantId, Timestamp};
use stele_ledger::Mint;
use uuid::Uuid;

/// How many addresses and accounts are remembered.
const REMEMBERED: usize = 100_000;

/// How long an attempt counts, in seconds.
const MINUTE: u32 = 60;

/// How long a code that was tried counts, in seconds.
const HOUR: u32 = 60 * 60;

/// How often somebody may try to sign in to one account, in a minute.
const A_MINUTE_TO_AN_ACCOUNT: usize = 10;

/// How often somebody may try to accept an invitation from one address, in a minute.
const ACCEPTANCES_A_MINUTE: usize = 5;

/// How many codes may be tried for one account, in an hour. Three of a million codes are right at a time, so that who knows
/// a password and guesses codes day and night has a chance of one in 1,400 a day.
const CODES_AN_HOUR: usize = 10;

/// What attempts are counted under.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Of {
    Address(IpAddr),
    /// An address from which somebody accepts an invitation.
    Acceptance(IpAddr),
    /// A keyed hash of what names the account.
    Account([u8; 32]),
    /// Somebody who is signed in, and shows that it is them.
    Person(Uuid),
    /// Somebody whose password is known.
    Codes(Uuid),
}

/// The attempts of the last minute.
pub struct Attempts {
    a_minute_from_an_address: usize,
    made: Cache<Of, std::sync::Arc<Mutex<VecDeque<Timestamp>>>>,
}

impl std::fmt::Debug for Attempts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempts")
            .field("a_minute_from_an_address", &self.a_minute_from_an_address)
            .finish_non_exhaustive()
    }
}

/// There were too many attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there were too many attempts; try again in {seconds} seconds")]
pub struct TooMany {
    /// When another one is let through, in seconds from now.
    pub seconds: i64,
}

impl Attempts {
    /// A counter that lets so many attempts a minute through from one address; 0 for any number.
    #[must_use]
    pub fn new(a_minute_from_an_address: usize) -> Self {
        Self { a_minute_from_an_address, made: Cache::new(REMEMBERED) }
    }

    /// Counts an attempt to sign in to the account of this e-mail address, whether it exists or not, unless there were too
    /// many: those that are not let through don't count.
    pub(crate) fn count(
        &self,
        mint: &Mint,
        from: Option<IpAddr>,
        email: &str,
        now: Timestamp,
    ) -> Result<(), TooMany> {
        let account = Of::Account(mint.pseudonym("attempts", &[&email.trim().to_lowercase()]));
        self.count_from(from, now)?;
        self.take(account, A_MINUTE_TO_AN_ACCOUNT, MINUTE, now)
    }

    /// Counts an attempt to sign in from an address, to whatever account, unless there were too many.
    pub(crate) fn count_from(&self, from: Option<IpAddr>, now: Timestamp) -> Result<(), TooMany> {
        match (from, self.a_minute_from_an_address) {
            (Some(from), limit @ 1..) => self.take(Of::Address(from), limit, MINUTE, now),
            _ => Ok(()),
        }
    }

    /// Counts an attempt to accept an invitation, unless any number may be made from an address.
    pub(crate) fn count_acceptance(&self, from: Option<IpAddr>, now: Timestamp) -> Result<(), TooMany> {
        match from {
            Some(from) if self.a_minute_from_an_address > 0 => {
                self.take(Of::Acceptance(from), ACCEPTANCES_A_MINUTE, MINUTE, now)
            }
            _ => Ok(()),
        }
    }

    /// Counts an attempt of somebody who is signed in to show that they know their password.
    pub(super) fn count_of(&self, participant: ParticipantId, now: Timestamp) -> Result<(), TooMany> {
        self.take(Of::Person(participant.uuid()), A_MINUTE_TO_AN_ACCOUNT, MINUTE, now)
    }

    /// Counts a code that is tried by somebody who knows the password.
    pub(super) fn count_code(&self, participant: ParticipantId, now: Timestamp) -> Result<(), TooMany> {
        self.take(Of::Codes(participant.uuid()), CODES_AN_HOUR, HOUR, now)
    }

    fn take(&self, of: Of, limit: usize, window: u32, now: Timestamp) -> Result<(), TooMany> {
        let made = self.made.get_or_insert_with(&of, || Ok::<_, TooMany>(std::sync::Arc::default()))?;
        let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
        while made.front().is_some_and(|first| first.plus_seconds(window) <= now) {
            made.pop_front();
        }
        if made.len() < limit {
            made.push_back(now);
            return Ok(());
        }
        let free = made.front().map_or(now, |first| first.plus_seconds(window));
        Err(TooMany { seconds: (free.to_utc() - now.to_utc()).num_seconds() + 1 })
    }
}
