//! Every judgment by itself, with who gave it, by a pseudonym.

use std::borrow::Cow;

use stele_domain::ParticipantId;
use stele_ledger::Mint;

use super::{Drawn, Reason, Source};
use crate::table::{Cell, Column, Kind};

pub(super) fn columns() -> Vec<Column> {
    vec![
        Column::new("responses", Kind::list_of(Kind::Text)),
        Column::optional("models", Kind::list_of(Kind::Text)),
        Column::new("annotator", Kind::Text),
        Column::new("answer", Kind::Text),
        Column::new("approved", Kind::Boolean),
        Column::new("happened_at", Kind::Time),
    ]
}

/// Names for annotators. They are keyed by the ledger and the dataset, so that two datasets can't be joined on them.
pub(crate) struct Pseudonyms<'a> {
    pub(crate) mint: &'a Mint,
    pub(crate) dataset: &'a str,
}

impl Pseudonyms<'_> {
    fn of(&self, annotator: ParticipantId) -> String {
        let name = self.mint.pseudonym("dataset-annotator", &[self.dataset, &annotator.to_string()]);
        hex::encode(&name[..8])
    }
}

/// A row for each judgment, in the order in which they were made. Answers are JSON in a text, so that every row has the same
/// columns whatever was asked.
pub(super) fn draw<'a>(source: &'a Source<'_>, pseudonyms: &Pseudonyms<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    let responses = &source.task.responses;
    responses.iter().try_for_each(|response| source.fits(response))?;
    let texts: Vec<String> = responses.iter().map(|response| response.text.clone()).collect();
    let models: Option<Vec<String>> = responses.iter().map(|response| response.model.clone()).collect();
    let models = models.filter(|models| !models.is_empty());
    let mut rows: Vec<(Vec<u64>, Drawn<'a>)> = Vec::new();
    for judgment in source.judgments() {
        let Some(answer) = judgment.given.answer() else { continue };
        let answer = serde_json_canonicalizer::to_string(answer).map_err(|_| Reason::NotJudged)?;
        let (annotator, events) = (pseudonyms.of(judgment.annotator), source.task.sources_of(judgment));
        let cells = vec![
            texts.clone().into(),
            models.clone().into(),
            annotator.as_str().into(),
            answer.as_str().into(),
            judgment.is_approved.into(),
            Cell::Text(judgment.happened_at.to_string()),
        ];
        let mut says = vec![Cow::Owned(annotator), Cow::Owned(answer)];
        says.extend(responses.iter().map(|response| Cow::Borrowed(response.text.as_str())));
        rows.push((events.clone(), Drawn { cells, says, events }));
    }
    rows.sort_by(|(one, _), (other, _)| one.last().cmp(&other.last()));
    if rows.is_empty() { Err(Reason::NotJudged) } else { Ok(rows.into_iter().map(|(_, row)| row).collect()) }
}
