//! Forms: the questions that a project asks about each of its tasks.

mod answer;
mod carry_over;
mod condition;
mod kind;
mod label;
mod question;
mod shown;
#[cfg(test)]
mod tests;

pub(crate) use answer::personal_fields;
pub use answer::{Answer, AnswerError, AnswerValue, Answers, validate, validate_some};
pub use carry_over::CarryOverError;
pub use condition::{Condition, ConditionTest};
pub use kind::*;
pub use label::{Label, Part, UnknownOutcome, UnknownPart};
pub use question::{Question, QuestionKey, QuestionKeyError, QuestionKind};
pub use shown::{Extent, Shown, ShownField, ShownResponse};

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::edition::editions;

editions! {
    /// Which edition of a project's form: 1 for the first, one more at each revision.
    FormVersion;
}

/// A list of questions, in the order they are asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Which edition this is.
    pub version: FormVersion,
    /// The questions, in order; their keys are distinct.
    pub questions: Vec<Question>,
}

/// The most questions that one form may have.
pub const MAX_QUESTIONS: usize = 100;

/// The most rankings that one form may ask for. Each pair of a ranking is an event, and all of an annotation's events are
/// recorded at once.
pub const MAX_RANKINGS: usize = 2;

impl Form {
    /// A form of checked questions.
    pub fn new(version: FormVersion, questions: Vec<Question>) -> Result<Self, FormError> {
        if questions.is_empty() || questions.len() > MAX_QUESTIONS {
            return Err(FormError::QuestionCount { count: questions.len() });
        }
        let rankings = questions.iter().filter(|question| matches!(question.kind, QuestionKind::Ranking(_)));
        if rankings.count() > MAX_RANKINGS {
            return Err(FormError::Rankings);
        }
        let mut keys = BTreeSet::new();
        for (place, question) in questions.iter().enumerate() {
            if !keys.insert(&question.key) {
                return Err(FormError::DuplicateKey { question: question.key.clone() });
            }
            question.check(&questions[..place])?;
        }
        Ok(Self { version, questions })
    }

    /// The question with this key.
    #[must_use]
    pub fn question(&self, key: &QuestionKey) -> Option<&Question> {
        self.questions.iter().find(|question| &question.key == key)
    }
}

/// Why a list of questions is not a form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// No question, or more than [`MAX_QUESTIONS`].
    #[error("a form has 1 to {MAX_QUESTIONS} questions, not {count}")]
    QuestionCount {
        /// How many there were.
        count: usize,
    },
    /// More than [`MAX_RANKINGS`] of its questions are rankings.
    #[error("a form has at most {MAX_RANKINGS} rankings")]
    Rankings,
    /// Two questions share a key.
    #[error("two questions have the key `{question}`")]
    DuplicateKey {
        /// The key that stands twice.
        question: QuestionKey,
    },
    /// One question can't be asked as it stands.
    #[error("question `{question}`: {reason}")]
    Question {
        /// The question's key.
        question: QuestionKey,
        /// What is wrong with it.
        reason: String,
    },
}
