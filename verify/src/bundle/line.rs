//! The lines of a bundle, and the one way to write each.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{checkpoint::StoredCheckpoint, event::StoredEvent, head::StoredHead};

/// What the header says that the file is.
pub(super) const FORMAT: &str = "stele-bundle";

/// The only version of the format that there is.
pub(super) const VERSION: u32 = 1;

/// A line, by the one member that it has.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    Header(Header),
    Event(Box<StoredEvent>),
    Checkpoint(StoredCheckpoint),
    End(End),
}

/// Which history it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub(super) format: String,
    pub(super) version: u32,
    pub(super) ledger_id: Uuid,
    pub(super) ledger: String,
    /// The key that is said to sign the checkpoints; nothing vouches for it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
}

/// Where the history stood when it was exported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    pub(super) head: Option<StoredHead>,
    /// How many checkpoints there are.
    pub(super) checkpoints: u64,
}

impl Line {
    /// Reads a line without its newline, and tells whether that is how it would be written.
    pub(super) fn parse(bytes: &[u8], buffer: &mut Vec<u8>) -> serde_json::Result<(Self, bool)> {
        let line: Self = serde_json::from_slice(bytes)?;
        buffer.clear();
        serde_json::to_writer(&mut *buffer, &line)?;
        Ok((line, buffer == bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHECKPOINT: &str = r#"{"checkpoint":{"size":1,"note":"a\nä"}}"#;

    fn parse(text: &str) -> Option<bool> {
        Line::parse(text.as_bytes(), &mut Vec::new()).ok().map(|(_, canonical)| canonical)
    }

    #[test]
    fn a_line_has_one_spelling() {
        assert_eq!(parse(CHECKPOINT), Some(true));
        for other in [
            r#"{"checkpoint": {"size":1,"note":"a\nä"}}"#,
            r#"{"checkpoint":{"note":"a\nä","size":1}}"#,
            r#"{"checkpoint":{"size":1,"note":"a\n\u00e4"}}"#,
            r#" {"checkpoint":{"size":1,"note":"a\nä"}}"#,
            "{\"checkpoint\":{\"size\":1,\"note\":\"a\\nä\"}}\r",
        ] {
            assert_eq!(parse(other), Some(false), "{other}");
        }
    }

    #[test]
    fn a_line_has_no_other_members() {
        for other in [
            r#"{"checkpoint":{"size":1,"note":"","more":1}}"#,
            r#"{"checkpoint":{"size":1,"note":""},"more":1}"#,
            r#"{"checkpoint":{"size":1,"size":1,"note":""}}"#,
            r#"{"checkpoint":{"size":1}}"#,
            r#"{"checkpoint":{"size":1.0,"note":""}}"#,
            r#"{"other":{}}"#,
            r#"{"checkpoint":{"size":1,"note":""}}{}"#,
            "{}",
            "",
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
        assert!(Line::parse(b"\xff", &mut Vec::new()).is_err());
    }
}
