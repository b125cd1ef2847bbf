//! What a file is called: the hash of its stored bytes.

use std::{fmt, str::FromStr};

/// The SHA-256 of a file's stored bytes, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MediaId([u8; 32]);

/// A text that is no id of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of a file is 64 lower-case hexadecimal digits")]
pub struct NotAnId;

impl MediaId {
    /// The hash itself.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for MediaId {
    fn from(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

impl FromStr for MediaId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        // a file has one id, so it has one spelling
        if !text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(NotAnId);
        }
        let hash = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        hash.map(Self).ok_or(NotAnId)
    }
}

impl fmt::Display for MediaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for MediaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let id = "0123456789abcdef".repeat(4);
        assert_eq!(id.parse::<MediaId>().map(|id| id.to_string()), Ok(id.clone()));
        let traversal = format!("../../{}", &id[6..]);
        for wrong in ["", "..", &id[1..], &id.to_uppercase(), &format!("{id}0"), &traversal, &"é".repeat(32)] {
            assert_eq!(wrong.parse::<MediaId>(), Err(NotAnId), "{wrong}");
        }
    }
}
