//! Images and the boxes that were drawn in them: boxes as COCO has them, `[x, y, width, height]` in pixels from the upper left
//! corner.

use stele_domain::form::{AnswerValue, BoundingBox, QuestionKind};
use stele_recipe::Recipe;

use super::{Drawn, Reason, Source, judge::Pseudonyms, marked};
use crate::table::{Cell, Column, Columns, Kind};

/// The content field with the image of a question.
pub(super) fn field(kind: &QuestionKind) -> Option<&str> {
    match kind {
        QuestionKind::Boxes(boxes) => Some(&boxes.content),
        _ => None,
    }
}

/// The columns that tell of the image: the first of a row.
pub(super) fn image_columns() -> Vec<Column> {
    vec![
        Column::new("image", Kind::Text),
        Column::new("width", Kind::Unsigned32),
        Column::new("height", Kind::Unsigned32),
    ]
}

pub(super) fn columns(recipe: &Recipe) -> Vec<Column> {
    let object = Columns::new(vec![
        Column::new("bbox", Kind::list_of(Kind::Float)),
        Column::new("area", Kind::Float),
        Column::optional("category", Kind::Text),
    ]);
    let mut columns = vec![Column::new("objects", Kind::list_of(Kind::Struct(object)))];
    columns.extend(marked::columns(recipe));
    columns
}

/// A row for each who looked for boxes in the image. An image in which they found none is a row too.
pub(super) fn draw<'a>(source: &'a Source<'_>, pseudonyms: &Pseudonyms<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    let mut rows = Vec::new();
    for marks in marked::of(source) {
        let Some(AnswerValue::Boxes(boxes)) = marks.given.answer() else { continue };
        let objects: Vec<Cell> = boxes.iter().map(object).collect();
        let says = vec![format!("{objects:?}").into()];
        rows.push(marks.row(source, vec![Cell::List(objects)], says, pseudonyms));
    }
    if rows.is_empty() { Err(Reason::NotJudged) } else { Ok(rows) }
}

fn object(drawn: &BoundingBox) -> Cell {
    let edges = vec![drawn.x, drawn.y, drawn.width, drawn.height];
    Cell::Struct(vec![edges.into(), (drawn.width * drawn.height).into(), drawn.label.clone().into()])
}
