//! The formats: which columns they have, and which rows a task gives.

mod classification;
mod judgments;
mod kto;
mod left_out;
mod message;
mod preference;
mod prompt;
mod ranking;
mod sft;
mod steps;

use std::borrow::Cow;

use stele_domain::{dataset::DatasetFormat, task::Response};

pub use self::left_out::{LeftOut, Reason};
pub(crate) use self::{
    judgments::Pseudonyms,
    prompt::{Prompt, ask},
};
use crate::{
    recipe::{EmptyResponses, Filters, Recipe},
    replay::{Given, JudgedTask, Judgment},
    table::{Cell, Column, Columns, Kind, Row},
};

/// What the rows of a task are made of.
pub(crate) struct Source<'a> {
    pub(crate) recipe: &'a Recipe,
    /// Whether responses are compared two at a time, by a preference.
    pub(crate) is_pair: bool,
    pub(crate) task: &'a JudgedTask,
}

/// A row without what it has in common with all others.
pub(crate) struct Drawn<'a> {
    /// The cells between the prompt and the provenance.
    pub(crate) cells: Row,
    /// What it says, for finding another that says the same.
    pub(crate) says: Vec<Cow<'a, str>>,
    /// The positions of the events that it comes from, in order.
    pub(crate) events: Vec<u64>,
}

/// The columns of a recipe's rows.
pub(crate) fn columns(recipe: &Recipe) -> Columns {
    let (style, text) = (recipe.style, message::kind(recipe.style));
    let own = match recipe.format {
        DatasetFormat::Dpo => preference::columns(style),
        DatasetFormat::Reward => preference::columns_with_margin(style),
        DatasetFormat::Kto => kto::columns(style),
        DatasetFormat::Ranking => ranking::columns(style),
        DatasetFormat::Sft => sft::columns(style),
        DatasetFormat::Prompts => Vec::new(),
        DatasetFormat::Steps => steps::columns(),
        DatasetFormat::Judgments => judgments::columns(),
        DatasetFormat::Classification => classification::columns(),
    };
    let prompt = if recipe.format == DatasetFormat::Classification { "text" } else { "prompt" };
    let mut columns = vec![Column::new(prompt, text)];
    columns.extend(own);
    columns.push(Column::new("task_id", Kind::Text));
    columns.push(Column::new("events", Kind::list_of(Kind::Unsigned64)));
    Columns::new(columns)
}

/// The rows that a task gives, or why it gives none.
pub(crate) fn draw<'a>(source: &'a Source<'_>, pseudonyms: &Pseudonyms<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    let format = source.recipe.format;
    if format != DatasetFormat::Prompts {
        source.is_judged()?;
    }
    match format {
        DatasetFormat::Dpo => preference::draw(source, false),
        DatasetFormat::Reward => preference::draw(source, true),
        DatasetFormat::Kto => kto::draw(source),
        DatasetFormat::Ranking => ranking::draw(source),
        DatasetFormat::Sft => sft::draw(source),
        DatasetFormat::Prompts => {
            Ok(vec![Drawn { cells: Vec::new(), says: Vec::new(), events: source.task.sources() }])
        }
        DatasetFormat::Steps => steps::draw(source),
        DatasetFormat::Judgments => judgments::draw(source, pseudonyms),
        DatasetFormat::Classification => classification::draw(source),
    }
}

impl Source<'_> {
    const fn filters(&self) -> &Filters {
        &self.recipe.filters
    }

    fn is_judged(&self) -> Result<(), Reason> {
        if !self.task.is_judged() {
            return Err(Reason::NotJudged);
        }
        let few = self.filters().min_judgments.is_some_and(|least| self.task.judgments.len() < least as usize);
        if few { Err(Reason::FewJudgments) } else { Ok(()) }
    }

    /// Whether enough of all agree with what won, or it was decided over their heads.
    fn agrees(&self, votes: u32, total: u32) -> Result<(), Reason> {
        let too_little = |least: f64| f64::from(votes) < least * f64::from(total);
        let is_disputed = self.task.adjudicated.is_none() && self.filters().min_agreement.is_some_and(too_little);
        if is_disputed { Err(Reason::LittleAgreement) } else { Ok(()) }
    }

    /// Whether a response may stand in a row.
    fn fits(&self, response: &Response) -> Result<(), Reason> {
        if self.recipe.empty_responses == EmptyResponses::Drop && response.text.trim().is_empty() {
            return Err(Reason::EmptyResponse);
        }
        let longest = self.filters().max_response_characters;
        let is_long = |longest: u32| response.text.chars().count() > longest as usize;
        if longest.is_some_and(is_long) { Err(Reason::LongResponse) } else { Ok(()) }
    }

    /// A response, as the recipe's style has it.
    fn said(&self, response: &Response) -> Cell {
        message::said(self.recipe.style, &response.text)
    }

    fn judgments(&self) -> impl Iterator<Item = &Judgment> {
        self.task.judgments.iter()
    }
}

/// The model that gave a response, if it is known.
fn model(response: &Response) -> Cell {
    response.model.clone().into()
}

/// The column of a model, which may not be known.
const fn model_column(name: &'static str) -> Column {
    Column::optional(name, Kind::Text)
}

/// How many judgments there are of a task.
fn count(of: usize) -> Cell {
    Cell::Unsigned(of as u64)
}

/// What was given by all whose judgments count, or decided over their heads.
fn all_given<'a>(source: &'a Source<'_>) -> Vec<&'a Given> {
    match &source.task.adjudicated {
        Some(given) => vec![given],
        None => source.judgments().map(|judgment| &judgment.given).collect(),
    }
}
