//! Two annotators' ratings of the same units, side by side.

use std::collections::{BTreeMap, BTreeSet};

/// How often the first of two annotators chose one category where the second chose another.
///
/// One for each pair of annotators that shares units. Adding and taking back are exact inverses, in any order; counts
/// are integers modulo 2⁶⁴, and a difference may hold negative ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairTable<C> {
    /// By the first's and the second's category; never zero.
    cells: BTreeMap<(C, C), i64>,
}

impl<C: Ord + Clone> PairTable<C> {
    /// No unit yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { cells: BTreeMap::new() }
    }

    /// Counts a unit that both have rated.
    pub fn add(&mut self, first: &C, second: &C) {
        self.add_times(first, second, 1);
    }

    /// Takes a unit back, as it was when it was counted.
    pub fn retract(&mut self, first: &C, second: &C) {
        self.add_times(first, second, -1);
    }

    /// Counts so many units, or takes them back if `times` is negative.
    pub fn add_times(&mut self, first: &C, second: &C, times: i64) {
        let cell = (first.clone(), second.clone());
        let count = self.cells.get(&cell).map_or(times, |count| count.wrapping_add(times));
        if count == 0 {
            self.cells.remove(&cell);
        } else {
            self.cells.insert(cell, count);
        }
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        other.iter().for_each(|(first, second, count)| self.add_times(first, second, count));
    }

    /// The first's category, the second's and how often they met, in order, without the zeros.
    pub fn iter(&self) -> impl Iterator<Item = (&C, &C, i64)> {
        self.cells.iter().map(|((first, second), &count)| (first, second, count))
    }

    /// The categories that either has chosen, in order.
    #[must_use]
    pub fn categories(&self) -> BTreeSet<&C> {
        self.cells.keys().flat_map(|(first, second)| [first, second]).collect()
    }
}

impl<C: Ord + Clone> Default for PairTable<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Ord + Clone> FromIterator<(C, C)> for PairTable<C> {
    /// Counts units, each given as the first's and the second's category.
    fn from_iter<I: IntoIterator<Item = (C, C)>>(units: I) -> Self {
        units.into_iter().map(|(first, second)| (first, second, 1)).collect()
    }
}

impl<C: Ord + Clone> FromIterator<(C, C, i64)> for PairTable<C> {
    /// Loads stored cells, in any order.
    fn from_iter<I: IntoIterator<Item = (C, C, i64)>>(cells: I) -> Self {
        let mut table = Self::new();
        for (first, second, count) in cells {
            table.add_times(&first, &second, count);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_taken_back_as_it_was_counted() {
        let mut table = PairTable::from_iter([('a', 'b'), ('a', 'a')]);
        table.add(&'b', &'a');
        table.retract(&'a', &'b');
        assert_eq!(table, PairTable::from_iter([('a', 'a', 1), ('b', 'a', 2), ('b', 'a', -1)]));
        let mut difference = PairTable::default();
        difference.retract(&'a', &'a');
        difference.retract(&'b', &'a');
        table.merge(&difference);
        assert_eq!(table, PairTable::new());
    }

    #[test]
    fn categories_are_those_of_both() {
        let table = PairTable::from_iter([('c', 'a'), ('b', 'a')]);
        assert_eq!(table.categories().into_iter().collect::<String>(), "abc");
    }
}
