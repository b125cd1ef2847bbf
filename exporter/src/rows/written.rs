//! What people wrote: texts among their answers, which belong to them.

use stele_domain::{StreamType, form::AnswerValue};
use stele_ledger::{Ledger, OpenError, StreamKey};
use stele_recipe::Recipe;
use uuid::Uuid;

use crate::replay::{Given, JudgedTask};

/// Opens the texts among the answers to a task, and the reasons given for them. What belonged to somebody who has been erased
/// stays closed.
pub(crate) async fn open(ledger: &Ledger, recipe: &Recipe, task: &mut JudgedTask) -> Result<(), OpenError> {
    let of_annotators = task.judgments.iter_mut().map(|judgment| &mut judgment.given);
    for given in of_annotators.chain(&mut task.adjudicated) {
        open_given(ledger, recipe, task.id, given).await?;
    }
    Ok(())
}

async fn open_given(ledger: &Ledger, recipe: &Recipe, task: Uuid, given: &mut Given) -> Result<(), OpenError> {
    let Given::Answer { event_id, answer, rationale, .. } = given else { return Ok(()) };
    let text = match answer.as_mut() {
        AnswerValue::Text(text) => Some(text),
        _ => None,
    };
    let (of_question, of_rationale) = (recipe.question.as_ref().zip(text), rationale.as_deref_mut());
    let stream = StreamKey { stream_type: StreamType::Task, id: task };
    for (question, text) in of_question.into_iter().chain(recipe.rationale.as_ref().zip(of_rationale)) {
        ledger.open_personal(stream, *event_id, &format!("answers.{question}"), text).await?;
    }
    Ok(())
}
