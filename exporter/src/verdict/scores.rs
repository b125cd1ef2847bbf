//! A number for each of a task's responses.

use stele_agreement::preference::{BradleyTerry, Comparisons, Outcome};
use stele_domain::form::PreferenceOutcome;

use super::{VerdictError, rounded};
use crate::replay::JudgedTask;

/// The strength of each of a task's responses by the model of Bradley and Terry, above 0. A tie with an imaginary response of
/// strength 1 is added to each, without which one that was always preferred would be infinitely strong.
pub(super) fn strengths(task: &JudgedTask) -> Result<Vec<f64>, VerdictError> {
    let mut strengths = vec![1.0; task.responses.len()];
    let mut comparisons = Comparisons::new();
    for of in task.given().iter().flat_map(|given| given.comparisons()) {
        let outcome = match of.outcome {
            PreferenceOutcome::Left => Outcome::Left,
            PreferenceOutcome::Right => Outcome::Right,
            PreferenceOutcome::Tie | PreferenceOutcome::BothBad => Outcome::Tie,
        };
        comparisons.add(of.left.0, of.right.0, outcome);
    }
    if comparisons.is_empty() {
        return Ok(strengths);
    }
    let estimate = BradleyTerry { prior_ties: 1.0, ..BradleyTerry::default() }.fit(&comparisons)?;
    for (item, strength) in estimate.items().iter().zip(estimate.strengths()) {
        if let Some(of_response) = strengths.get_mut(usize::from(*item)) {
            *of_response = rounded(*strength);
        }
    }
    Ok(strengths)
}

/// The mean of the numbers that each of a task's responses was given; nothing if there are none.
pub(super) fn means(task: &JudgedTask) -> Vec<f64> {
    let mut sums = vec![0.0; task.responses.len()];
    let mut count = 0.0;
    for numbers in task.given().iter().map(|given| given.numbers()) {
        // numbers for a version of the task with other responses don't count
        if numbers.len() == sums.len() {
            sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
            count += 1.0;
        }
    }
    if count > 0.0 { sums.into_iter().map(|sum| sum / count).collect() } else { Vec::new() }
}
