//! What was marked in a text or an image, by whom: an adjudicator where there is one, else each annotator by themselves, as marks
//! of several have no majority.

use std::borrow::Cow;

use stele_recipe::Recipe;

use super::{
    Drawn, Source,
    judge::{Pseudonyms, credit, last_cells, last_columns},
};
use crate::{
    replay::{Given, Judgment},
    table::{Cell, Column, Kind, Row},
};

/// The marks of one answer.
pub(super) struct Marks<'a> {
    pub(super) given: &'a Given,
    /// Whose they are, unless they were decided.
    judgment: Option<&'a Judgment>,
}

/// Each answer with marks.
pub(super) fn of<'a>(source: &'a Source<'_>) -> Vec<Marks<'a>> {
    match &source.task.adjudicated {
        Some(given) => vec![Marks { given, judgment: None }],
        None => source
            .in_order()
            .into_iter()
            .map(|judgment| Marks { given: &judgment.given, judgment: Some(judgment) })
            .collect(),
    }
}

/// Who marked, if nobody decided. What an adjudicator decided has no annotator and no time of its own.
pub(super) fn columns(recipe: &Recipe) -> Vec<Column> {
    let last = last_columns(recipe).into_iter().map(|column| Column { is_optional: true, ..column });
    std::iter::once(Column::optional("annotator", Kind::Text)).chain(last).collect()
}

impl Marks<'_> {
    pub(super) fn row<'a>(
        &self,
        source: &'a Source<'_>,
        mut cells: Row,
        mut says: Vec<Cow<'a, str>>,
        pseudonyms: &Pseudonyms<'_>,
    ) -> Drawn<'a> {
        if let Some(judgment) = self.judgment {
            let annotator = pseudonyms.of(judgment.annotator);
            cells.push(annotator.as_str().into());
            cells.extend(last_cells(source.recipe, judgment));
            says.push(annotator.into());
        } else {
            cells.extend(columns(source.recipe).iter().map(|_| Cell::None));
        }
        let mut row = Drawn::new(cells, says, source.task.sources_of(self.given));
        credit(&mut row, self.given);
        row
    }
}
