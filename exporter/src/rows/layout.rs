//! Rows as a trainer wants them: what their columns are called, and how they nest.

use stele_recipe::{Arrangement, Recipe, Side};

use super::message;
use crate::table::{Cell, Column, Columns, Kind, Row};

/// Lays rows out.
pub(crate) struct Layouter {
    arrangement: Arrangement,
    /// What the rows are taken from.
    source: String,
}

/// Where a row stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) side: Side,
    /// How many rows come before it, on all sides.
    pub(crate) number: u64,
}

impl Layouter {
    pub(crate) fn new(recipe: &Recipe, source: &str) -> Self {
        // a recipe whose trainer reads no such rows has been refused
        let arrangement = recipe.layout.arrangement(recipe.format, recipe.style).unwrap_or(Arrangement::Columns);
        Self { arrangement, source: source.to_owned() }
    }

    /// The columns that rows of these columns get.
    pub(crate) fn columns(&self, columns: Vec<Column>) -> Columns {
        let mut columns = columns.into_iter();
        let messages = message::list();
        let mut laid = match self.arrangement {
            Arrangement::Columns => Vec::new(),
            Arrangement::MessagePair => {
                columns.by_ref().take(3).for_each(drop);
                let one = || Kind::Struct(message::plain_columns());
                vec![Column::new("messages", messages), Column::new("chosen", one()), Column::new("rejected", one())]
            }
            Arrangement::Conversation => {
                columns.by_ref().take(2).for_each(drop);
                vec![Column::new("messages", messages)]
            }
            Arrangement::RankedCompletions => {
                columns.by_ref().take(3).for_each(drop);
                let ranked = Columns::new(vec![
                    Column::new("rank", Kind::Unsigned32),
                    Column::new("completion", messages.clone()),
                ]);
                vec![
                    Column::new("context", messages),
                    Column::new("completions", Kind::list_of(Kind::Struct(ranked))),
                ]
            }
            Arrangement::RewardedPrompt => {
                columns.by_ref().take(1).for_each(drop);
                let texts = |names: [&'static str; 2]| names.map(|name| Column::new(name, Kind::Text)).to_vec();
                let place = vec![Column::new("split", Kind::Text), Column::new("index", Kind::Unsigned64)];
                vec![
                    Column::new("data_source", Kind::Text),
                    Column::new("prompt", messages),
                    Column::new("ability", Kind::Text),
                    Column::new("reward_model", Kind::Struct(Columns::new(texts(["style", "ground_truth"])))),
                    Column::new("extra_info", Kind::Struct(Columns::new(place))),
                ]
            }
        };
        laid.extend(columns);
        Columns::new(laid)
    }

    /// A row, laid out.
    pub(crate) fn row(&self, row: Row, place: Place) -> Row {
        let mut cells = row.into_iter();
        let mut next = || cells.next().unwrap_or(Cell::None);
        let mut laid = match self.arrangement {
            Arrangement::Columns => Vec::new(),
            Arrangement::MessagePair => vec![next(), only(next()), only(next())],
            Arrangement::Conversation => vec![Cell::List([list(next()), list(next())].concat())],
            Arrangement::RankedCompletions => {
                let context = next();
                let ranked = [0_u32, 1].map(|rank| Cell::Struct(vec![rank.into(), next()]));
                vec![context, Cell::List(ranked.to_vec())]
            }
            Arrangement::RewardedPrompt => vec![
                self.source.as_str().into(),
                next(),
                "".into(),
                Cell::Struct(vec!["model".into(), "".into()]),
                Cell::Struct(vec![place.side.as_str().into(), place.number.into()]),
            ],
        };
        laid.extend(cells);
        laid
    }
}

fn list(cell: Cell) -> Vec<Cell> {
    match cell {
        Cell::List(cells) => cells,
        one => vec![one],
    }
}

/// The only message of a list, its role and its content.
fn only(cell: Cell) -> Cell {
    match list(cell).into_iter().next() {
        Some(Cell::Struct(cells)) => Cell::Struct(cells.into_iter().take(2).collect()),
        other => other.unwrap_or(Cell::None),
    }
}
