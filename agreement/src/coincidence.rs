//! The coincidences of all units: how often two categories met in a unit.

use std::collections::{BTreeMap, btree_map};

use crate::{Cell, Unit};

/// Counts of ordered pairs, by the number of ratings of the unit they met in.
///
/// This is Krippendorff's coincidence matrix before its entries are divided by `m_u − 1`: `o_ck` is the sum over
/// `m` of the count of `(m, c, k)` divided by `m − 1`. Kept apart by `m` the entries are integers, so that adding and
/// retracting are exact inverses in any order. A difference of two of these may hold negative counts. A count
/// must fit an `i64`, which a unit with `m` ratings fills by less than `m²`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coincidences<C> {
    /// Never zero: equal counts are equal values, however they came about.
    counts: BTreeMap<Cell<C>, i64>,
}

impl<C: Ord + Clone> Coincidences<C> {
    /// No unit yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { counts: BTreeMap::new() }
    }

    /// What a change of one unit's ratings adds to the coincidences of all units: the rows to store for an event.
    ///
    /// Empty if nothing changed. An event costs the square of the number of categories in its unit, not of units.
    #[must_use]
    pub fn delta(before: &Unit<C>, after: &Unit<C>) -> Self {
        let mut delta = Self::new();
        delta.retract(before);
        delta.add(after);
        delta
    }

    /// Counts a unit.
    pub fn add(&mut self, unit: &Unit<C>) {
        self.extend(unit.contribution());
    }

    /// Takes a unit back, as it was when it was counted.
    pub fn retract(&mut self, unit: &Unit<C>) {
        self.extend(unit.contribution().map(|(cell, pairs)| (cell, -pairs)));
    }

    /// Adds the counts of `other`: another shard's, or an event's [`delta`](Self::delta).
    pub fn merge(&mut self, other: &Self) {
        self.extend(other.iter().map(|(cell, pairs)| (cell.clone(), pairs)));
    }

    /// The cells whose count isn't zero, in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, C> {
        Iter(self.counts.iter())
    }

    /// Whether every count is zero.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

impl<C: Ord + Clone> Default for Coincidences<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Ord + Clone> Extend<(Cell<C>, i64)> for Coincidences<C> {
    /// Adds stored rows to the counts; rows of the same cell add up.
    fn extend<I: IntoIterator<Item = (Cell<C>, i64)>>(&mut self, rows: I) {
        for (cell, pairs) in rows {
            match self.counts.entry(cell) {
                btree_map::Entry::Vacant(entry) if pairs != 0 => {
                    entry.insert(pairs);
                }
                btree_map::Entry::Vacant(_) => {}
                btree_map::Entry::Occupied(entry) if *entry.get() + pairs == 0 => {
                    entry.remove();
                }
                btree_map::Entry::Occupied(mut entry) => *entry.get_mut() += pairs,
            }
        }
    }
}

impl<C: Ord + Clone> FromIterator<(Cell<C>, i64)> for Coincidences<C> {
    /// Loads stored rows, in any order.
    fn from_iter<I: IntoIterator<Item = (Cell<C>, i64)>>(rows: I) -> Self {
        let mut coincidences = Self::new();
        coincidences.extend(rows);
        coincidences
    }
}

impl<'a, C: Ord + Clone> IntoIterator for &'a Coincidences<C> {
    type Item = (&'a Cell<C>, i64);
    type IntoIter = Iter<'a, C>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<C: Ord + Clone> IntoIterator for Coincidences<C> {
    type Item = (Cell<C>, i64);
    type IntoIter = btree_map::IntoIter<Cell<C>, i64>;

    fn into_iter(self) -> Self::IntoIter {
        self.counts.into_iter()
    }
}

/// The cells of [`Coincidences`] and their counts, in order.
#[derive(Clone, Debug)]
pub struct Iter<'a, C>(btree_map::Iter<'a, Cell<C>, i64>);

impl<'a, C> Iterator for Iter<'a, C> {
    type Item = (&'a Cell<C>, i64);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(cell, &pairs)| (cell, pairs))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<C> ExactSizeIterator for Iter<'_, C> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(ratings: &str) -> Unit<char> {
        ratings.chars().collect()
    }

    fn counted(units: &[&str]) -> Coincidences<char> {
        let mut coincidences = Coincidences::default();
        for ratings in units {
            coincidences.add(&unit(ratings));
        }
        coincidences
    }

    fn rows(coincidences: &Coincidences<char>) -> Vec<(u32, char, char, i64)> {
        coincidences.iter().map(|(cell, pairs)| (cell.ratings, cell.first, cell.second, pairs)).collect()
    }

    #[test]
    fn units_of_different_sizes_are_counted_apart_and_in_order() {
        let expected = [
            (2, 'a', 'a', 2),
            (2, 'a', 'b', 1),
            (2, 'b', 'a', 1),
            (3, 'a', 'a', 2),
            (3, 'a', 'b', 2),
            (3, 'b', 'a', 2),
        ];
        assert_eq!(rows(&counted(&["aab", "ba", "aa", "b"])), expected);
    }

    #[test]
    fn a_retracted_unit_leaves_no_cell_behind() {
        let mut coincidences = counted(&["abc", "ab"]);
        coincidences.retract(&unit("abc"));
        assert_eq!(coincidences, counted(&["ab"]));
        coincidences.retract(&unit("ab"));
        assert!(coincidences.is_empty());
    }

    #[test]
    fn a_delta_moves_the_stored_rows_past_an_event() {
        let mut stored = counted(&["ab", "bb"]);
        stored.merge(&Coincidences::delta(&unit("ab"), &unit("aab")));
        assert_eq!(stored, counted(&["aab", "bb"]));
        assert_eq!(rows(&Coincidences::delta(&unit("ab"), &unit("aa")))[0], (2, 'a', 'a', 2));
        assert!(Coincidences::delta(&unit("aab"), &unit("aab")).is_empty());
    }

    #[test]
    fn stored_rows_are_loaded_in_any_order_and_add_up() {
        let coincidences = counted(&["aab", "bc"]);
        let mut stored: Vec<_> = coincidences.clone().into_iter().collect();
        stored.reverse();
        assert_eq!(stored.iter().cloned().collect::<Coincidences<_>>(), coincidences);
        let mut twice = coincidences;
        twice.extend(stored);
        let expected = [(2, 'b', 'c', 2), (2, 'c', 'b', 2), (3, 'a', 'a', 4), (3, 'a', 'b', 4), (3, 'b', 'a', 4)];
        assert_eq!(rows(&twice), expected);
    }

    #[test]
    fn a_row_of_zero_is_no_row() {
        let zero = (Cell { ratings: 2, first: 'a', second: 'b' }, 0);
        assert!(Coincidences::from_iter([zero]).is_empty());
    }
}
