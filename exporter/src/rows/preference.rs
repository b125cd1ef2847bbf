//! Pairs of responses, one preferred: for direct preference optimisation (Rafailov et al. 2023), and for reward models.
//!
//! `prompt`, `chosen` and `rejected` are the preference format with an explicit prompt that TRL documents; the other columns
//! are for audit, and trainers drop them.

use stele_domain::{
    dataset::DatasetFormat,
    form::PreferenceOutcome,
    task::{Response, ResponseIndex},
};
use stele_recipe::Recipe;

use super::{Drawn, Reason, Source, message, model, model_column};
use crate::{
    replay::{Comparison, index},
    table::{Column, Kind},
    verdict::{Comparative, Verdicts},
};

pub(super) fn columns(recipe: &Recipe) -> Vec<Column> {
    let said = message::kind(recipe.style);
    let mut columns = vec![
        Column::new("chosen", said.clone()),
        Column::new("rejected", said),
        model_column("chosen_model"),
        model_column("rejected_model"),
        Column::new("votes_chosen", Kind::Unsigned32),
        Column::new("votes_rejected", Kind::Unsigned32),
        Column::new("votes_total", Kind::Unsigned32),
    ];
    columns.extend((recipe.format == DatasetFormat::Reward).then(|| Column::new("margin", Kind::Float)));
    let has_probability = recipe.aggregation.chosen_probability;
    columns.extend(has_probability.then(|| Column::new("chosen_probability", Kind::Float)));
    columns
}

/// A pair of responses of which one is preferred.
pub(super) struct Preferred<'a> {
    pub(super) chosen: &'a Response,
    pub(super) rejected: &'a Response,
    pub(super) is_left: bool,
    votes: Votes,
    /// How probable it is that the chosen one is the better one.
    probability: f64,
}

/// How annotators voted on a pair.
#[derive(Clone, Copy, Default)]
struct Votes {
    chosen: u32,
    rejected: u32,
    total: u32,
}

impl Votes {
    fn of(comparisons: impl Iterator<Item = Comparison>, is_left: bool) -> Self {
        let mut votes = Self::default();
        for of in comparisons {
            votes.total += 1;
            match (of.outcome, is_left) {
                (PreferenceOutcome::Left, true) | (PreferenceOutcome::Right, false) => votes.chosen += 1,
                (PreferenceOutcome::Left, false) | (PreferenceOutcome::Right, true) => votes.rejected += 1,
                (PreferenceOutcome::Tie | PreferenceOutcome::BothBad, _) => {}
            }
        }
        votes
    }
}

/// A row for each pair of which one response is preferred.
pub(super) fn draw<'a>(source: &'a Source<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    let rows = pairs(source)?.into_iter().map(|pair| {
        let preferred = preferred(source, pair)?;
        let (chosen, rejected, votes) = (preferred.chosen, preferred.rejected, preferred.votes);
        let mut cells = vec![
            source.said(chosen),
            source.said(rejected),
            model(chosen),
            model(rejected),
            votes.chosen.into(),
            votes.rejected.into(),
            votes.total.into(),
        ];
        let is_reward = source.recipe.format == DatasetFormat::Reward;
        cells.extend(is_reward.then(|| margin(source, pair, preferred.is_left).into()));
        let has_probability = source.recipe.aggregation.chosen_probability;
        cells.extend(has_probability.then(|| preferred.probability.into()));
        let says = vec![chosen.text.as_str().into(), rejected.text.as_str().into()];
        Ok(Drawn::new(cells, says, source.task.sources()))
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

/// The pairs that are compared: the two responses of a preference, every two of anything else.
fn pairs(source: &Source<'_>) -> Result<Vec<Pair>, Reason> {
    let responses = source.task.responses.len();
    if responses < 2 || source.is_pair() && responses != 2 {
        return Err(Reason::NotAPair);
    }
    let pairs = (0..responses).flat_map(|left| (left + 1..responses).map(move |right| (index(left), index(right))));
    Ok(pairs.collect())
}

/// Two responses by their indices, the lower one first.
pub(super) type Pair = (ResponseIndex, ResponseIndex);

/// The only two responses of a task.
pub(super) const ONLY_PAIR: Pair = (ResponseIndex::LEFT, ResponseIndex::RIGHT);

/// Which of two responses is preferred, by an adjudicator where there is one, else by the recipe's method.
pub(super) fn preferred<'a>(source: &'a Source<'_>, (left, right): Pair) -> Result<Preferred<'a>, Reason> {
    let task = source.task;
    let of = |index: ResponseIndex| task.responses.get(usize::from(index.0)).ok_or(Reason::NotAPair);
    let decided = task.adjudicated.as_ref().and_then(|given| given.compared(left, right));
    let verdict = match decided {
        Some(decided) => Comparative::decided(decided.outcome),
        None => source.compare((left, right)),
    };
    let (chosen, rejected, is_left) = match verdict.outcome {
        Some(PreferenceOutcome::Left) => (of(left)?, of(right)?, true),
        Some(PreferenceOutcome::Right) => (of(right)?, of(left)?, false),
        Some(PreferenceOutcome::Tie) => return Err(Reason::MajorityTie),
        Some(PreferenceOutcome::BothBad) => return Err(Reason::MajorityBothBad),
        None => return Err(Reason::NoMajority),
    };
    let votes = Votes::of(task.compared(left, right).map(|(_, comparison)| comparison), is_left);
    let probability = if is_left { verdict.left_probability } else { 1.0 - verdict.left_probability };
    source.agrees(votes.chosen, votes.total)?;
    source.is_probable(probability)?;
    if chosen.text == rejected.text {
        return Err(Reason::IdenticalResponses);
    }
    source.fits(chosen)?;
    source.fits(rejected)?;
    Ok(Preferred { chosen, rejected, is_left, votes, probability })
}

/// By how much the chosen response is preferred. Of numbers it is the difference of the means. Of comparisons it is the mean over
/// all judgments of the strength, negative where the other response was preferred and 0 where neither was, in units of the
/// question's degrees of strength; a judgment without a strength counts as 1. Of an adjudicated pair, the adjudicator's
/// alone.
fn margin(source: &Source<'_>, (left, right): Pair, is_left: bool) -> f64 {
    let of = |index: ResponseIndex| source.scores.get(usize::from(index.0)).copied();
    if let (Verdicts::Means, Some((left, right))) = (source.verdicts, of(left).zip(of(right))) {
        return (left - right).abs();
    }
    let (mut sum, mut count) = (0_i32, 0_i32);
    for comparison in source.task.given().iter().filter_map(|given| given.compared(left, right)) {
        let strength = i32::from(comparison.strength.unwrap_or(1));
        sum += match (comparison.outcome, is_left) {
            (PreferenceOutcome::Left, true) | (PreferenceOutcome::Right, false) => strength,
            (PreferenceOutcome::Left, false) | (PreferenceOutcome::Right, true) => -strength,
            (PreferenceOutcome::Tie | PreferenceOutcome::BothBad, _) => 0,
        };
        count += 1;
    }
    f64::from(sum) / f64::from(count.max(1))
}
