//! Lists of responses, each with its rank.

use std::cmp::Ordering;

use stele_domain::form::PreferenceOutcome;
use stele_recipe::Style;

use super::{
    Drawn, Reason, Source, count, message,
    preference::{ONLY_PAIR, preferred},
};
use crate::table::{Cell, Column, Kind};

pub(super) fn columns(style: Style) -> Vec<Column> {
    vec![
        Column::new("completions", Kind::list_of(message::kind(style))),
        Column::new("ranks", Kind::list_of(Kind::Unsigned32)),
        Column::optional("models", Kind::list_of(Kind::Text)),
        Column::new("votes_total", Kind::Unsigned32),
    ]
}

/// A row of all responses, from the best to the worst.
pub(super) fn draw<'a>(source: &'a Source<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    let responses = &source.task.responses;
    if responses.len() < 2 || source.is_pair() && responses.len() != 2 {
        return Err(Reason::NotAPair);
    }
    responses.iter().try_for_each(|response| source.fits(response))?;
    let ranks = if source.is_pair() { ranks_of_pair(source)? } else { ranks(source) };
    if ranks.len() != responses.len() {
        return Err(Reason::NotJudged);
    }
    if ranks.iter().all(|rank| *rank == 1) {
        return Err(Reason::MajorityTie);
    }
    let mut order: Vec<usize> = (0..responses.len()).collect();
    order.sort_by_key(|place| ranks[*place]);
    let completions = order.iter().map(|place| source.said(&responses[*place])).collect();
    let models: Option<Vec<String>> = order.iter().map(|place| responses[*place].model.clone()).collect();
    let sorted: Vec<u32> = order.iter().map(|place| ranks[*place]).collect();
    let cells = vec![Cell::List(completions), sorted.into(), models.into(), count(source.task.judgments.len())];
    let says = order.iter().map(|place| responses[*place].text.as_str().into()).collect();
    Ok(vec![Drawn::new(cells, says, source.task.sources())])
}

/// The chosen response's rank, and the other one's.
fn ranks_of_pair(source: &Source<'_>) -> Result<Vec<u32>, Reason> {
    let preferred = preferred(source, ONLY_PAIR)?;
    Ok(if preferred.is_left { vec![1, 2] } else { vec![2, 1] })
}

/// Each response's rank, 1 for the best: by the scores that the recipe's method gives, or else by how often it won more often
/// than it lost, over all comparisons with the others (Borda's count). Equal responses share a rank, and the next ranks are
/// left free.
pub(super) fn ranks(source: &Source<'_>) -> Vec<u32> {
    let scores = if source.scores.is_empty() { borda(source) } else { source.scores.clone() };
    let is_greater = |one: &f64, other: &f64| one.total_cmp(other) == Ordering::Greater;
    let rank = |score: &f64| 1 + scores.iter().filter(|other| is_greater(other, score)).count();
    scores.iter().map(|score| u32::try_from(rank(score)).unwrap_or(u32::MAX)).collect()
}

fn borda(source: &Source<'_>) -> Vec<f64> {
    let mut scores = vec![0.0; source.task.responses.len()];
    for comparison in source.task.given().iter().flat_map(|given| given.comparisons()) {
        let won = match comparison.outcome {
            PreferenceOutcome::Left => 1.0,
            PreferenceOutcome::Right => -1.0,
            PreferenceOutcome::Tie | PreferenceOutcome::BothBad => 0.0,
        };
        for (index, won) in [(comparison.left, won), (comparison.right, -won)] {
            if let Some(score) = scores.get_mut(usize::from(index.0)) {
                *score += won;
            }
        }
    }
    scores
}
