//! The best response to each prompt, for supervised fine-tuning: TRL's prompt-completion format.

use stele_domain::{
    form::AnswerValue,
    task::{Response, ResponseIndex},
};

use super::{Drawn, Reason, Source, all_given, message, model, model_column, preference::preferred, ranking::ranks};
use crate::{recipe::Style, replay::Given, table::Column};

pub(super) fn columns(style: Style) -> Vec<Column> {
    vec![Column::new("completion", message::kind(style)), model_column("model")]
}

/// A row of the response that is better than all others: the chosen one of a pair, or the one of the highest rank or mean rating.
pub(super) fn draw<'a>(source: &'a Source<'_>) -> Result<Vec<Drawn<'a>>, Reason> {
    let best = best(source)?;
    source.fits(best)?;
    let cells = vec![source.said(best), model(best)];
    Ok(vec![Drawn { cells, says: vec![best.text.as_str().into()], events: source.task.sources() }])
}

fn best<'a>(source: &'a Source<'_>) -> Result<&'a Response, Reason> {
    let responses = &source.task.responses;
    if source.is_pair {
        if responses.len() != 2 {
            return Err(Reason::NotAPair);
        }
        return Ok(preferred(source, ResponseIndex::LEFT, ResponseIndex::RIGHT)?.chosen);
    }
    let place = match all_given(source).first() {
        Some(Given::Comparisons(_)) => only(ranks(source).iter().map(|rank| -f64::from(*rank))),
        _ => only(means(source)?.into_iter()),
    };
    responses.get(place.ok_or(Reason::MajorityTie)?).ok_or(Reason::NoResponses)
}

/// The place of the greatest number, if there is one such place.
fn only(numbers: impl Iterator<Item = f64> + Clone) -> Option<usize> {
    let greatest = numbers.clone().max_by(f64::total_cmp)?;
    let mut places = numbers.enumerate().filter(|(_, number)| number.total_cmp(&greatest).is_eq());
    let (first, _) = places.next()?;
    places.next().is_none().then_some(first)
}

/// The mean of each response's ratings.
fn means(source: &Source<'_>) -> Result<Vec<f64>, Reason> {
    let mut sums = vec![0.0; source.task.responses.len()];
    let mut count = 0.0;
    for answer in source.task.answers() {
        let numbers: Vec<f64> = match answer {
            AnswerValue::Ratings(ratings) => ratings.iter().copied().map(f64::from).collect(),
            AnswerValue::Scalars(scalars) => scalars.clone(),
            _ => continue,
        };
        // answers to a version of the task with other responses don't count
        if numbers.len() == sums.len() {
            sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
            count += 1.0;
        }
    }
    if sums.is_empty() || count == 0.0 {
        return Err(Reason::NoResponses);
    }
    Ok(sums.into_iter().map(|sum| sum / count).collect())
}
