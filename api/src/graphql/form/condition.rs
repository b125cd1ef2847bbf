//! When a question is asked, on the wire.

use async_graphql::{InputObject, OneofObject, SimpleObject};
use stele_domain::form::{Condition, ConditionTest, QuestionKeyError};

/// When a question is asked: where an earlier one has been answered so.
#[derive(InputObject)]
pub(super) struct ConditionInput {
    /// The earlier question's key.
    question: String,
    /// What its answer must be.
    answer: ConditionTestInput,
}

/// Exactly one test of an answer.
#[derive(OneofObject)]
enum ConditionTestInput {
    /// Any answer at all; always true.
    Given(bool),
    /// One of these: outcomes of a preference (`left`, `right`, `tie`, `both_bad`) or options' keys.
    OneOf(Vec<String>),
    /// A number of at least this: a rating, a scalar, or a preference's strength.
    AtLeast(f64),
    /// A number of at most this.
    AtMost(f64),
}

/// When a question is asked: where an earlier one has been answered so. One of the tests is there.
#[derive(Default, SimpleObject)]
#[graphql(name = "Condition")]
pub(super) struct ConditionObject {
    /// The earlier question's key.
    question: String,
    /// Whether any answer at all will do.
    given: bool,
    /// The words of which its answer must be one, or have one.
    one_of: Option<Vec<String>>,
    /// The least that its answer must be.
    at_least: Option<f64>,
    /// The most that its answer may be.
    at_most: Option<f64>,
}

impl ConditionInput {
    pub(super) fn read(self) -> Result<Condition, QuestionKeyError> {
        let answer = match self.answer {
            ConditionTestInput::Given(_) => ConditionTest::Given,
            ConditionTestInput::OneOf(words) => ConditionTest::OneOf(words),
            ConditionTestInput::AtLeast(bound) => ConditionTest::AtLeast(bound),
            ConditionTestInput::AtMost(bound) => ConditionTest::AtMost(bound),
        };
        Ok(Condition { question: self.question.try_into()?, answer })
    }
}

impl From<Condition> for ConditionObject {
    fn from(condition: Condition) -> Self {
        let object = Self { question: condition.question.into(), ..Self::default() };
        match condition.answer {
            ConditionTest::Given => Self { given: true, ..object },
            ConditionTest::OneOf(words) => Self { one_of: Some(words), ..object },
            ConditionTest::AtLeast(bound) => Self { at_least: Some(bound), ..object },
            ConditionTest::AtMost(bound) => Self { at_most: Some(bound), ..object },
        }
    }
}
