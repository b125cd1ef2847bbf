//! The keys that sign notes (C2SP signed-note, "Signatures"): Ed25519, RFC 8032.

use std::{fmt, str::FromStr};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// The signature type of plain Ed25519 signatures.
const ED25519: u8 = 0x01;

/// Why something is no key, or no name of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The name is empty, or has a space, a plus or a control character.
    #[error("a key's name is not empty and has no spaces, pluses or control characters")]
    Name,
    /// A verifier key is not a name, an id and a key with pluses between them.
    #[error("a verifier key has the form name+id+key")]
    Form,
    /// The key is not base64, or not of an Ed25519 key.
    #[error("not an Ed25519 public key")]
    Key,
    /// The id is not the one that follows from name and key.
    #[error("the key's id doesn't belong to its name and key")]
    Id,
}

/// A secret key with its name; it can't be printed.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    verifier: Verifier,
}

impl Signer {
    /// A key from its 32-byte seed (RFC 8032 §5.1.5) or as a [`SigningKey`].
    pub fn new(name: &str, key: impl Into<SigningKey>) -> Result<Self, KeyError> {
        let key = key.into();
        let verifier = Verifier::new(name, key.verifying_key())?;
        Ok(Self { key, verifier })
    }

    /// The public half, with the same name.
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The signature of a text: the same one whenever it is asked for.
    pub(crate) fn sign(&self, text: &str) -> [u8; 64] {
        self.key.sign(text.as_bytes()).to_bytes()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer(<secret>, {})", self.verifier)
    }
}

/// A public key with its name, written as `name+id+key`: the id in hexadecimal, the key in base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: [u8; 4],
    key: VerifyingKey,
}

impl Verifier {
    /// Gives a public key its name.
    pub fn new(name: &str, key: VerifyingKey) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name);
        }
        Ok(Self { name: name.to_owned(), id: key_id(name, &key), key })
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of `SHA-256(name || 0x0A || 0x01 || key)`, which tell keys of one name apart.
    #[must_use]
    pub const fn id(&self) -> [u8; 4] {
        self.id
    }

    /// Whether it is this key's signature of the text.
    pub(crate) fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.key.verify_strict(text.as_bytes(), &signature).is_ok())
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = BASE64_STANDARD.encode(typed(&self.key));
        write!(f, "{}+{}+{key}", self.name, hex::encode(self.id))
    }
}

impl FromStr for Verifier {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, rest) = text.split_once('+').ok_or(KeyError::Form)?;
        let (id, key) = rest.split_once('+').ok_or(KeyError::Form)?;
        let verifier = Self::new(name, parse_key(key).ok_or(KeyError::Key)?)?;
        if id == hex::encode(verifier.id) { Ok(verifier) } else { Err(KeyError::Id) }
    }
}

/// Whether a key may have that name.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c < ' ' || c.is_whitespace() || c == '+')
}

fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let hash = Sha256::new().chain_update(name).chain_update(b"\n").chain_update(typed(key)).finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// The key after the byte of its signature type.
fn typed(key: &VerifyingKey) -> [u8; 33] {
    let mut bytes = [ED25519; 33];
    bytes[1..].copy_from_slice(key.as_bytes());
    bytes
}

fn parse_key(text: &str) -> Option<VerifyingKey> {
    let bytes = BASE64_STANDARD.decode(text).ok()?;
    let key: &[u8; 32] = bytes.strip_prefix(&[ED25519])?.try_into().ok()?;
    VerifyingKey::from_bytes(key).ok().filter(|key| !key.is_weak())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the documentation of Go's golang.org/x/mod/sumdb/note.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn a_verifier_key_is_written_as_it_was_read() {
        let peter: Verifier = PETER.parse().expect("valid");
        assert_eq!(peter.name(), "PeterNeumann");
        assert_eq!(peter.id(), [0xc7, 0x4f, 0x20, 0xa3]);
        assert_eq!(peter.to_string(), PETER);
        // its base64 has a plus
        let plus = "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6";
        assert_eq!(plus.parse::<Verifier>().expect("valid").to_string(), plus);
    }

    #[test]
    fn malformed_verifier_keys_are_refused() {
        for (error, key) in [
            (KeyError::Form, ""),
            (KeyError::Form, "PeterNeumann+c74f20a3"),
            (KeyError::Name, "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
            (KeyError::Name, "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
            (KeyError::Id, "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
            (KeyError::Id, "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
            (KeyError::Id, "PeterNeumann++ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
            (KeyError::Id, "Peterneumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
            // another signature type, too short, no base64, a small-order point
            (KeyError::Key, "PeterNeumann+c74f20a3+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
            (KeyError::Key, "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10Q="),
            (KeyError::Key, "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T"),
            (KeyError::Key, "PeterNeumann+c74f20a3+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ] {
            assert_eq!(key.parse::<Verifier>(), Err(error), "{key}");
        }
    }

    #[test]
    fn a_name_has_no_spaces_pluses_or_control_characters() {
        for name in ["", " ", "a b", "a+b", "a\nb", "a\u{a0}b", "a\u{2003}b", "a\u{1}b"] {
            assert_eq!(Signer::new(name, [1; 32]).map(|_| ()), Err(KeyError::Name), "{name:?}");
        }
        Signer::new("example.com/log", [1; 32]).expect("a good name");
    }

    #[test]
    fn the_secret_is_not_printed() {
        let seed = [0xab; 32];
        let signer = Signer::new("example.com/log", seed).expect("a good name");
        let printed = format!("{signer:?} {signer:#?} {:?}", signer.verifier());
        assert!(printed.contains("example.com/log"));
        assert!(!printed.to_lowercase().contains("abab") && !printed.contains("171") && !printed.contains("q6ur"));
    }
}
