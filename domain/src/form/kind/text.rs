//! Free text: a rationale, a critique, a correction. It belongs to whoever wrote it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reason;
use crate::Personal;

/// The longest text answer that a form may allow, in Unicode scalar values.
pub const MAX_TEXT_LENGTH: u32 = 100_000;

/// Free text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TextQuestion {
    /// The longest answer, in Unicode scalar values.
    pub max_length: u32,
}

impl TextQuestion {
    pub(in crate::form) fn check(self) -> Result<(), Reason> {
        let max_length = self.max_length;
        if max_length == 0 || max_length > MAX_TEXT_LENGTH {
            return Err(format!("its answers may have {max_length} characters; 1 to {MAX_TEXT_LENGTH} are possible"));
        }
        Ok(())
    }

    pub(in crate::form) fn accept(self, text: &Personal<String>) -> Result<Personal<String>, Reason> {
        let Some(clear) = text.as_clear() else {
            return Err("the text can't be read".into());
        };
        let (length, max_length) = (clear.chars().count(), self.max_length);
        if clear.trim().is_empty() {
            Err("the text is empty".into())
        } else if length > max_length as usize {
            Err(format!("the text has {length} characters; at most {max_length} are allowed"))
        } else {
            Ok(text.clone())
        }
    }
}
