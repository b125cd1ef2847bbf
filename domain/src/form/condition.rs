//! When a question is asked at all: "ask why if the strength is 3 or more".

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Answer, AnswerValue, Question, QuestionKey, QuestionKind, kind::Reason};

/// What an earlier question must have been answered with for a question to be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The earlier question.
    pub question: QuestionKey,
    /// What its answer must be.
    pub answer: ConditionTest,
}

/// What an answer must be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConditionTest {
    /// Any answer at all.
    Given,
    /// One of these: outcomes of a preference (`left`, `right`, `tie`, `both_bad`), or options of a choice; of several options,
    /// at least one of these.
    OneOf(Vec<String>),
    /// A number of at least this: a rating, a scalar, or a preference's strength.
    AtLeast(f64),
    /// A number of at most this.
    AtMost(f64),
}

impl Condition {
    /// Whether the condition can be told from the answers to `earlier` questions.
    pub(super) fn check(&self, earlier: &[Question]) -> Result<(), Reason> {
        let Some(question) = earlier.iter().find(|question| question.key == self.question) else {
            return Err(format!("it depends on `{}`, which is not asked before it", self.question));
        };
        let fits = match (&self.answer, &question.kind) {
            (ConditionTest::Given, _) => true,
            (ConditionTest::OneOf(values), kind) => {
                let known = kind.values();
                if let Some(stray) = values.iter().find(|value| !known.contains(&value.as_str())) {
                    return Err(format!("it depends on the answer `{stray}` to `{}`, which can't be", self.question));
                }
                !values.is_empty()
            }
            (ConditionTest::AtLeast(bound) | ConditionTest::AtMost(bound), kind) => {
                let is_number = match kind {
                    QuestionKind::Rating(rating) => !rating.each_response,
                    QuestionKind::Scalar(scalar) => !scalar.each_response,
                    QuestionKind::Preference(preference) => preference.strengths > 0,
                    _ => false,
                };
                is_number && bound.is_finite()
            }
        };
        if fits { Ok(()) } else { Err(format!("`{}` has no answers that its condition fits", self.question)) }
    }

    /// Whether the question is asked, given the answers to all that come before it.
    pub(super) fn holds(&self, answers: &[Answer]) -> bool {
        let Some(answer) = answers.iter().find(|answer| answer.question == self.question) else { return false };
        match &self.answer {
            ConditionTest::Given => true,
            ConditionTest::OneOf(values) => match &answer.value {
                AnswerValue::Preference(given) => values.iter().any(|value| value == given.outcome.as_str()),
                AnswerValue::Choice(chosen) => values.contains(chosen),
                AnswerValue::Choices(chosen) => chosen.iter().any(|chosen| values.contains(chosen)),
                _ => false,
            },
            ConditionTest::AtLeast(bound) => number(&answer.value).is_some_and(|number| number >= *bound),
            ConditionTest::AtMost(bound) => number(&answer.value).is_some_and(|number| number <= *bound),
        }
    }
}

fn number(value: &AnswerValue) -> Option<f64> {
    match value {
        AnswerValue::Rating(rating) => Some(f64::from(*rating)),
        AnswerValue::Scalar(scalar) => Some(*scalar),
        AnswerValue::Preference(preference) => preference.strength.map(f64::from),
        _ => None,
    }
}
