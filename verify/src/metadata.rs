//! What an event's metadata may say.

use std::borrow::Cow;

use serde::Deserialize;
use uuid::Uuid;

/// The longest name of a command, in characters.
const MAX_COMMAND_ID: usize = 200;

/// The members of the metadata; there are no others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the other members are read to see that they are what they should be")]
pub(crate) struct Metadata<'a> {
    #[serde(default)]
    actor: Option<Uuid>,
    #[serde(borrow)]
    pub(crate) command_id: Cow<'a, str>,
    #[serde(default)]
    fingerprint: Option<Fingerprint>,
    #[serde(default)]
    causation_id: Option<Uuid>,
    #[serde(default)]
    correlation_id: Option<Uuid>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is read to see that it is 16 bytes")]
struct Fingerprint(#[serde(with = "hex::serde")] [u8; 16]);

impl<'a> Metadata<'a> {
    /// Reads the metadata; `None` if it is not what a ledger writes.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let metadata: Self = serde_json::from_str(text).ok()?;
        let length = metadata.command_id.chars().count();
        let plain = !metadata.command_id.chars().any(char::is_control);
        ((1..=MAX_COMMAND_ID).contains(&length) && plain).then_some(metadata)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_ledger_writes_is_read() {
        for text in [
            r#"{"command_id":"c"}"#,
            r#"{"actor":"00000000-0000-0000-0000-000000000001","command_id":"c","fingerprint":"00112233445566778899aabbccddeeff"}"#,
            r#"{"command_id":"c","causation_id":"00000000-0000-0000-0000-000000000001","correlation_id":"00000000-0000-0000-0000-000000000001"}"#,
        ] {
            assert_eq!(Metadata::parse(text).expect("valid").command_id, "c", "{text}");
        }
        assert_eq!(Metadata::parse(r#"{"command_id":"\"ä"}"#).expect("valid").command_id, "\"ä");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "{}",
            r#""c""#,
            r#"{"command_id":""}"#,
            r#"{"command_id":"\u0007"}"#,
            r#"{"command_id":7}"#,
            r#"{"command_id":"c","command_id":"c"}"#,
            r#"{"command_id":"c","more":1}"#,
            r#"{"command_id":"c","fingerprint":"00"}"#,
            r#"{"command_id":"c","actor":"somebody"}"#,
            r#"{"command_id":"c"} x"#,
        ] {
            assert!(Metadata::parse(text).is_none(), "{text}");
        }
        let longest = |length| format!(r#"{{"command_id":"{}"}}"#, "ä".repeat(length));
        assert!(Metadata::parse(&longest(200)).is_some());
        assert!(Metadata::parse(&longest(201)).is_none());
    }
}
