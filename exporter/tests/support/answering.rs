//! What tests ask and answer.

use stele_domain::{
    TaskId,
    form::{Answer, AnswerValue, PreferenceAnswer, PreferenceOutcome, PreferenceQuestion, QuestionKind},
    task::{ContentField, ContentKind, Response, Routing},
};

use super::Campaign;

pub(crate) fn preference(strengths: u8) -> QuestionKind {
    QuestionKind::Preference(PreferenceQuestion { strengths, tie: true, both_bad: true })
}

pub(crate) fn answer(question: &str, value: AnswerValue) -> Vec<Answer> {
    vec![Answer { question: question.try_into().expect("a valid key"), value }]
}

pub(crate) fn prefers(outcome: PreferenceOutcome, strength: Option<u8>) -> Vec<Answer> {
    answer("better", AnswerValue::Preference(PreferenceAnswer { outcome, strength }))
}

pub(crate) fn text(name: &str, text: &str) -> ContentField {
    ContentField::new(name, ContentKind::Text, text)
}

pub(crate) fn responses(texts: &[&str]) -> Vec<Response> {
    texts.iter().map(|text| Response::new(Some(format!("m-{text}")), *text)).collect()
}

pub(crate) async fn task(campaign: &mut Campaign, prompt: &str, texts: &[&str]) -> TaskId {
    campaign.task_of(vec![text("instruction", prompt)], responses(texts), Routing::default()).await
}
