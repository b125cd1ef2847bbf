//! The one place where ambient randomness is drawn.

use std::sync::{Mutex, PoisonError};

use rand::{Rng, rngs::StdRng};

/// A cryptographic generator seeded by the operating system, shared by the tasks of a process.
#[derive(Debug)]
pub(crate) struct Random(Mutex<StdRng>);

impl Random {
    #[expect(clippy::disallowed_methods, reason = "the one place where ambient randomness is drawn")]
    pub(crate) fn from_system() -> Self {
        Self(Mutex::new(rand::make_rng()))
    }

    /// Random bytes, as many as are asked for.
    pub(crate) fn bytes<const COUNT: usize>(&self) -> [u8; COUNT] {
        let mut bytes = [0; COUNT];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }
}

/// 32 random bytes from the operating system, for a secret that no ledger need be open for.
#[must_use]
pub fn fresh_secret() -> [u8; 32] {
    Random::from_system().bytes()
}
