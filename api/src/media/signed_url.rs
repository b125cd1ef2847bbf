//! Addresses that a browser can read a file at without a token, for a short while.

use std::fmt;

use hmac::{Hmac, Mac};
use sha2::Sha256;
use stele_domain::Timestamp;
use stele_media::MediaId;
use uuid::Uuid;

use crate::account::TokenKey;

/// How long an address works, in seconds.
const LIFETIME: u32 = 5 * 60;

/// What the key is derived from the token key for.
const LABEL: &str = "stele signed media urls";

/// An address of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedUrl {
    /// Where the file is, from the server's root.
    pub url: String,
    /// When the address stops working.
    pub expires_at: Timestamp,
}

/// An address that no file is read at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UrlError {
    /// It has not been signed here, or was changed.
    #[error("the address is not signed, or not as it was signed")]
    Wrong,
    /// Its time has run out.
    #[error("the address has expired; ask for another")]
    Expired,
}

/// Signs addresses of one ledger's files.
#[derive(Clone)]
pub struct UrlSigner {
    ledger: Uuid,
    /// The key that addresses are signed with, and after it those that are still believed.
    keys: Vec<Hmac<Sha256>>,
}

impl UrlSigner {
    /// A signer for the ledger of this id. Every server of the ledger needs the same token key.
    #[must_use]
    pub fn new(ledger: Uuid, key: &TokenKey) -> Self {
        Self { ledger, keys: vec![key.derive(LABEL)] }
    }

    /// Believes addresses that were signed with another key as well, the one before this.
    #[must_use]
    pub fn believing(mut self, previous: &TokenKey) -> Self {
        self.keys.push(previous.derive(LABEL));
        self
    }

    /// An address of a file that works for five minutes from now.
    #[must_use]
    pub fn sign(&self, id: MediaId, now: Timestamp) -> SignedUrl {
        let expires = now.plus_seconds(LIFETIME).to_utc().timestamp();
        let expires_at = chrono::DateTime::from_timestamp(expires, 0).map_or(now, Timestamp::from);
        let signature = self.keys.first().map(|key| self.mac(key, id, expires).finalize().into_bytes());
        let signature = hex::encode(signature.unwrap_or_default());
        SignedUrl { url: format!("/media/{id}?expires={expires}&signature={signature}"), expires_at }
    }

    /// For how many seconds an address still works, if it is one that was signed. How long the check takes does not tell
    /// how much of a signature is right.
    pub(crate) fn check(&self, id: MediaId, expires: i64, signature: &str, now: Timestamp) -> Result<i64, UrlError> {
        let signature = hex::decode(signature).map_err(|_| UrlError::Wrong)?;
        if !self.keys.iter().any(|key| self.mac(key, id, expires).verify_slice(&signature).is_ok()) {
            return Err(UrlError::Wrong);
        }
        match expires.saturating_sub(now.to_utc().timestamp()) {
            left @ 1.. => Ok(left),
            _ => Err(UrlError::Expired),
        }
    }

    /// All that is signed has a fixed length, so no two addresses are signed as the same bytes.
    fn mac(&self, key: &Hmac<Sha256>, id: MediaId, expires: i64) -> Hmac<Sha256> {
        let mut mac = key.clone();
        mac.update(self.ledger.as_bytes());
        mac.update(id.as_bytes());
        mac.update(&expires.to_be_bytes());
        mac
    }
}

impl fmt::Debug for UrlSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UrlSigner").field("ledger", &self.ledger).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: [u8; 32] = [3; 32];

    fn now() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().expect("valid time")
    }

    fn parts(url: &SignedUrl) -> (i64, String) {
        let (_, query) = url.url.split_once("?expires=").expect("a query");
        let (expires, signature) = query.split_once("&signature=").expect("a signature");
        (expires.parse().expect("a time"), signature.to_owned())
    }

    #[test]
    fn an_address_works_for_its_file_and_its_time_alone() {
        let signer = UrlSigner::new(Uuid::from_u128(1), &TokenKey::new([1; 32]));
        let url = signer.sign(ID.into(), now());
        assert_eq!(url.expires_at, now().plus_seconds(300));
        let (expires, signature) = parts(&url);
        assert_eq!(signer.check(ID.into(), expires, &signature, now()), Ok(300));
        assert_eq!(signer.check(ID.into(), expires, &signature, now().plus_seconds(299)), Ok(1));
        assert_eq!(signer.check(ID.into(), expires, &signature, now().plus_seconds(300)), Err(UrlError::Expired));
        assert_eq!(signer.check([4; 32].into(), expires, &signature, now()), Err(UrlError::Wrong));
        assert_eq!(signer.check(ID.into(), expires + 1, &signature, now()), Err(UrlError::Wrong));
        for wrong in ["", "00", "x", &signature[2..], &"0".repeat(64)] {
            assert_eq!(signer.check(ID.into(), expires, wrong, now()), Err(UrlError::Wrong), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_of_one_ledger_and_one_key() {
        let [old, new] = [TokenKey::new([1; 32]), TokenKey::new([2; 32])];
        let ledger = Uuid::from_u128(1);
        let (expires, signature) = parts(&UrlSigner::new(ledger, &old).sign(ID.into(), now()));
        let check = |signer: UrlSigner| signer.check(ID.into(), expires, &signature, now());
        assert_eq!(check(UrlSigner::new(Uuid::from_u128(2), &old)), Err(UrlError::Wrong));
        assert_eq!(check(UrlSigner::new(ledger, &new)), Err(UrlError::Wrong));
        assert_eq!(check(UrlSigner::new(ledger, &new).believing(&old)), Ok(300));
    }
}
