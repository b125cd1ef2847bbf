//! ID tokens (OpenID Connect Core 1.0 §2, §3.1.3.7).

use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation,
    errors::{Error, ErrorKind},
    jwk::{Jwk, PublicKeyUse},
};
use serde::Deserialize;
use stele_domain::Timestamp;

/// How far the issuer's clock may be from ours, in seconds.
const LEEWAY: i64 = 60;

/// The longest subject, in bytes (§2).
const MAX_SUBJECT: usize = 255;

/// What tokens may be signed with: nothing that needs a shared secret, and not `none`.
const ALGORITHMS: [Algorithm; 6] =
    [Algorithm::RS256, Algorithm::PS256, Algorithm::RS512, Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA];

/// Why an ID token is not believed.
#[derive(Debug, thiserror::Error)]
pub(super) enum IdTokenError {
    /// Its form or its signature is wrong.
    #[error("the token or its signature is wrong: {0}")]
    Invalid(Error),
    /// It is no token, or its header or claims are of another form.
    #[error("the token can't be read")]
    Malformed,
    /// It is signed in a way that is not accepted.
    #[error("the algorithm {0:?} is not accepted")]
    Algorithm(Algorithm),
    /// The issuer has no such key.
    #[error("the issuer has no key that the token could be signed with")]
    UnknownKey,
    /// It says something that it must not.
    #[error("the claim `{0}` is wrong")]
    Claim(&'static str),
}

impl From<Error> for IdTokenError {
    fn from(error: Error) -> Self {
        match error.kind() {
            // these repeat what they stumble over, which may be what somebody is called
            ErrorKind::Json(_) | ErrorKind::Utf8(_) | ErrorKind::Base64(_) => Self::Malformed,
            _ => Self::Invalid(error),
        }
    }
}

/// Whom a token is for: one client, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
}

/// What a token has to say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: Timestamp,
}

/// A token's header, if it is signed in a way that is accepted.
pub(super) fn header(token: &str) -> Result<Header, IdTokenError> {
    let header = jsonwebtoken::decode_header(token)?;
    if ALGORITHMS.contains(&header.alg) { Ok(header) } else { Err(IdTokenError::Algorithm(header.alg)) }
}

/// The key that a token is signed with; without a name it has to be the only one that it could be.
pub(super) fn key<'a>(keys: &'a [Jwk], header: &Header) -> Option<&'a Jwk> {
    let mut fitting = keys.iter().filter(|key| {
        let common = &key.common;
        let is_for_it =
            common.key_algorithm.is_none_or(|named| Algorithm::try_from(named).is_ok_and(|of| of == header.alg));
        let is_named = header.kid.is_none() || common.key_id == header.kid;
        is_named && is_for_it && !matches!(common.public_key_use, Some(PublicKeyUse::Encryption))
    });
    let first = fitting.next()?;
    (header.kid.is_some() || fitting.next().is_none()).then_some(first)
}

/// Whom a token tells of, as the issuer calls them.
pub(super) fn check(
    token: &str,
    algorithm: Algorithm,
    key: &Jwk,
    expected: &Expected,
) -> Result<String, IdTokenError> {
    let mut validation = Validation::new(algorithm);
    // all of these are looked at below, against the clock that is passed in
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let claims: Claims = jsonwebtoken::decode(token, &DecodingKey::from_jwk(key)?, &validation)?.claims;
    let now = expected.now.to_utc().timestamp();
    let is_for_us = |audience: &str| audience == expected.client_id;
    let (ours, is_shared) = match &claims.aud {
        Audience::One(audience) => (is_for_us(audience), false),
        Audience::Several(audiences) => (audiences.iter().any(|one| is_for_us(one)), audiences.len() > 1),
    };
    let wrong = [
        ("iss", claims.iss != expected.issuer),
        ("aud", !ours),
        ("azp", claims.azp.as_deref().map_or(is_shared, |party| !is_for_us(party))),
        ("exp", claims.exp.saturating_add(LEEWAY) <= now),
        ("iat", claims.iat > now + LEEWAY),
        ("nbf", claims.nbf.is_some_and(|from| from > now + LEEWAY)),
        ("nonce", claims.nonce.as_deref() != Some(expected.nonce)),
        ("sub", claims.sub.is_empty() || claims.sub.len() > MAX_SUBJECT),
    ];
    match wrong.iter().find(|(_, wrong)| *wrong) {
        Some((claim, _)) => Err(IdTokenError::Claim(claim)),
        None => Ok(claims.sub),
    }
}
