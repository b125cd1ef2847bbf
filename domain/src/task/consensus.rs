//! How probable it is that the answer with most votes is the right one.
//!
//! The model is the one-coin special case of Dawid and Skene (1979, "Maximum likelihood estimation of observer
//! error-rates using the EM algorithm"): every annotator is right with the same known probability, errs evenly among the
//! wrong answers, and independently of the others; before the first vote all answers are equally probable. Then the
//! posterior has a closed form: an answer with `n` votes weighs `r^n`, where `r` is how many times as probable a right
//! vote is as one particular wrong vote. Asking on until the posterior is high enough is repeated labelling as in Sheng,
//! Provost and Ipeirotis (2008, "Get another label?").

use std::collections::BTreeMap;

use crate::Probability;

/// The answer with most votes, and how probable it is that it is right.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Leader<'a> {
    pub(super) answer: &'a str,
    pub(super) posterior: Probability,
}

/// The leader among `votes` on a question with `answers` possible answers, by annotators of this accuracy. Of answers
/// with equally many votes it is the first in the alphabet. `None` without votes.
pub(super) fn leader<'a>(
    votes: impl IntoIterator<Item = &'a str>,
    answers: u32,
    accuracy: Probability,
) -> Option<Leader<'a>> {
    let mut counts: BTreeMap<&str, i32> = BTreeMap::new();
    for vote in votes {
        *counts.entry(vote).or_default() += 1;
    }
    let (answer, most) =
        counts.iter().rev().max_by_key(|(_, votes)| **votes).map(|(answer, votes)| (*answer, *votes))?;
    let others = f64::from(answers.saturating_sub(1));
    let times_as_probable = accuracy.get() * others / (1.0 - accuracy.get());
    // relative to the leader's weight, so that nothing overflows
    let weight = |votes: i32| times_as_probable.powi(votes - most);
    let unseen = f64::from(answers) - counts.len() as f64;
    let all = counts.values().map(|votes| weight(*votes)).sum::<f64>() + unseen.max(0.0) * weight(0);
    let posterior = Probability::try_from(1.0 / all).ok()?;
    Some(Leader { answer, posterior })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn posterior(votes: &[&str], answers: u32, accuracy: f64) -> f64 {
        let accuracy = Probability::try_from(accuracy).expect("a probability");
        leader(votes.iter().copied(), answers, accuracy).expect("votes").posterior.get()
    }

    fn close(left: f64, right: f64) -> bool {
        (left - right).abs() < 1e-12
    }

    #[test]
    fn the_posterior_is_that_of_bayes() {
        // two answers, accuracy 0.8: 0.8^2 against 0.2^2, and so on
        assert!(close(posterior(&["a", "a"], 2, 0.8), 0.64 / (0.64 + 0.04)));
        assert!(close(posterior(&["a", "b"], 2, 0.8), 0.5));
        assert!(close(posterior(&["a", "b", "a"], 2, 0.8), 0.8));
        // four answers, accuracy 0.7: a wrong vote has 0.1
        assert!(close(posterior(&["a"], 4, 0.7), 0.7));
        assert!(close(posterior(&["a", "a", "b"], 4, 0.7), 0.049 / (0.049 + 0.007 + 0.002)));
    }

    #[test]
    fn of_equals_the_first_leads_and_without_votes_nobody() {
        let accuracy = Probability::try_from(0.8).expect("a probability");
        assert_eq!(leader(["b", "a"], 2, accuracy).expect("votes").answer, "a");
        assert_eq!(leader([], 2, accuracy), None);
    }

    proptest! {
        /// Held against the definition: the product of every vote's likelihood, over every possible answer.
        #[test]
        fn the_closed_form_is_the_product_of_likelihoods(
            votes in proptest::collection::vec(0_u32..5, 1..30),
            accuracy in 0.25_f64..0.99,
        ) {
            let answers = 5_u32;
            let names = ["a", "b", "c", "d", "e"];
            let likelihood = |truth: u32| -> f64 {
                votes.iter().map(|vote| if *vote == truth { accuracy } else { (1.0 - accuracy) / 4.0 }).product()
            };
            let all: f64 = (0..answers).map(likelihood).sum();
            let best = (0..answers).map(likelihood).fold(0.0, f64::max) / all;
            let given: Vec<&str> = votes.iter().map(|vote| names[*vote as usize]).collect();
            prop_assert!((posterior(&given, answers, accuracy) - best).abs() < 1e-9);
        }

        #[test]
        fn a_thousand_votes_overflow_nothing(right in 0_usize..1000, wrong in 0_usize..1000) {
            prop_assume!(right + wrong > 0);
            let votes = [vec!["a"; right], vec!["b"; wrong]].concat();
            let found = posterior(&votes, 2, 0.999);
            prop_assert!((0.5 - 1e-12..=1.0).contains(&found));
        }
    }
}
