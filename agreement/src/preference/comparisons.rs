//! How often items were preferred to others: integer counts, which retract exactly.

use std::collections::{BTreeMap, BTreeSet};

/// What a comparison of a left and a right item came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The left item is preferred.
    Left,
    /// The right item is preferred.
    Right,
    /// Neither is.
    Tie,
}

/// How often the comparisons of one left and one right item had each outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The left item was preferred.
    pub left: i64,
    /// The right item was preferred.
    pub right: i64,
    /// Neither was.
    pub ties: i64,
}

impl Tally {
    fn is_zero(self) -> bool {
        self == Self::default()
    }

    pub(crate) fn is_possible(self) -> bool {
        self.left >= 0 && self.right >= 0 && self.ties >= 0
    }
}

/// The outcomes of all comparisons, by left and right item.
///
/// Adding and retracting are exact inverses in any order, so that any history with the same final comparisons gives the
/// same counts; a difference of two of these may hold negative counts. Which item was on the left is kept, since
/// annotators favour a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparisons<I> {
    /// Never all zero: equal counts are equal values, however they came about.
    tallies: BTreeMap<(I, I), Tally>,
}

impl<I: Ord + Clone> Comparisons<I> {
    /// No comparison yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { tallies: BTreeMap::new() }
    }

    /// Counts a comparison.
    pub fn add(&mut self, left: I, right: I, outcome: Outcome) {
        self.change(left, right, one(outcome, 1));
    }

    /// Takes a comparison back.
    pub fn retract(&mut self, left: I, right: I, outcome: Outcome) {
        self.change(left, right, one(outcome, -1));
    }

    /// Adds the counts of `other`: another shard's, or what an event changed.
    pub fn merge(&mut self, other: &Self) {
        self.extend(other.tallies.iter().map(|(pair, tally)| (pair.clone(), *tally)));
    }

    /// The pairs, left and right, with any count that isn't zero, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&I, &I, Tally)> {
        self.tallies.iter().map(|((left, right), tally)| (left, right, *tally))
    }

    /// Whether every count is zero.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tallies.is_empty()
    }

    /// The items that were compared, in order.
    #[must_use]
    pub fn items(&self) -> Vec<I> {
        let items: BTreeSet<&I> = self.tallies.keys().flat_map(|(left, right)| [left, right]).collect();
        items.into_iter().cloned().collect()
    }

    fn change(&mut self, left: I, right: I, by: Tally) {
        self.extend([((left, right), by)]);
    }
}

fn one(outcome: Outcome, count: i64) -> Tally {
    let mut tally = Tally::default();
    match outcome {
        Outcome::Left => tally.left = count,
        Outcome::Right => tally.right = count,
        Outcome::Tie => tally.ties = count,
    }
    tally
}

impl<I: Ord + Clone> Default for Comparisons<I> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Ord + Clone> Extend<((I, I), Tally)> for Comparisons<I> {
    /// Adds stored rows to the counts; rows of the same pair add up.
    fn extend<R: IntoIterator<Item = ((I, I), Tally)>>(&mut self, rows: R) {
        for (pair, by) in rows {
            let before = self.tallies.get(&pair).copied().unwrap_or_default();
            let tally =
                Tally { left: before.left + by.left, right: before.right + by.right, ties: before.ties + by.ties };
            if tally.is_zero() {
                self.tallies.remove(&pair);
            } else {
                self.tallies.insert(pair, tally);
            }
        }
    }
}

impl<I: Ord + Clone> FromIterator<((I, I), Tally)> for Comparisons<I> {
    /// Loads stored rows, in any order.
    fn from_iter<R: IntoIterator<Item = ((I, I), Tally)>>(rows: R) -> Self {
        let mut comparisons = Self::new();
        comparisons.extend(rows);
        comparisons
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_left_and_the_right_place_are_kept_apart() {
        let mut comparisons = Comparisons::new();
        comparisons.add('b', 'a', Outcome::Left);
        comparisons.add('a', 'b', Outcome::Left);
        comparisons.add('a', 'b', Outcome::Tie);
        let rows: Vec<_> = comparisons.iter().collect();
        let expected =
            [(&'a', &'b', Tally { left: 1, right: 0, ties: 1 }), (&'b', &'a', Tally { left: 1, right: 0, ties: 0 })];
        assert_eq!(rows, expected);
        assert_eq!(comparisons.items(), ['a', 'b']);
    }

    fn outcome() -> impl Strategy<Value = Outcome> {
        prop_oneof![Just(Outcome::Left), Just(Outcome::Right), Just(Outcome::Tie)]
    }

    proptest! {
        #[test]
        fn retracting_in_any_order_is_never_having_added(
            kept in proptest::collection::vec((0..4u8, 0..4u8, outcome()), 0..20),
            wrong in proptest::collection::vec((0..4u8, 0..4u8, outcome()), 0..20),
        ) {
            let mut history = Comparisons::new();
            for &(left, right, outcome) in &wrong {
                history.retract(left, right, outcome);
            }
            for &(left, right, outcome) in kept.iter().chain(&wrong) {
                history.add(left, right, outcome);
            }
            let mut fresh = Comparisons::new();
            for &(left, right, outcome) in kept.iter().rev() {
                fresh.add(left, right, outcome);
            }
            prop_assert_eq!(history, fresh);
        }
    }
}
