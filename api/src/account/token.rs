//! Access tokens: JSON Web Tokens (RFC 7519) signed with `EdDSA` (RFC 8037), valid for fifteen minutes.

use std::fmt;

use chrono::DateTime;
use ed25519_dalek::SigningKey;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use stele_domain::{ParticipantId, Timestamp};
use uuid::Uuid;

use super::{Jwk, SessionId};

/// How long a token works, in seconds.
const LIFETIME: u32 = 15 * 60;

/// How many tokens are remembered once their signature was found right.
const REMEMBERED: usize = 10_000;

/// What stands before the 32 bytes of an Ed25519 seed in PKCS #8 (RFC 8410 §7).
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// The secret that tokens are signed with: an Ed25519 seed. It can't be printed.
#[derive(Clone)]
pub struct TokenKey([u8; 32]);

impl TokenKey {
    /// A key from its 32 secret bytes.
    #[must_use]
    pub const fn new(seed: [u8; 32]) -> Self {
        Self(seed)
    }

    /// A key for something else, from which this one can't be told: the HMAC-SHA-256 (RFC 2104) of what it is for.
    pub(crate) fn derive(&self, label: &str) -> Hmac<Sha256> {
        // a key shorter than the hash's block is padded with zeros (RFC 2104 §2)
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.0);
        let mut derived = Hmac::<Sha256>::new(&block.into());
        derived.update(label.as_bytes());
        block[..32].copy_from_slice(&derived.finalize().into_bytes());
        Hmac::new(&block.into())
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(<secret>)")
    }
}

/// Whom a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// Who signed in.
    pub participant: ParticipantId,
    /// The session that they began.
    pub session: SessionId,
}

/// Why a token was not signed or not believed.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It is not a token of ours, or it has been changed.
    #[error("the access token is not valid: {0}")]
    Invalid(#[from] jsonwebtoken::errors::Error),
    /// It is signed with a key that is none of ours, or no longer.
    #[error("the access token names no key of this server")]
    UnknownKey,
    /// Its time has run out.
    #[error("the access token has expired; sign in again")]
    Expired,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: ParticipantId,
    sid: SessionId,
    iat: i64,
    exp: i64,
}

/// What a token says whose signature is right.
#[derive(Clone, Copy)]
struct Believed {
    bearer: Bearer,
    exp: i64,
}

/// A key that tokens are checked with.
struct Checking {
    jwk: Jwk,
    key: DecodingKey,
}

impl Checking {
    fn of(key: &TokenKey) -> Self {
        let public = SigningKey::from_bytes(&key.0).verifying_key();
        Self { jwk: Jwk::of(&public), key: DecodingKey::from_ed_der(public.as_bytes()) }
    }
}

/// Signs and checks access tokens for one ledger.
pub struct Tokens {
    issuer: String,
    header: Header,
    signing: EncodingKey,
    /// The key that tokens are signed with, and those that are still believed.
    checking: Vec<Checking>,
    validation: Validation,
    /// What tokens say whose signatures were found right. A session sends one hundreds of times, and to check a signature
    /// costs more than most of what is asked for.
    believed: Cache<String, Believed>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Tokens for the ledger of this id. Every server of the ledger needs the same key.
    #[must_use]
    pub fn new(ledger: Uuid, key: &TokenKey) -> Self {
        let issuer = format!("stele:{ledger}");
        let checking = Checking::of(key);
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&issuer]);
        validation.set_audience(&[&issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // expiry is held against the clock that is passed in
        validation.validate_exp = false;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(checking.jwk.kid.clone());
        let signing = EncodingKey::from_ed_der(&[&PKCS8_PREFIX[..], &key.0].concat());
        Self { issuer, header, signing, checking: vec![checking], validation, believed: Cache::new(REMEMBERED) }
    }

    /// Believes tokens of another key as well, the one before this.
    #[must_use]
    pub fn believing(mut self, previous: &TokenKey) -> Self {
        self.checking.push(Checking::of(previous));
        self
    }

    /// The public keys, for whoever checks tokens elsewhere (a JWK Set, RFC 7517 §5).
    pub(crate) fn jwks(&self) -> impl Iterator<Item = &Jwk> {
        self.checking.iter().map(|checking| &checking.jwk)
    }

    /// A token for someone who has just signed in, and when it expires.
    pub fn issue(&self, bearer: Bearer, now: Timestamp) -> Result<(String, Timestamp), TokenError> {
        let expires_at = now.plus_seconds(LIFETIME);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.issuer.clone(),
            sub: bearer.participant,
            sid: bearer.session,
            iat: now.to_utc().timestamp(),
            exp: expires_at.to_utc().timestamp(),
        };
        let token = jsonwebtoken::encode(&self.header, &claims, &self.signing)?;
        Ok((token, expires_at))
    }

    /// When a token stops working.
    pub fn expires_at(&self, token: &str) -> Result<Timestamp, TokenError> {
        Ok(DateTime::from_timestamp(self.believe(token)?.exp, 0).ok_or(TokenError::Expired)?.into())
    }

    /// Whom this token stands for.
    pub fn check(&self, token: &str, now: Timestamp) -> Result<Bearer, TokenError> {
        let Believed { bearer, exp } = self.believe(token)?;
        if exp <= now.to_utc().timestamp() {
            return Err(TokenError::Expired);
        }
        Ok(bearer)
    }

    fn believe(&self, token: &str) -> Result<Believed, TokenError> {
        if let Some(believed) = self.believed.get(token) {
            return Ok(believed);
        }
        let named = jsonwebtoken::decode_header(token)?.kid;
        let key = self.checking.iter().find(|checking| Some(&checking.jwk.kid) == named.as_ref());
        let key = &key.ok_or(TokenError::UnknownKey)?.key;
        let Claims { sub, sid, exp, .. } = jsonwebtoken::decode(token, key, &self.validation)?.claims;
        let believed = Believed { bearer: Bearer { participant: sub, session: sid }, exp };
        self.believed.insert(token.to_owned(), believed);
        Ok(believed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().expect("valid time")
    }

    fn holder() -> Bearer {
        Bearer { participant: Uuid::from_u128(7).into(), session: Uuid::from_u128(8).into() }
    }

    #[test]
    fn a_token_names_its_holder_until_it_expires() {
        let tokens = Tokens::new(Uuid::from_u128(1), &TokenKey::new([1; 32]));
        let (token, expires_at) = tokens.issue(holder(), now()).expect("signed");
        assert_eq!(expires_at, now().plus_seconds(900));
        assert_eq!(tokens.expires_at(&token).expect("valid"), expires_at);
        assert_eq!(tokens.check(&token, now().plus_seconds(899)).expect("valid"), holder());
        assert!(matches!(tokens.check(&token, expires_at), Err(TokenError::Expired)));
    }

    #[test]
    fn a_token_of_another_key_ledger_or_algorithm_is_refused() {
        let tokens = Tokens::new(Uuid::from_u128(1), &TokenKey::new([1; 32]));
        let other = Tokens::new(Uuid::from_u128(1), &TokenKey::new([2; 32]));
        let (token, _) = other.issue(holder(), now()).expect("signed");
        assert!(matches!(tokens.check(&token, now()), Err(TokenError::UnknownKey)));
        let other = Tokens::new(Uuid::from_u128(2), &TokenKey::new([1; 32]));
        let (token, _) = other.issue(holder(), now()).expect("signed");
        assert!(matches!(tokens.check(&token, now()), Err(TokenError::Invalid(_))));
        let (token, _) = tokens.issue(holder(), now()).expect("signed");
        let (_, rest) = token.split_once('.').expect("three parts");
        // {"alg":"none"}
        assert!(tokens.check(&format!("eyJhbGciOiJub25lIn0.{rest}"), now()).is_err());
    }

    #[test]
    fn a_token_of_the_key_before_is_believed_for_as_long_as_it_is_given() {
        let [old, new] = [TokenKey::new([1; 32]), TokenKey::new([2; 32])];
        let (token, _) = Tokens::new(Uuid::from_u128(1), &old).issue(holder(), now()).expect("signed");
        let both = Tokens::new(Uuid::from_u128(1), &new).believing(&old);
        assert_eq!(both.check(&token, now()).expect("valid"), holder());
        let (token, _) = both.issue(holder(), now()).expect("signed");
        let one = Tokens::new(Uuid::from_u128(1), &new);
        assert_eq!(one.check(&token, now()).expect("signed with the new key"), holder());
    }
}
