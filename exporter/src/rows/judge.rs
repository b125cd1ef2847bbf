//! Who judged, when, and how it stands: what formats have in common that have each judgment by itself.

use stele_domain::ParticipantId;
use stele_ledger::Mint;
use stele_recipe::Recipe;

use super::Drawn;
use crate::{
    replay::{Given, Judgment},
    table::{Cell, Column, Kind},
};

/// Names for annotators. They are keyed by the ledger and the dataset, so that two datasets can't be joined on them.
pub(crate) struct Pseudonyms<'a> {
    pub(crate) mint: &'a Mint,
    pub(crate) dataset: &'a str,
}

impl Pseudonyms<'_> {
    pub(super) fn of(&self, annotator: ParticipantId) -> String {
        let name = self.mint.pseudonym("dataset-annotator", &[self.dataset, &annotator.to_string()]);
        hex::encode(&name[..8])
    }
}

/// What stands at the end of a row: when the judgment was given, and why if the recipe asks.
pub(super) fn last_columns(recipe: &Recipe) -> Vec<Column> {
    let mut columns = vec![Column::new("approved", Kind::Boolean), Column::new("happened_at", Kind::Time)];
    columns.extend(recipe.rationale.as_ref().map(|_| Column::optional("rationale", Kind::Text)));
    columns
}

pub(super) fn last_cells(recipe: &Recipe, judgment: &Judgment) -> Vec<Cell> {
    let mut cells = vec![judgment.is_approved.into(), Cell::Text(judgment.happened_at.to_string())];
    cells.extend(recipe.rationale.as_ref().map(|_| rationale(&judgment.given)));
    cells
}

/// Why somebody answered as they did; nothing if they gave no reason, or it is gone with them.
fn rationale(given: &Given) -> Cell {
    match given {
        Given::Answer { rationale: Some(text), .. } => text.as_clear().cloned().into(),
        _ => Cell::None,
    }
}

/// Notes whose words a row holds, beside those of the prompt.
pub(super) fn credit(row: &mut Drawn<'_>, given: &Given) {
    if let Given::Answer { rationale: Some(text), .. } = given
        && text.as_clear().is_some()
    {
        row.whose.insert(text.subject());
    }
}
