//! Majority vote.

use std::collections::BTreeMap;

use stele_domain::form::PreferenceOutcome;

/// How a task's annotators voted on its two responses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Votes {
    /// For the left response.
    pub(crate) left: u32,
    /// For the right response.
    pub(crate) right: u32,
    /// Equally good.
    pub(crate) tie: u32,
    /// Both bad.
    pub(crate) both_bad: u32,
}

/// What a strict majority, more than half of all votes, said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Majority {
    /// One of the four outcomes.
    For(PreferenceOutcome),
    /// No outcome has more than half of the votes.
    None,
}

impl Votes {
    /// Counts one vote.
    pub(crate) const fn add(&mut self, outcome: PreferenceOutcome) {
        match outcome {
            PreferenceOutcome::Left => self.left += 1,
            PreferenceOutcome::Right => self.right += 1,
            PreferenceOutcome::Tie => self.tie += 1,
            PreferenceOutcome::BothBad => self.both_bad += 1,
        }
    }

    /// How many votes there are.
    #[must_use]
    pub(crate) const fn total(self) -> u32 {
        self.left + self.right + self.tie + self.both_bad
    }

    /// What a strict majority said.
    #[must_use]
    pub(crate) fn majority(self) -> Majority {
        let outcomes = [
            (self.left, PreferenceOutcome::Left),
            (self.right, PreferenceOutcome::Right),
            (self.tie, PreferenceOutcome::Tie),
            (self.both_bad, PreferenceOutcome::BothBad),
        ];
        let winner = outcomes.into_iter().find(|(votes, _)| votes * 2 > self.total());
        winner.map_or(Majority::None, |(_, outcome)| Majority::For(outcome))
    }
}

/// What more than half of all say, if there is such a thing, and how many say it.
pub(crate) fn majority_of<T: Ord>(all: impl IntoIterator<Item = T>) -> Option<(T, u32)> {
    let (mut counts, mut total) = (BTreeMap::<T, u32>::new(), 0);
    for one in all {
        *counts.entry(one).or_default() += 1;
        total += 1;
    }
    counts.into_iter().find(|(_, count)| count * 2 > total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_half_of_all_votes_decide() {
        let votes = |left, right, tie| Votes { left, right, tie, both_bad: 0 };
        assert_eq!(votes(2, 1, 0).majority(), Majority::For(PreferenceOutcome::Left));
        assert_eq!(votes(0, 1, 2).majority(), Majority::For(PreferenceOutcome::Tie));
        for undecided in [votes(1, 1, 0), votes(1, 0, 1), votes(2, 1, 1), votes(0, 0, 0)] {
            assert_eq!(undecided.majority(), Majority::None);
        }
    }
}
