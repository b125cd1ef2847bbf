//! Data about a person, which can be neither printed nor stored by accident.
//!
//! A [`Personal`] value is *clear* while the code that received it holds it, *sealed* once the ledger has
//! prepared it for storage, and *erased* when the key of its subject no longer exists. Only a sealed value can
//! be serialised; a clear one refuses, so forgetting to seal is an error and not a leak.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned, ser};

use crate::SubjectId;

/// A value that belongs to a data subject.
#[derive(Clone, PartialEq)]
pub struct Personal<T> {
    subject: SubjectId,
    state: State<T>,
}

#[derive(Clone, PartialEq)]
enum State<T> {
    Clear(T),
    Sealed(Sealed),
    Erased,
}

/// How a personal value is stored: whose it is, how it was sealed, and the sealed bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The data subject whose key opens it.
    pub subject: SubjectId,
    /// The algorithm it was sealed with.
    pub alg: SealAlgorithm,
    /// The sealed bytes, base64 with the standard alphabet and padding (RFC 4648 §4).
    pub data: String,
}

/// How a field was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SealAlgorithm {
    /// Not encrypted: the bytes are the value's JSON. It is read, and no longer written.
    None,
    /// XChaCha20-Poly1305: the bytes are a nonce of 24 bytes, then the ciphertext of the value's JSON, then its tag. It
    /// is bound to ledger, stream, event, path and subject.
    #[serde(rename = "xchacha20-poly1305")]
    XChaCha20Poly1305,
}

impl<T> Personal<T> {
    /// A value in the clear, about `subject`.
    pub fn clear(subject: impl Into<SubjectId>, value: T) -> Self {
        Self { subject: subject.into(), state: State::Clear(value) }
    }

    /// Whose value this is.
    #[must_use]
    pub const fn subject(&self) -> SubjectId {
        self.subject
    }

    /// The value, if it is held in the clear.
    #[must_use]
    pub fn as_clear(&self) -> Option<&T> {
        match &self.state {
            State::Clear(value) => Some(value),
            State::Sealed(_) | State::Erased => None,
        }
    }

    /// Whether the key to this value has been destroyed.
    #[must_use]
    pub const fn is_erased(&self) -> bool {
        matches!(self.state, State::Erased)
    }
}

/// A personal field of any type, as the code that seals and opens fields sees it.
pub trait PersonalField: Send {
    /// Whose field this is.
    fn subject(&self) -> SubjectId;
    /// The JSON of the value, if it is clear.
    fn clear_bytes(&self) -> Result<Option<Vec<u8>>, serde_json::Error>;
    /// The sealed form, if the field is sealed.
    fn sealed(&self) -> Option<&Sealed>;
    /// Replaces the value by its sealed form.
    fn set_sealed(&mut self, sealed: Sealed);
    /// Replaces the sealed form by the value whose JSON is `bytes`.
    fn set_clear(&mut self, bytes: &[u8]) -> Result<(), serde_json::Error>;
    /// Marks the value as gone.
    fn set_erased(&mut self);
}

impl<T: Serialize + DeserializeOwned + Send> PersonalField for Personal<T> {
    fn subject(&self) -> SubjectId {
        self.subject
    }

    fn clear_bytes(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        self.as_clear().map(serde_json::to_vec).transpose()
    }

    fn sealed(&self) -> Option<&Sealed> {
        match &self.state {
            State::Sealed(sealed) => Some(sealed),
            State::Clear(_) | State::Erased => None,
        }
    }

    fn set_sealed(&mut self, sealed: Sealed) {
        self.subject = sealed.subject;
        self.state = State::Sealed(sealed);
    }

    fn set_clear(&mut self, bytes: &[u8]) -> Result<(), serde_json::Error> {
        self.state = State::Clear(serde_json::from_slice(bytes)?);
        Ok(())
    }

    fn set_erased(&mut self) {
        self.state = State::Erased;
    }
}

/// The personal fields of an event, each with its path (`answers.reason`), in a fixed order.
pub type PersonalFields<'a> = Vec<(String, &'a mut dyn PersonalField)>;

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Clear(_) => "clear",
            State::Sealed(_) => "sealed",
            State::Erased => "erased",
        };
        write!(f, "Personal(<{state}>, subject {})", self.subject)
    }
}

impl<T> Serialize for Personal<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.state {
            State::Sealed(sealed) => sealed.serialize(serializer),
            State::Clear(_) => Err(ser::Error::custom("a personal field must be sealed before it is stored")),
            State::Erased => Err(ser::Error::custom("an erased personal field can't be stored again")),
        }
    }
}

impl<'de, T> Deserialize<'de> for Personal<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sealed = Sealed::deserialize(deserializer)?;
        Ok(Self { subject: sealed.subject, state: State::Sealed(sealed) })
    }
}

impl<T> JsonSchema for Personal<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Personal".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let sealed = generator.subschema_for::<Sealed>();
        json_schema!({ "description": "Data about a person, sealed", "allOf": [sealed] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name() -> Personal<String> {
        Personal::clear(SubjectId::from(uuid::Uuid::from_u128(1)), "Ada Lovelace".to_owned())
    }

    #[test]
    fn a_clear_value_is_neither_printed_nor_serialised() {
        assert!(!format!("{:?}", name()).contains("Ada"));
        let refused = serde_json::to_string(&name()).expect_err("clear");
        assert!(!refused.to_string().contains("Ada"));
    }

    #[test]
    fn a_sealed_value_survives_storage() {
        let mut stored = name();
        stored.set_sealed(Sealed { subject: stored.subject(), alg: SealAlgorithm::None, data: "IkFkYSI=".into() });
        let json = serde_json::to_string(&stored).expect("sealed");
        let mut read: Personal<String> = serde_json::from_str(&json).expect("stored shape");
        assert_eq!(read, stored);
        read.set_clear(b"\"Ada\"").expect("json");
        assert_eq!(read.as_clear().map(String::as_str), Some("Ada"));
    }
}
