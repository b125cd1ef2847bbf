//! The kinds of question, and what makes one well formed.

use std::{collections::BTreeSet, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FormError;

/// One question of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its name within the form.
    pub key: QuestionKey,
    /// What the annotator reads.
    pub title: String,
    /// Whether an annotation without an answer to it is refused.
    pub required: bool,
    /// What is asked, and what may be answered.
    pub kind: QuestionKind,
}

/// What a question asks, and what may be answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// Which of two responses is better.
    Preference(PreferenceQuestion),
    /// An integer on a scale.
    Rating {
        /// The lowest answer.
        min: i32,
        /// The highest answer.
        max: i32,
    },
    /// One of several options.
    Choice {
        /// The options, in the order shown.
        options: Vec<ChoiceOption>,
    },
    /// Free text.
    Text {
        /// The longest answer, in Unicode scalar values.
        max_length: u32,
    },
}

/// Which of a task's two responses is better, and by how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferenceQuestion {
    /// How many degrees of strength there are, 1 (slightest) to this; 0 if strength is not asked. At most 10.
    pub strengths: u8,
    /// Whether "equally good" is an answer.
    pub tie: bool,
    /// Whether "both are bad" is an answer.
    pub both_bad: bool,
}

/// One option of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceOption {
    /// What is recorded.
    pub key: String,
    /// What is shown.
    pub label: String,
}

/// The longest text answer that a form may allow, in Unicode scalar values.
pub const MAX_TEXT_LENGTH: u32 = 100_000;

impl Question {
    pub(super) fn check(&self) -> Result<(), FormError> {
        let wrong = |reason: String| Err(FormError::Question { question: self.key.clone(), reason });
        if self.title.trim().is_empty() {
            return wrong("its title is empty".into());
        }
        match &self.kind {
            QuestionKind::Preference(preference) if preference.strengths > 10 => {
                wrong(format!("it has {} degrees of strength; at most 10 can be asked", preference.strengths))
            }
            QuestionKind::Rating { min, max } if min >= max => {
                wrong(format!("its scale runs from {min} to {max}; the lowest must be below the highest"))
            }
            QuestionKind::Choice { options } => match distinct_options(options) {
                Ok(()) => Ok(()),
                Err(reason) => wrong(reason),
            },
            QuestionKind::Text { max_length } if *max_length == 0 || *max_length > MAX_TEXT_LENGTH => {
                wrong(format!("its answers may have {max_length} characters; 1 to {MAX_TEXT_LENGTH} are possible"))
            }
            QuestionKind::Preference(_) | QuestionKind::Rating { .. } | QuestionKind::Text { .. } => Ok(()),
        }
    }
}

fn distinct_options(options: &[ChoiceOption]) -> Result<(), String> {
    if options.len() < 2 {
        return Err("a choice needs at least two options".into());
    }
    let mut keys = BTreeSet::new();
    for option in options {
        if option.key.trim().is_empty() {
            return Err("an option's key is empty".into());
        }
        if !keys.insert(&option.key) {
            return Err(format!("the option `{}` stands twice", option.key));
        }
    }
    Ok(())
}

/// A question's name: a lower-case letter, then up to 63 lower-case letters, digits and underscores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct QuestionKey(String);

/// A text that can't name a question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` can't name a question: it takes a lower-case letter, then up to 63 of a-z, 0-9 and _")]
pub struct QuestionKeyError(String);

impl QuestionKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for QuestionKey {
    type Error = QuestionKeyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut characters = text.chars();
        let valid = characters.next().is_some_and(|first| first.is_ascii_lowercase())
            && text.len() <= 64
            && characters.all(|rest| rest.is_ascii_lowercase() || rest.is_ascii_digit() || rest == '_');
        if valid { Ok(Self(text)) } else { Err(QuestionKeyError(text)) }
    }
}

impl TryFrom<&str> for QuestionKey {
    type Error = QuestionKeyError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.to_owned().try_into()
    }
}

impl From<QuestionKey> for String {
    fn from(key: QuestionKey) -> Self {
        key.0
    }
}

impl fmt::Display for QuestionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
