//! The steps of responses, each correct or not (process supervision: Lightman et al. 2023): TRL's stepwise format, which its
//! releases up to 1.13 train on.

use stele_domain::{
    form::{AnswerValue, StepLabel},
    task::Response,
};

use super::{Drawn, Reason, Source, model, model_column, preference::some_or_first_reason};
use crate::table::{Column, Kind};

pub(super) fn columns() -> Vec<Column> {
    vec![
        Column::new("completions", Kind::list_of(Kind::Text)),
        Column::new("labels", Kind::list_of(Kind::Boolean)),
        model_column("model"),
    ]
}

/// A row for each response that has steps, up to the last step that anybody judged.
pub(super) fn draw<'a>(source: &'a Source<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    let stepped = source.task.responses.iter().enumerate().filter(|(_, response)| !response.step_ends.is_empty());
    let rows = stepped.map(|(place, response)| {
        source.fits(response)?;
        let labels = labels(source, place);
        if labels.is_empty() {
            return Err(Reason::NotJudged);
        }
        let completions = steps(response).into_iter().take(labels.len()).collect::<Vec<String>>();
        let cells = vec![completions.into(), labels.into(), model(response)];
        Ok(Drawn::new(cells, vec![response.text.as_str().into()], source.task.sources()))
    });
    let rows = some_or_first_reason(rows)?;
    if rows.is_empty() { Err(Reason::NoResponses) } else { Ok(rows) }
}

/// Whether each step is correct: not where half or more of those who judged it say that it is incorrect. A neutral step is
/// not incorrect.
fn labels(source: &Source<'_>, response: usize) -> Vec<bool> {
    let answers = source.task.answers().into_iter().filter_map(|answer| match answer {
        AnswerValue::Steps(labels) => labels.get(response),
        _ => None,
    });
    let (mut judged, mut incorrect) = (Vec::<u32>::new(), Vec::<u32>::new());
    for labels in answers {
        let steps = judged.len().max(labels.len());
        judged.resize(steps, 0);
        incorrect.resize(steps, 0);
        for (step, label) in labels.iter().enumerate() {
            judged[step] += 1;
            incorrect[step] += u32::from(*label == StepLabel::Incorrect);
        }
    }
    judged.into_iter().zip(incorrect).map(|(judged, incorrect)| incorrect * 2 < judged).collect()
}

/// The texts of a response's steps. Where they end is counted in Unicode scalar values.
fn steps(response: &Response) -> Vec<String> {
    let mut characters = response.text.chars();
    let mut reached = 0;
    let ends = response.step_ends.iter();
    ends.map(|end| {
        let length = end.saturating_sub(std::mem::replace(&mut reached, *end));
        characters.by_ref().take(length as usize).collect()
    })
    .collect()
}
