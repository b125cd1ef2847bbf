//! Responses that are desirable or not, each by itself (Ethayarajh et al. 2024): TRL's unpaired preference format.

use stele_domain::{
    form::{AnswerValue, Thumb},
    task::{Response, ResponseIndex},
};

use super::{
    Drawn, Reason, Source, all_given, message, model, model_column,
    preference::{preferred, some_or_first_reason},
};
use crate::{
    recipe::Style,
    replay::majority_of,
    table::{Column, Kind},
};

pub(super) fn columns(style: Style) -> Vec<Column> {
    vec![Column::new("completion", message::kind(style)), Column::new("label", Kind::Boolean), model_column("model")]
}

/// From thumbs, a row for each response of which more than half of all say the same; from a preference, the chosen response
/// and the other one.
pub(super) fn draw<'a>(source: &'a Source<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    let row = |response: &'a Response, label: bool| {
        source.fits(response)?;
        let cells = vec![source.said(response), label.into(), model(response)];
        Ok(Drawn { cells, says: vec![response.text.as_str().into()], events: source.task.sources() })
    };
    if source.is_pair {
        if source.task.responses.len() != 2 {
            return Err(Reason::NotAPair);
        }
        let preferred = preferred(source, ResponseIndex::LEFT, ResponseIndex::RIGHT)?;
        return Ok(vec![row(preferred.chosen, true)?, row(preferred.rejected, false)?]);
    }
    if source.task.responses.is_empty() {
        return Err(Reason::NoResponses);
    }
    let given = all_given(source);
    let rows = source.task.responses.iter().enumerate().map(|(place, response)| {
        let thumbs = given.iter().filter_map(|given| match given.answer() {
            Some(AnswerValue::Thumbs(thumbs)) => thumbs.get(place).map(|thumb| *thumb == Thumb::Up),
            _ => None,
        });
        let thumbs: Vec<bool> = thumbs.collect();
        let total = u32::try_from(thumbs.len()).unwrap_or(u32::MAX);
        let (label, votes) = majority_of(thumbs).ok_or(Reason::NoMajority)?;
        source.agrees(votes, total)?;
        row(response, label)
    });
    some_or_first_reason(rows)
}
