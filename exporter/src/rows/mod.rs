//! The formats: which columns they have, and which rows a task gives.

mod boxes;
mod classification;
mod judge;
mod judgments;
mod kto;
mod layout;
mod left_out;
mod marked;
mod message;
mod preference;
mod prompt;
mod ranking;
mod scores;
mod sft;
mod spans;
mod steps;
mod written;

use std::{borrow::Cow, collections::BTreeSet};

use stele_domain::{
    SubjectId,
    dataset::DatasetFormat,
    form::{Part, QuestionKind},
    task::Response,
};
use stele_recipe::{EmptyResponses, Filters, Recipe};

pub use self::left_out::{LeftOut, Reason};
pub(crate) use self::{
    judge::Pseudonyms,
    layout::{Layouter, Place},
    prompt::{Asker, Prompt},
    written::open,
};
use crate::{
    replay::{JudgedTask, Judgment},
    table::{Cell, Column, Kind, Row},
    verdict::{Comparative, Verdicts},
};

/// What the rows of a task are made of.
pub(crate) struct Source<'a> {
    pub(crate) recipe: &'a Recipe,
    /// The kind of the question, if one was asked.
    pub(crate) kind: Option<&'a QuestionKind>,
    pub(crate) verdicts: &'a Verdicts,
    pub(crate) task: &'a JudgedTask,
    /// A number for each response, the greater the better, where the recipe's method is of that kind.
    pub(crate) scores: Vec<f64>,
}

/// A row without what it has in common with all others.
pub(crate) struct Drawn<'a> {
    /// The cells between the prompt and the provenance.
    pub(crate) cells: Row,
    /// What it says, for finding another that says the same.
    pub(crate) says: Vec<Cow<'a, str>>,
    /// The positions of the events that it comes from, in order.
    pub(crate) events: Vec<u64>,
    /// Whose personal text is in it, beside that of the prompt.
    pub(crate) whose: BTreeSet<SubjectId>,
}

impl<'a> Drawn<'a> {
    const fn new(cells: Row, says: Vec<Cow<'a, str>>, events: Vec<u64>) -> Self {
        Self { cells, says, events, whose: BTreeSet::new() }
    }
}

/// The columns of a recipe's rows, before they are laid out for a trainer.
pub(crate) fn columns(recipe: &Recipe, kind: Option<&QuestionKind>) -> Vec<Column> {
    let style = recipe.style;
    let own = match recipe.format {
        DatasetFormat::Dpo | DatasetFormat::Reward => preference::columns(recipe),
        DatasetFormat::Kto => kto::columns(style),
        DatasetFormat::Ranking => ranking::columns(style),
        DatasetFormat::Sft => sft::columns(style),
        DatasetFormat::Prompts => Vec::new(),
        DatasetFormat::Steps => steps::columns(),
        DatasetFormat::Judgments => judgments::columns(recipe),
        DatasetFormat::Classification => classification::columns(),
        DatasetFormat::Scores => scores::columns(recipe),
        DatasetFormat::Spans => spans::columns(recipe, kind),
        DatasetFormat::Boxes => boxes::columns(recipe),
    };
    let mut columns = match recipe.format {
        DatasetFormat::Boxes => boxes::image_columns(),
        DatasetFormat::Classification => vec![Column::new("text", Kind::Text)],
        DatasetFormat::Spans if kind.and_then(spans::field).is_some() => vec![Column::new("text", Kind::Text)],
        _ => vec![Column::new("prompt", message::kind(style))],
    };
    columns.extend(own);
    columns.push(Column::new("task_id", Kind::Text));
    columns.push(Column::new("events", Kind::list_of(Kind::Unsigned64)));
    columns
}

/// The content field that a question is about, if it is about one.
fn field(kind: &QuestionKind) -> Option<&str> {
    spans::field(kind).or_else(|| boxes::field(kind))
}

/// The rows that a task gives, or why it gives none.
pub(crate) fn draw<'a>(source: &'a Source<'_>, pseudonyms: &Pseudonyms<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    let format = source.recipe.format;
    if format != DatasetFormat::Prompts {
        source.is_judged()?;
    }
    match format {
        DatasetFormat::Dpo | DatasetFormat::Reward => preference::draw(source),
        DatasetFormat::Kto => kto::draw(source),
        DatasetFormat::Ranking => ranking::draw(source),
        DatasetFormat::Sft => sft::draw(source),
        DatasetFormat::Prompts => Ok(vec![Drawn::new(Vec::new(), Vec::new(), source.task.sources())]),
        DatasetFormat::Steps => steps::draw(source),
        DatasetFormat::Judgments => judgments::draw(source, pseudonyms),
        DatasetFormat::Classification => classification::draw(source),
        DatasetFormat::Scores => scores::draw(source, pseudonyms),
        DatasetFormat::Spans => spans::draw(source, pseudonyms),
        DatasetFormat::Boxes => boxes::draw(source, pseudonyms),
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

    /// Whether responses are compared two at a time, by a preference.
    const fn is_pair(&self) -> bool {
        matches!(self.kind, Some(QuestionKind::Preference(_)))
    }

    /// Which of two responses the annotators find better.
    fn compare(&self, pair: preference::Pair) -> Comparative {
        self.verdicts.compare(self.task, &self.scores, pair, self.recipe.aggregation.ties)
    }

    /// Which category a part of the task is of: by an adjudicator where there is one, else by the recipe's method.
    fn categorise(&self, part: Part) -> Result<String, Reason> {
        if let Some(decided) = &self.task.adjudicated {
            return decided.category(part).ok_or(Reason::NotJudged);
        }
        let said = self.task.judgments.iter();
        let said: Vec<_> =
            said.filter_map(|judgment| Some((judgment.annotator, judgment.given.category(part)?))).collect();
        let verdict = self.verdicts.categorise(self.task.id, part, &said).ok_or(Reason::NoMajority)?;
        let agreeing = said.iter().filter(|(_, category)| *category == verdict.category).count();
        self.agrees(number(agreeing), number(said.len()))?;
        self.is_probable(verdict.probability)?;
        Ok(verdict.category)
    }

    /// Whether enough of all agree with what won, or it was decided over their heads.
    fn agrees(&self, votes: u32, total: u32) -> Result<(), Reason> {
        let too_little = |least: f64| f64::from(votes) < least * f64::from(total);
        let is_disputed = self.task.adjudicated.is_none() && self.filters().min_agreement.is_some_and(too_little);
        if is_disputed { Err(Reason::LittleAgreement) } else { Ok(()) }
    }

    /// Whether what won is probable enough, or was decided over their heads.
    fn is_probable(&self, probability: f64) -> Result<(), Reason> {
        let too_little = |least: f64| probability < least;
        let is_doubtful = self.task.adjudicated.is_none() && self.filters().min_probability.is_some_and(too_little);
        if is_doubtful { Err(Reason::LittleProbability) } else { Ok(()) }
    }

    /// Whether a response may stand in a row.
    fn fits(&self, response: &Response) -> Result<(), Reason> {
        self.fits_text(&response.text)
    }

    fn fits_text(&self, text: &str) -> Result<(), Reason> {
        if self.recipe.empty_responses == EmptyResponses::Drop && text.trim().is_empty() {
            return Err(Reason::EmptyResponse);
        }
        let longest = self.filters().max_response_characters;
        let is_long = |longest: u32| text.chars().count() > longest as usize;
        if longest.is_some_and(is_long) { Err(Reason::LongResponse) } else { Ok(()) }
    }

    /// A response, as the recipe's style has it.
    fn said(&self, response: &Response) -> Cell {
        message::said(self.recipe.style, &response.text)
    }

    /// The judgments in the order in which they were made.
    fn in_order(&self) -> Vec<&Judgment> {
        let mut judgments: Vec<&Judgment> = self.task.judgments.iter().collect();
        judgments.sort_by_key(|judgment| judgment.given.last_position());
        judgments
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

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
