//! Time, passed in: nothing else in the project reads the machine's clock.

use std::fmt;

use stele_domain::Timestamp;

/// Tells what time it is.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present instant, in UTC.
    fn now(&self) -> Timestamp;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the ambient clock is read")]
    fn now(&self) -> Timestamp {
        chrono::Utc::now().into()
    }
}
