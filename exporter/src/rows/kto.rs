//! Responses that are desirable or not, each by itself (Ethayarajh et al. 2024): TRL's unpaired preference format.

use stele_domain::{
    form::{Part, Thumb},
    task::Response,
};
use stele_recipe::Style;

use super::{
    Drawn, Reason, Source, message, model, model_column,
    preference::{ONLY_PAIR, preferred, some_or_first_reason},
};
use crate::{
    replay::index,
    table::{Column, Kind},
};

pub(super) fn columns(style: Style) -> Vec<Column> {
    vec![Column::new("completion", message::kind(style)), Column::new("label", Kind::Boolean), model_column("model")]
}

/// From thumbs, a row for each response of which the annotators together say one thing; from a preference, the chosen response
/// and the other one.
pub(super) fn draw<'a>(source: &'a Source<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    let row = |response: &'a Response, label: bool| {
        source.fits(response)?;
        let cells = vec![source.said(response), label.into(), model(response)];
        Ok(Drawn::new(cells, vec![response.text.as_str().into()], source.task.sources()))
    };
    if source.is_pair() {
        if source.task.responses.len() != 2 {
            return Err(Reason::NotAPair);
        }
        let preferred = preferred(source, ONLY_PAIR)?;
        return Ok(vec![row(preferred.chosen, true)?, row(preferred.rejected, false)?]);
    }
    if source.task.responses.is_empty() {
        return Err(Reason::NoResponses);
    }
    let rows = source.task.responses.iter().enumerate().map(|(place, response)| {
        let category = source.categorise(Part::Response(index(place)))?;
        row(response, category == Thumb::Up.as_str())
    });
    some_or_first_reason(rows)
}
