//! Answers, and whether they answer the form that was shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Form, PreferenceQuestion, Question, QuestionKey, QuestionKind};
use crate::personal::{Personal, PersonalField, PersonalFields};

/// One answer to one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The question answered.
    pub question: QuestionKey,
    /// The answer given.
    pub value: AnswerValue,
}

/// What was answered; its kind must be the question's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerValue {
    /// To a preference question.
    Preference(PreferenceAnswer),
    /// To a rating question.
    Rating(i32),
    /// To a choice question: the option's key.
    Choice(String),
    /// To a text question; free text belongs to the person who wrote it.
    Text(Personal<String>),
}

/// Which response was preferred, and how strongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreferenceAnswer {
    /// Which side was preferred, if any.
    pub outcome: PreferenceOutcome,
    /// How strongly, from 1 (slightest); given exactly when the question asks for it and one side is preferred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength: Option<u8>,
}

/// The outcome of comparing two responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PreferenceOutcome {
    /// The first of the two responses.
    Left,
    /// The second of the two responses.
    Right,
    /// Equally good.
    Tie,
    /// Neither will do.
    BothBad,
}

impl PreferenceOutcome {
    /// The name under which it is stored and counted.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Tie => "tie",
            Self::BothBad => "both_bad",
        }
    }

    /// Whether one response was preferred over the other.
    #[must_use]
    pub const fn is_decisive(self) -> bool {
        matches!(self, Self::Left | Self::Right)
    }
}

/// A set of answers, in the form's order once validated.
pub type Answers = Vec<Answer>;

/// Why answers don't answer their form. Each names the question and the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The form has no such question.
    #[error("question `{question}`: the form has no such question")]
    NoSuchQuestion {
        /// The key that was answered.
        question: QuestionKey,
    },
    /// The question was answered more than once.
    #[error("question `{question}`: it is answered twice")]
    AnsweredTwice {
        /// The question's key.
        question: QuestionKey,
    },
    /// The question is required, and was not answered.
    #[error("question `{question}`: an answer is required")]
    Missing {
        /// The question's key.
        question: QuestionKey,
    },
    /// The answer is not one that the question allows.
    #[error("question `{question}`: {reason}")]
    NotAllowed {
        /// The question's key.
        question: QuestionKey,
        /// Why not.
        reason: String,
    },
}

/// Checks `answers` against `form` and gives them back in the form's order.
///
/// `responses` is how many candidate responses the task has; a preference needs exactly two.
pub fn validate(form: &Form, answers: &[Answer], responses: usize) -> Result<Answers, AnswerError> {
    if let Some(stray) = answers.iter().find(|answer| form.question(&answer.question).is_none()) {
        return Err(AnswerError::NoSuchQuestion { question: stray.question.clone() });
    }
    let mut ordered = Vec::with_capacity(answers.len());
    for question in &form.questions {
        let mut given = answers.iter().filter(|answer| answer.question == question.key);
        match (given.next(), given.next()) {
            (Some(_), Some(_)) => return Err(AnswerError::AnsweredTwice { question: question.key.clone() }),
            (Some(answer), None) => {
                allowed(question, &answer.value, responses)
                    .map_err(|reason| AnswerError::NotAllowed { question: question.key.clone(), reason })?;
                ordered.push(answer.clone());
            }
            (None, _) if question.required => return Err(AnswerError::Missing { question: question.key.clone() }),
            (None, _) => {}
        }
    }
    Ok(ordered)
}

fn allowed(question: &Question, value: &AnswerValue, responses: usize) -> Result<(), String> {
    match (&question.kind, value) {
        (QuestionKind::Preference(asked), AnswerValue::Preference(given)) => {
            allowed_preference(*asked, *given, responses)
        }
        (QuestionKind::Rating { min, max }, AnswerValue::Rating(rating)) => {
            if (min..=max).contains(&rating) {
                Ok(())
            } else {
                Err(format!("{rating} is not on the scale from {min} to {max}"))
            }
        }
        (QuestionKind::Choice { options }, AnswerValue::Choice(chosen)) => {
            if options.iter().any(|option| &option.key == chosen) {
                Ok(())
            } else {
                let options: Vec<_> = options.iter().map(|option| option.key.as_str()).collect();
                Err(format!("`{chosen}` is not one of its options: {}", options.join(", ")))
            }
        }
        (QuestionKind::Text { max_length }, AnswerValue::Text(text)) => allowed_text(text, *max_length),
        _ => Err(format!("it takes {}", question.kind.expects())),
    }
}

fn allowed_preference(asked: PreferenceQuestion, given: PreferenceAnswer, responses: usize) -> Result<(), String> {
    if responses != 2 {
        return Err(format!("a preference compares two responses, and this task has {responses}"));
    }
    match given.outcome {
        PreferenceOutcome::Tie if !asked.tie => return Err("a tie is not an answer to it".into()),
        PreferenceOutcome::BothBad if !asked.both_bad => return Err("\"both bad\" is not an answer to it".into()),
        _ => {}
    }
    match given.strength {
        Some(_) if asked.strengths == 0 => Err("it does not ask for a strength".into()),
        Some(_) if !given.outcome.is_decisive() => Err("a strength needs a preferred side".into()),
        Some(strength) if strength == 0 || strength > asked.strengths => {
            Err(format!("strength {strength} is not between 1 and {}", asked.strengths))
        }
        None if asked.strengths > 0 && given.outcome.is_decisive() => {
            Err(format!("it asks for a strength between 1 and {}", asked.strengths))
        }
        _ => Ok(()),
    }
}

fn allowed_text(text: &Personal<String>, max_length: u32) -> Result<(), String> {
    let Some(clear) = text.as_clear() else {
        return Err("the text can't be read".into());
    };
    let length = clear.chars().count();
    if clear.trim().is_empty() {
        Err("the text is empty".into())
    } else if length > max_length as usize {
        Err(format!("the text has {length} characters; at most {max_length} are allowed"))
    } else {
        Ok(())
    }
}

impl QuestionKind {
    const fn expects(&self) -> &'static str {
        match self {
            Self::Preference(_) => "a preference",
            Self::Rating { .. } => "a rating",
            Self::Choice { .. } => "one of its options",
            Self::Text { .. } => "a text",
        }
    }
}

/// The personal fields among answers, by path.
pub(crate) fn personal_fields(answers: &mut Answers) -> PersonalFields<'_> {
    answers
        .iter_mut()
        .filter_map(|answer| match &mut answer.value {
            AnswerValue::Text(text) => Some((format!("answers.{}", answer.question), text as &mut dyn PersonalField)),
            AnswerValue::Preference(_) | AnswerValue::Rating(_) | AnswerValue::Choice(_) => None,
        })
        .collect()
}
