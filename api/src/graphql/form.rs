//! Forms on the wire: questions in, questions out.

use async_graphql::{Enum, InputObject, OneofObject, SimpleObject, Union};
use stele_domain::form::{ChoiceOption, Form, PreferenceQuestion, Question, QuestionKind};

use super::refusal::Refusal;

/// A question to be asked.
#[derive(InputObject)]
pub(super) struct QuestionInput {
    /// Its name within the form: a lower-case letter, then up to 63 of a-z, 0-9 and `_`.
    key: String,
    /// What the annotator reads.
    title: String,
    /// Whether it must be answered.
    #[graphql(default = true)]
    required: bool,
    /// What is asked, and what may be answered.
    kind: QuestionKindInput,
}

/// Exactly one kind of question.
#[derive(OneofObject)]
pub(super) enum QuestionKindInput {
    /// Which of two responses is better.
    Preference(PreferenceQuestionInput),
    /// An integer on a scale.
    Rating(RatingQuestionInput),
    /// One of several options.
    Choice(ChoiceQuestionInput),
    /// Free text.
    Text(TextQuestionInput),
}

/// Which of two responses is better.
#[derive(InputObject)]
pub(super) struct PreferenceQuestionInput {
    /// How many degrees of strength there are; 0 if strength is not asked. At most 10.
    #[graphql(default, validator(minimum = 0, maximum = 10))]
    strengths: u8,
    /// Whether "equally good" is an answer.
    #[graphql(default)]
    tie: bool,
    /// Whether "both are bad" is an answer.
    #[graphql(default)]
    both_bad: bool,
}

/// An integer on a scale.
#[derive(InputObject)]
pub(super) struct RatingQuestionInput {
    /// The lowest answer.
    min: i32,
    /// The highest answer.
    max: i32,
}

/// One of several options.
#[derive(InputObject)]
pub(super) struct ChoiceQuestionInput {
    /// The options, in the order shown.
    options: Vec<ChoiceOptionInput>,
}

/// One option of a choice.
#[derive(InputObject)]
pub(super) struct ChoiceOptionInput {
    /// What is recorded.
    key: String,
    /// What is shown.
    label: String,
}

/// Free text.
#[derive(InputObject)]
pub(super) struct TextQuestionInput {
    /// The longest answer, in Unicode scalar values.
    #[graphql(default = 5000)]
    max_length: u32,
}

/// The questions, or why one of them can't be asked.
pub(super) fn questions(inputs: Vec<QuestionInput>) -> Result<Vec<Question>, Refusal> {
    inputs.into_iter().map(question).collect()
}

fn question(input: QuestionInput) -> Result<Question, Refusal> {
    let kind = match input.kind {
        QuestionKindInput::Preference(preference) => QuestionKind::Preference(PreferenceQuestion {
            strengths: preference.strengths,
            tie: preference.tie,
            both_bad: preference.both_bad,
        }),
        QuestionKindInput::Rating(rating) => QuestionKind::Rating { min: rating.min, max: rating.max },
        QuestionKindInput::Choice(choice) => {
            let option = |option: ChoiceOptionInput| ChoiceOption { key: option.key, label: option.label };
            QuestionKind::Choice { options: choice.options.into_iter().map(option).collect() }
        }
        QuestionKindInput::Text(text) => QuestionKind::Text { max_length: text.max_length },
    };
    let key = input.key.try_into().map_err(|error| Refusal::new("BAD_FORM", &error))?;
    Ok(Question { key, title: input.title, required: input.required, kind })
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
    /// Whether it must be answered.
    required: bool,
    /// What is asked, and what may be answered.
    kind: QuestionKindObject,
}

/// What a question asks, and what may be answered.
#[derive(Union)]
#[graphql(name = "QuestionKind")]
enum QuestionKindObject {
    Preference(PreferenceKind),
    Rating(RatingKind),
    Choice(ChoiceKind),
    Text(TextKind),
}

/// Which of two responses is better.
#[derive(SimpleObject)]
struct PreferenceKind {
    /// How many degrees of strength there are; 0 if strength is not asked.
    strengths: u8,
    /// Which outcomes are possible.
    outcomes: Vec<Outcome>,
}

/// The outcome of comparing two responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "PreferenceOutcome", remote = "stele_domain::form::PreferenceOutcome")]
pub(super) enum Outcome {
    /// The first of the two responses.
    Left,
    /// The second of the two responses.
    Right,
    /// Equally good.
    Tie,
    /// Neither will do.
    BothBad,
}

/// An integer on a scale.
#[derive(SimpleObject)]
struct RatingKind {
    /// The lowest answer.
    min: i32,
    /// The highest answer.
    max: i32,
}

/// One of several options.
#[derive(SimpleObject)]
struct ChoiceKind {
    /// The options, in the order shown.
    options: Vec<ChoiceOptionObject>,
}

/// One option of a choice.
#[derive(SimpleObject)]
#[graphql(name = "ChoiceOption")]
struct ChoiceOptionObject {
    /// What is recorded.
    key: String,
    /// What is shown.
    label: String,
}

/// Free text.
#[derive(SimpleObject)]
struct TextKind {
    /// The longest answer, in Unicode scalar values.
    max_length: u32,
}

impl From<Form> for FormObject {
    fn from(form: Form) -> Self {
        let questions = form.questions.into_iter().map(|question| QuestionObject {
            key: question.key.into(),
            title: question.title,
            required: question.required,
            kind: question.kind.into(),
        });
        Self { version: form.version.get(), questions: questions.collect() }
    }
}

impl From<QuestionKind> for QuestionKindObject {
    fn from(kind: QuestionKind) -> Self {
        match kind {
            QuestionKind::Preference(asked) => {
                let tie = asked.tie.then_some(Outcome::Tie);
                let both_bad = asked.both_bad.then_some(Outcome::BothBad);
                let outcomes = [Outcome::Left, Outcome::Right].into_iter().chain(tie).chain(both_bad).collect();
                Self::Preference(PreferenceKind { strengths: asked.strengths, outcomes })
            }
            QuestionKind::Rating { min, max } => Self::Rating(RatingKind { min, max }),
            QuestionKind::Choice { options } => {
                let option = |option: ChoiceOption| ChoiceOptionObject { key: option.key, label: option.label };
                Self::Choice(ChoiceKind { options: options.into_iter().map(option).collect() })
            }
            QuestionKind::Text { max_length } => Self::Text(TextKind { max_length }),
        }
    }
}
