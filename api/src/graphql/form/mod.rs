//! Forms on the wire: questions in, questions out. What a kind asks is the same in both directions, but for preferences.

mod condition;
mod kind;
mod media_kind;

use async_graphql::{InputObject, SimpleObject};
use stele_domain::form::{Form, Question};

pub(super) use self::kind::{Outcome, StepLabelEnum, ThumbEnum, converted};
use self::{
    condition::{ConditionInput, ConditionObject},
    kind::{QuestionKindInput, QuestionKindObject},
};
use super::refusal::Refusal;

/// A question to be asked.
#[derive(InputObject)]
pub(super) struct QuestionInput {
    /// Its name within the form: a lower-case letter, then up to 63 of a-z, 0-9 and `_`.
    key: String,
    /// What the annotator reads.
    title: String,
    /// Whether it must be answered, where it is asked.
    #[graphql(default = true)]
    required: bool,
    /// When it is asked; always by default.
    when: Option<ConditionInput>,
    /// What is asked, and what may be answered.
    kind: QuestionKindInput,
}

/// A project's form.
#[derive(SimpleObject)]
#[graphql(name = "Form")]
pub(super) struct FormObject {
    /// Which edition this is, from 1.
    version: u32,
    /// The questions, in order.
    questions: Vec<QuestionObject>,
}

/// One question of a form.
#[derive(SimpleObject)]
#[graphql(name = "Question")]
struct QuestionObject {
    /// Its name within the form.
    key: String,
    /// What the annotator reads.
    title: String,
    /// Whether it must be answered, where it is asked.
    required: bool,
    /// When it is asked; null for always.
    when: Option<ConditionObject>,
    /// What is asked, and what may be answered.
    kind: QuestionKindObject,
}

/// The questions, or why one of them can't be asked.
pub(super) fn questions(inputs: Vec<QuestionInput>) -> Result<Vec<Question>, Refusal> {
    inputs.into_iter().map(question).collect()
}

fn question(input: QuestionInput) -> Result<Question, Refusal> {
    let bad = |error: &dyn std::error::Error| Refusal::new("BAD_FORM", &error.to_string());
    let when = input.when.map(ConditionInput::read).transpose().map_err(|error| bad(&error))?;
    let key = input.key.try_into().map_err(|error| bad(&error))?;
    Ok(Question { key, title: input.title, required: input.required, when, kind: input.kind.into() })
}

impl From<Form> for FormObject {
    fn from(form: Form) -> Self {
        let questions = form.questions.into_iter().map(|question| QuestionObject {
            key: question.key.into(),
            title: question.title,
            required: question.required,
            when: question.when.map(Into::into),
            kind: question.kind.into(),
        });
        Self { version: form.version.get(), questions: questions.collect() }
    }
}
