//! Pairs of responses, one preferred: for direct preference optimisation (Rafailov et al. 2023), and for reward models.
//!
//! `prompt`, `chosen` and `rejected` are the preference format with an explicit prompt that TRL documents; the other columns
//! are for audit, and trainers drop them.

use stele_domain::{
    form::PreferenceOutcome,
    task::{Response, ResponseIndex},
};

use super::{Drawn, Reason, Source, message, model, model_column};
use crate::{
    recipe::Style,
    replay::{Given, Majority, Votes},
    table::{Column, Kind},
};

pub(super) fn columns(style: Style) -> Vec<Column> {
    vec![
        Column::new("chosen", message::kind(style)),
        Column::new("rejected", message::kind(style)),
        model_column("chosen_model"),
        model_column("rejected_model"),
        Column::new("votes_chosen", Kind::Unsigned32),
        Column::new("votes_rejected", Kind::Unsigned32),
        Column::new("votes_total", Kind::Unsigned32),
    ]
}

pub(super) fn columns_with_margin(style: Style) -> Vec<Column> {
    let mut columns = columns(style);
    columns.push(Column::new("margin", Kind::Float));
    columns
}

/// A pair of responses of which one is preferred.
pub(super) struct Preferred<'a> {
    pub(super) chosen: &'a Response,
    pub(super) rejected: &'a Response,
    pub(super) is_left: bool,
    votes: Votes,
}

impl Preferred<'_> {
    const fn votes_chosen(&self) -> u32 {
        if self.is_left { self.votes.left } else { self.votes.right }
    }

    const fn votes_rejected(&self) -> u32 {
        if self.is_left { self.votes.right } else { self.votes.left }
    }
}

/// A row for each pair of which more than half of all judgments prefer the same response.
pub(super) fn draw<'a>(source: &'a Source<'_>, has_margin: bool) -> Result<Vec<Drawn<'a>>, Reason> {
    let rows = pairs(source)?.into_iter().map(|(left, right)| {
        let preferred = preferred(source, left, right)?;
        let (chosen, rejected) = (preferred.chosen, preferred.rejected);
        let mut cells = vec![
            source.said(chosen),
            source.said(rejected),
            model(chosen),
            model(rejected),
            preferred.votes_chosen().into(),
            preferred.votes_rejected().into(),
            preferred.votes.total().into(),
        ];
        cells.extend(has_margin.then(|| margin(source, (left, right), &preferred).into()));
        let says = vec![chosen.text.as_str().into(), rejected.text.as_str().into()];
        Ok(Drawn { cells, says, events: source.task.sources() })
    });
    some_or_first_reason(rows)
}

/// The rows that there are; if there are none, why the first is not there.
pub(super) fn some_or_first_reason<'a>(
    rows: impl Iterator<Item = Result<Drawn<'a>, Reason>>,
) -> Result<Vec<Drawn<'a>>, Reason> {
    let (mut drawn, mut reason) = (Vec::new(), None);
    for row in rows {
        match row {
            Ok(row) => drawn.push(row),
            Err(why) => reason = reason.or(Some(why)),
        }
    }
    match reason {
        Some(reason) if drawn.is_empty() => Err(reason),
        _ => Ok(drawn),
    }
}

/// The pairs that are compared: the two responses of a preference, every two of a ranking.
fn pairs(source: &Source<'_>) -> Result<Vec<(ResponseIndex, ResponseIndex)>, Reason> {
    let responses = source.task.responses.len();
    if responses < 2 || source.is_pair && responses != 2 {
        return Err(Reason::NotAPair);
    }
    let index = |place: usize| ResponseIndex(u8::try_from(place).unwrap_or(u8::MAX));
    let pairs = (0..responses).flat_map(|left| (left + 1..responses).map(move |right| (index(left), index(right))));
    Ok(pairs.collect())
}

/// Which of two responses is preferred, by an adjudicator where there is one, else by the majority.
pub(super) fn preferred<'a>(
    source: &'a Source<'_>,
    left: ResponseIndex,
    right: ResponseIndex,
) -> Result<Preferred<'a>, Reason> {
    let responses = &source.task.responses;
    let of = |index: ResponseIndex| responses.get(usize::from(index.0)).ok_or(Reason::NotAPair);
    let votes = source.task.votes(left, right);
    let decided = source.task.adjudicated.iter().flat_map(Given::comparisons);
    let decided =
        decided.filter(|of| (of.left, of.right) == (left, right)).map(|of| Majority::For(of.outcome)).next();
    let (chosen, rejected, is_left) = match decided.unwrap_or_else(|| votes.majority()) {
        Majority::For(PreferenceOutcome::Left) => (of(left)?, of(right)?, true),
        Majority::For(PreferenceOutcome::Right) => (of(right)?, of(left)?, false),
        Majority::For(PreferenceOutcome::Tie) => return Err(Reason::MajorityTie),
        Majority::For(PreferenceOutcome::BothBad) => return Err(Reason::MajorityBothBad),
        Majority::None => return Err(Reason::NoMajority),
    };
    let preferred = Preferred { chosen, rejected, is_left, votes };
    source.agrees(preferred.votes_chosen(), votes.total())?;
    if chosen.text == rejected.text {
        return Err(Reason::IdenticalResponses);
    }
    source.fits(chosen)?;
    source.fits(rejected)?;
    Ok(preferred)
}

/// By how much the chosen response is preferred: the mean over all judgments of the strength, negative where the other
/// response was preferred and 0 where neither was. A judgment without a strength counts as 1. In units of the question's
/// degrees of strength; of an adjudicated pair, the adjudicator's alone.
fn margin(source: &Source<'_>, pair: (ResponseIndex, ResponseIndex), preferred: &Preferred<'_>) -> f64 {
    let given = super::all_given(source);
    let comparisons = given.iter().flat_map(|given| given.comparisons()).filter(|of| (of.left, of.right) == pair);
    let (mut sum, mut count) = (0_i32, 0_i32);
    for comparison in comparisons {
        let strength = i32::from(comparison.strength.unwrap_or(1));
        sum += match (comparison.outcome, preferred.is_left) {
            (PreferenceOutcome::Left, true) | (PreferenceOutcome::Right, false) => strength,
            (PreferenceOutcome::Left, false) | (PreferenceOutcome::Right, true) => -strength,
            (PreferenceOutcome::Tie | PreferenceOutcome::BothBad, _) => 0,
        };
        count += 1;
    }
    f64::from(sum) / f64::from(count.max(1))
}
