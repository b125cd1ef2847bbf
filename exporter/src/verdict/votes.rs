//! Votes, each of a weight.

use std::collections::BTreeMap;

use stele_domain::form::PreferenceOutcome;
use stele_recipe::Ties;

/// What was said of two responses, by weight: votes, or probabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Outcomes {
    left: f64,
    right: f64,
    tie: f64,
    both_bad: f64,
}

impl Outcomes {
    pub(super) fn add(&mut self, outcome: PreferenceOutcome, weight: f64) {
        match outcome {
            PreferenceOutcome::Left => self.left += weight,
            PreferenceOutcome::Right => self.right += weight,
            PreferenceOutcome::Tie => self.tie += weight,
            PreferenceOutcome::BothBad => self.both_bad += weight,
        }
    }

    fn total(&self) -> f64 {
        self.left + self.right + self.tie + self.both_bad
    }

    /// What remains where whatever prefers neither is half a vote for either.
    pub(super) fn by(self, ties: Ties) -> Self {
        match ties {
            Ties::Drop => self,
            Ties::Split => {
                let half = f64::midpoint(self.tie, self.both_bad);
                Self { left: self.left + half, right: self.right + half, tie: 0.0, both_bad: 0.0 }
            }
        }
    }

    const fn each(&self) -> [(f64, PreferenceOutcome); 4] {
        [
            (self.left, PreferenceOutcome::Left),
            (self.right, PreferenceOutcome::Right),
            (self.tie, PreferenceOutcome::Tie),
            (self.both_bad, PreferenceOutcome::BothBad),
        ]
    }

    /// What has more than half of everything.
    pub(super) fn majority(&self) -> Option<PreferenceOutcome> {
        let total = self.total();
        self.each().into_iter().find(|(weight, _)| weight * 2.0 > total).map(|(_, outcome)| outcome)
    }

    /// What has more than anything else.
    pub(super) fn greatest(&self) -> Option<PreferenceOutcome> {
        let others_have_less = |one: f64| self.each().iter().filter(|(weight, _)| *weight >= one).count() == 1;
        self.each().into_iter().find(|(weight, _)| others_have_less(*weight)).map(|(_, outcome)| outcome)
    }

    /// The share that is for the left response, that of neither being half for either; from 0 to 1.
    pub(super) fn left_share(&self) -> f64 {
        let total = self.total();
        if total > 0.0 { (self.left + f64::midpoint(self.tie, self.both_bad)) / total } else { 0.5 }
    }
}

/// What has more than half of the weight, if there is such a thing, and its share.
pub(super) fn majority_of<T: Ord>(votes: impl IntoIterator<Item = (T, f64)>) -> Option<(T, f64)> {
    let (mut weights, mut total) = (BTreeMap::<T, f64>::new(), 0.0);
    for (vote, weight) in votes {
        *weights.entry(vote).or_default() += weight;
        total += weight;
    }
    let (winner, weight) = weights.into_iter().find(|(_, weight)| weight * 2.0 > total)?;
    Some((winner, weight / total))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn votes(left: u32, right: u32, tie: u32) -> Outcomes {
        Outcomes { left: left.into(), right: right.into(), tie: tie.into(), both_bad: 0.0 }
    }

    #[test]
    fn more_than_half_of_all_votes_decide() {
        assert_eq!(votes(2, 1, 0).majority(), Some(PreferenceOutcome::Left));
        assert_eq!(votes(0, 1, 2).majority(), Some(PreferenceOutcome::Tie));
        for undecided in [votes(1, 1, 0), votes(1, 0, 1), votes(2, 1, 1), votes(0, 0, 0)] {
            assert_eq!(undecided.majority(), None);
        }
    }

    #[test]
    fn ties_may_be_halves() {
        assert_eq!(votes(1, 0, 2).by(Ties::Split).majority(), Some(PreferenceOutcome::Left));
        assert_eq!(votes(1, 1, 3).by(Ties::Split).majority(), None);
        assert_eq!(votes(1, 0, 2).by(Ties::Drop).majority(), Some(PreferenceOutcome::Tie));
        assert!((votes(1, 0, 2).left_share() - 2.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn the_greatest_stands_alone() {
        assert_eq!(votes(2, 1, 1).greatest(), Some(PreferenceOutcome::Left));
        assert_eq!(votes(2, 2, 0).greatest(), None);
        assert_eq!(majority_of([("a", 0.4), ("b", 0.5), ("b", 0.1)]), Some(("b", 0.6)));
        assert_eq!(majority_of([("a", 0.5), ("b", 0.5)]), None);
    }
}
