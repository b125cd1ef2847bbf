//! Wins of each item over each other, whichever side it was on: what the models that know of no side are fitted to.

use std::collections::BTreeMap;

use super::{Comparisons, Tally};

/// The wins between pairs of different items, which are numbered in their order.
#[derive(Clone, Debug)]
pub(crate) struct Wins<I> {
    pub(crate) items: Vec<I>,
    /// By first and second item, the first being the lower one.
    pub(crate) pairs: Vec<Pair>,
}

/// How often each of two items was preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) first: usize,
    pub(crate) second: usize,
    pub(crate) first_wins: i64,
    pub(crate) second_wins: i64,
    pub(crate) ties: i64,
}

impl Pair {
    /// The first item's wins, with half a win for a tie.
    pub(crate) fn first_half_wins(self) -> f64 {
        (2 * self.first_wins + self.ties) as f64 / 2.0
    }

    /// The second item's wins, with half a win for a tie.
    pub(crate) fn second_half_wins(self) -> f64 {
        (2 * self.second_wins + self.ties) as f64 / 2.0
    }

    pub(crate) fn comparisons(self) -> f64 {
        (self.first_wins + self.second_wins + self.ties) as f64
    }
}

impl<I: Ord + Clone> Wins<I> {
    /// Nothing if the counts are not those of any comparisons. An item compared with itself says nothing.
    pub(crate) fn of(comparisons: &Comparisons<I>) -> Option<Self> {
        let items = comparisons.items();
        let mut pairs: BTreeMap<(usize, usize), Pair> = BTreeMap::new();
        for (left, right, tally) in comparisons.iter() {
            if !tally.is_possible() {
                return None;
            }
            let (left, right) = (items.binary_search(left).ok()?, items.binary_search(right).ok()?);
            if left == right {
                continue;
            }
            let (first, second) = (left.min(right), left.max(right));
            let empty = Pair { first, second, first_wins: 0, second_wins: 0, ties: 0 };
            pairs.entry((first, second)).or_insert(empty).add(tally, left == first);
        }
        Some(Self { items, pairs: pairs.into_values().collect() })
    }
}

impl Pair {
    fn add(&mut self, tally: Tally, first_is_left: bool) {
        let (first, second) = if first_is_left { (tally.left, tally.right) } else { (tally.right, tally.left) };
        self.first_wins += first;
        self.second_wins += second;
        self.ties += tally.ties;
    }
}
