//! Where ids come from: fresh ones, and ones derived from a name in the outside world.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::{Builder, Uuid};

use crate::{Clock, random::Random};

/// Makes ids from the clock, from randomness, and from the ledger's pseudonym key.
#[derive(Debug)]
pub struct Mint {
    clock: Arc<dyn Clock>,
    random: Random,
    pseudonym_key: [u8; 32],
}

impl Mint {
    pub(crate) fn new(clock: Arc<dyn Clock>, pseudonym_key: [u8; 32]) -> Self {
        Self { clock, random: Random::from_system(), pseudonym_key }
    }

    /// A fresh `UUIDv7` (RFC 9562 §5.7).
    pub fn fresh<T: From<Uuid>>(&self) -> T {
        let millis = u64::try_from(self.clock.now().to_utc().timestamp_millis()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &self.random.bytes()).into_uuid().into()
    }

    /// The `UUIDv8` (RFC 9562 §5.8) that stands for a name in the outside world: the same name always gives the
    /// same id in this ledger. It is keyed, so the name can't be guessed back from the id.
    pub fn derived<T: From<Uuid>>(&self, kind: &str, name: &[&str]) -> T {
        let digest = self.pseudonym(kind, name);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Builder::from_custom_bytes(bytes).into_uuid().into()
    }

    /// A keyed hash (HMAC-SHA-256, RFC 2104) of a name in the outside world, such as an e-mail address.
    pub fn pseudonym(&self, kind: &str, name: &[&str]) -> [u8; 32] {
        // a key shorter than the hash's block is padded with zeros (RFC 2104 §2)
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.pseudonym_key);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        for part in std::iter::once(&kind).chain(name) {
            // each part is led by its length, so that ("a", "bc") and ("ab", "c") differ
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    /// A random number, to seed something that has to be reproducible.
    pub fn seed(&self) -> u64 {
        u64::from_ne_bytes(self.random.bytes())
    }

    /// 32 random bytes, for a secret.
    pub fn secret(&self) -> [u8; 32] {
        self.random.bytes()
    }
}
