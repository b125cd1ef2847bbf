//! Codes: HMAC-SHA-1 over the number of the time step, of 30 seconds, cut down to six digits (RFC 6238, RFC 4226).
//!
//! These are the parameters that every authenticator knows. That SHA-1 has collisions does not matter to HMAC.

use stele_domain::Timestamp;
use totp_rs::{Builder, Secret};

use super::SecondFactorError;

/// How long a secret is, in bytes: as long as the hash (RFC 4226 §4).
const SECRET_BYTES: usize = 20;

/// How many digits a code has.
const DIGITS: usize = 6;

/// What codes are made from.
pub(super) struct FactorSecret(Secret);

impl FactorSecret {
    /// A secret from random bytes, of which there are more than it needs.
    pub(super) fn fresh(random: &[u8; 32]) -> Self {
        Self::stored(&random[..SECRET_BYTES])
    }

    /// A secret as it was stored.
    pub(super) fn stored(bytes: &[u8]) -> Self {
        Self(Secret::from(bytes.to_vec()))
    }

    /// Its bytes, to be sealed.
    pub(super) const fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The secret for someone to type (base32, RFC 4648 §6).
    pub(super) fn to_base32(&self) -> String {
        self.0.to_base32()
    }

    /// The secret for an authenticator to scan (the Key URI format).
    pub(super) fn to_uri(&self, issuer: &str, account: &str) -> Result<String, SecondFactorError> {
        // a colon stands between the two
        let [issuer, account] = [issuer, account].map(|part| part.replace(':', " "));
        let totp = self.builder().with_issuer(Some(issuer)).with_account_name(account);
        totp.build().and_then(|totp| totp.to_url()).map_err(SecondFactorError::Totp)
    }

    /// The number of the time step that a code belongs to, of the present one, the one before and the one after: clocks
    /// differ (RFC 6238 §5.2).
    pub(super) fn step_of(&self, code: &str, now: Timestamp) -> Result<Option<i64>, SecondFactorError> {
        let totp = self.builder().build().map_err(SecondFactorError::Totp)?;
        let seconds = u64::try_from(now.to_utc().timestamp()).unwrap_or(0);
        Ok(totp.check(code, seconds).and_then(|step| i64::try_from(step).ok()))
    }

    fn builder(&self) -> Builder {
        // the defaults are those above
        Builder::new().with_secret(self.0.clone())
    }
}

/// Whether a text looks like a code, and not like a recovery code.
pub(super) fn is_code(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        chrono::DateTime::from_timestamp(seconds, 0).expect("a time").into()
    }

    /// RFC 6238 appendix B, the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_published_vectors() {
        let secret = FactorSecret::stored(b"12345678901234567890");
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.step_of(code, at(seconds)).expect("checked"), Some(seconds / 30), "{seconds}");
            for other in ["", "28708", "2870820", "+87082", "１２３４５６"] {
                assert_eq!(secret.step_of(other, at(seconds)).expect("checked"), None, "{other}");
            }
        }
    }

    #[test]
    fn a_code_is_known_one_step_away_and_no_further() {
        let secret = FactorSecret::stored(b"12345678901234567890");
        let known: Vec<i64> = (-3..=3)
            .filter(|steps| secret.step_of("005924", at(1_234_567_890 + 30 * steps)).expect("checked").is_some())
            .collect();
        assert_eq!(known, [-1, 0, 1]);
    }

    #[test]
    fn an_authenticator_is_told_whose_it_is() {
        let secret = FactorSecret::stored(b"12345678901234567890");
        assert_eq!(
            secret.to_uri("Stele: main", "ada@example.org").expect("a URI"),
            "otpauth://totp/Stele%20%20main:ada%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
            &issuer=Stele%20%20main"
        );
        assert!(FactorSecret::stored(b"too short").to_uri("Stele", "ada").is_err());
    }
}
