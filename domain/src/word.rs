//! Words that people make up to sort things by: tags, skills.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest word, in characters.
const MAX_LENGTH: usize = 64;

/// A text that is no such word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a word for this: it takes a-z or 0-9, then up to 63 of a-z, 0-9, `-`, `_`, `.` and `:`")]
pub struct WordError(String);

fn is_word(text: &str) -> bool {
    let begins_well = text.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit());
    let plain = |rest: char| rest.is_ascii_lowercase() || rest.is_ascii_digit() || "-_.:".contains(rest);
    begins_well && text.len() <= MAX_LENGTH && text.chars().all(plain)
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String", into = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        impl $name {
            /// The word as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = WordError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                if is_word(&text) { Ok(Self(text)) } else { Err(WordError(text)) }
            }
        }

        impl FromStr for $name {
            type Err = WordError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.to_owned().try_into()
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self {
                word.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

words! {
    /// What tasks are sorted by, such as `batch:7` or `medicine`.
    Tag;
    /// What somebody is able to do and a task may ask for, such as `medicine` or the language `lang:de`.
    Skill;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_plain() {
        for text in ["a", "lang:de", "2026-q1", "x.y_z"] {
            assert_eq!(text.parse::<Tag>().map(String::from).as_deref(), Ok(text));
        }
        for text in ["", "-a", "A", "a b", "ä", &"a".repeat(65)] {
            assert!(text.parse::<Skill>().is_err(), "{text}");
        }
    }
}
