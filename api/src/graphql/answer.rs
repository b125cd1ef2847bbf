//! Answers on the wire.

use async_graphql::{Context, InputObject, OneofObject, Result, SimpleObject};
use stele_domain::{
    ParticipantId, Personal, TaskId,
    form::{Answer, AnswerValue, PreferenceAnswer},
};
use stele_ledger::StreamKey;
use uuid::Uuid;

use super::{disclosure::Disclosures, fault, form::Outcome, refusal::Refusal};
use crate::Api;

/// An answer to one question.
#[derive(InputObject)]
pub(super) struct AnswerInput {
    /// The question's key.
    question: String,
    /// The answer, of the question's kind.
    value: AnswerValueInput,
}

/// Exactly one kind of answer.
#[derive(OneofObject)]
pub(super) enum AnswerValueInput {
    /// To a preference question.
    Preference(PreferenceAnswerInput),
    /// To a rating question.
    Rating(i32),
    /// To a choice question: the option's key.
    Choice(String),
    /// To a text question.
    Text(String),
}

/// Which response is preferred, and how strongly.
#[derive(InputObject)]
pub(super) struct PreferenceAnswerInput {
    /// Which, if any.
    outcome: Outcome,
    /// How strongly, from 1 (slightest), where the question asks.
    strength: Option<u8>,
}

/// The answers of an annotator; free text belongs to whoever wrote it.
pub(super) fn answers(inputs: Vec<AnswerInput>, annotator: ParticipantId) -> Result<Vec<Answer>, Refusal> {
    let answer = |input: AnswerInput| {
        let question = input.question.try_into().map_err(|error| Refusal::new("BAD_ANSWER", &error))?;
        let value = match input.value {
            AnswerValueInput::Preference(PreferenceAnswerInput { outcome, strength }) => {
                AnswerValue::Preference(PreferenceAnswer { outcome: outcome.into(), strength })
            }
            AnswerValueInput::Rating(rating) => AnswerValue::Rating(rating),
            AnswerValueInput::Choice(option) => AnswerValue::Choice(option),
            AnswerValueInput::Text(text) => AnswerValue::Text(Personal::clear(annotator, text)),
        };
        Ok(Answer { question, value })
    };
    inputs.into_iter().map(answer).collect()
}

/// An answer as it was given.
#[derive(SimpleObject)]
#[graphql(name = "Answer")]
pub(super) struct AnswerObject {
    /// The question's key.
    question: String,
    /// To a preference question: which response, if any.
    preference: Option<Outcome>,
    /// To a preference question: how strongly.
    strength: Option<u8>,
    /// To a rating question.
    rating: Option<i32>,
    /// To a choice question: the option's key.
    choice: Option<String>,
    /// To a text question.
    text: Option<PersonalText>,
}

/// A text that belongs to a person.
#[derive(SimpleObject)]
pub(super) struct PersonalText {
    /// The text; null once its owner has been erased.
    text: Option<String>,
    /// Whether its owner has been erased.
    erased: bool,
}

impl PersonalText {
    /// The text, and whether its owner has been erased.
    pub(super) fn into_parts(self) -> (Option<String>, bool) {
        (self.text, self.erased)
    }

    /// Opens a sealed text of an event.
    pub(super) async fn open(
        context: &Context<'_>,
        stream: StreamKey,
        event_id: Uuid,
        path: &str,
        mut field: Personal<String>,
    ) -> Result<Self> {
        let api = context.data::<Api>()?;
        api.ledger
            .open_personal(stream, event_id, path, &mut field)
            .await
            .map_err(|error| fault::internal(context, &error))?;
        if let (Some(disclosures), false) = (context.data_opt::<Disclosures>(), field.is_erased()) {
            disclosures.add(field.subject(), event_id, path);
        }
        Ok(Self { erased: field.is_erased(), text: field.as_clear().cloned() })
    }
}

impl AnswerObject {
    /// An answer of a task's event, with its text opened.
    pub(super) async fn open(context: &Context<'_>, task: TaskId, event_id: Uuid, answer: Answer) -> Result<Self> {
        let mut object = Self {
            question: answer.question.as_str().to_owned(),
            preference: None,
            strength: None,
            rating: None,
            choice: None,
            text: None,
        };
        match answer.value {
            AnswerValue::Preference(preference) => {
                object.preference = Some(preference.outcome.into());
                object.strength = preference.strength;
            }
            AnswerValue::Rating(rating) => object.rating = Some(rating),
            AnswerValue::Choice(option) => object.choice = Some(option),
            AnswerValue::Text(text) => {
                let stream = StreamKey { stream_type: stele_domain::StreamType::Task, id: task.uuid() };
                let path = format!("answers.{}", answer.question);
                object.text = Some(PersonalText::open(context, stream, event_id, &path, text).await?);
            }
        }
        Ok(object)
    }
}
