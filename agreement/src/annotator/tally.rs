//! Counts of things that can be taken back: what is kept of an annotator.

use std::collections::{BTreeMap, btree_map::Entry};

use super::NoFigure;

/// How often each thing was seen.
///
/// Adding and removing are exact inverses and may come in any order, so a count may be negative on the way, or in
/// what an event changes; figures of such counts are refused. A count must fit an `i64`, and the total a `u64`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally<K> {
    /// Never zero: equal counts are equal values, however they came about.
    counts: BTreeMap<K, i64>,
}

impl<K: Ord> Tally<K> {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { counts: BTreeMap::new() }
    }

    /// Loads stored rows, in any order; rows of the same thing add up.
    pub fn from_rows(rows: impl IntoIterator<Item = (K, i64)>) -> Self {
        let mut tally = Self::new();
        for (thing, number) in rows {
            tally.count(thing, number);
        }
        tally
    }

    /// Counts one more of these.
    pub fn add(&mut self, thing: K) {
        self.count(thing, 1);
    }

    /// Takes one of these back.
    pub fn remove(&mut self, thing: K) {
        self.count(thing, -1);
    }

    /// Adds a stored row, or what an event changes; `number` may be negative.
    pub fn count(&mut self, thing: K, number: i64) {
        if number == 0 {
            return;
        }
        match self.counts.entry(thing) {
            Entry::Vacant(entry) => {
                entry.insert(number);
            }
            Entry::Occupied(entry) if entry.get().saturating_add(number) == 0 => {
                entry.remove();
            }
            Entry::Occupied(mut entry) => *entry.get_mut() = entry.get().saturating_add(number),
        }
    }

    /// The things whose count isn't zero, in order: the rows to store.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&K, i64)> {
        self.counts.iter().map(|(thing, &number)| (thing, number))
    }

    /// How often this was seen.
    #[must_use]
    pub fn of(&self, thing: &K) -> i64 {
        self.counts.get(thing).copied().unwrap_or_default()
    }

    /// Whether every count is zero.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How many were seen, all together; at least 1.
    ///
    /// Nothing counted and negative counts are errors.
    pub fn total(&self) -> Result<u64, NoFigure> {
        let mut total = 0_u64;
        for &number in self.counts.values() {
            let number = u64::try_from(number).map_err(|_| NoFigure::Impossible)?;
            total = total.checked_add(number).ok_or(NoFigure::Impossible)?;
        }
        if total == 0 { Err(NoFigure::NothingCounted) } else { Ok(total) }
    }
}

impl<K: Ord + Clone> Tally<K> {
    /// Adds the counts of `other`: another shard's, or those of what an event changes.
    pub fn merge(&mut self, other: &Self) {
        for (thing, number) in other.iter() {
            self.count(thing.clone(), number);
        }
    }

    /// Takes the counts of `other` away.
    pub fn take(&mut self, other: &Self) {
        for (thing, number) in other.iter() {
            self.count(thing.clone(), number.saturating_neg());
        }
    }
}

impl<K: Ord> Default for Tally<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord> FromIterator<K> for Tally<K> {
    /// Counts each of these once.
    fn from_iter<I: IntoIterator<Item = K>>(things: I) -> Self {
        Self::from_rows(things.into_iter().map(|thing| (thing, 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(things: &str) -> Tally<char> {
        things.chars().collect()
    }

    #[test]
    fn what_is_removed_leaves_no_trace_even_if_removed_first() {
        let mut counts = tally("ab");
        counts.remove('c');
        assert_eq!(counts.of(&'c'), -1);
        assert_eq!(counts.total(), Err(NoFigure::Impossible));
        counts.add('c');
        counts.remove('a');
        assert_eq!(counts, tally("b"));
        counts.remove('b');
        assert!(counts.is_empty());
        assert_eq!(counts.total(), Err(NoFigure::NothingCounted));
    }

    #[test]
    fn rows_add_up_and_come_back_in_order() {
        let counts = Tally::from_rows([('b', 2), ('a', 1), ('b', -1), ('c', 0)]);
        assert_eq!(counts.iter().collect::<Vec<_>>(), [(&'a', 1), (&'b', 1)]);
        assert_eq!(counts.total(), Ok(2));
    }

    #[test]
    fn shards_are_merged_and_taken_apart_again() {
        let mut counts = tally("aab");
        counts.merge(&tally("bc"));
        assert_eq!(counts, tally("aabbc"));
        counts.take(&tally("aab"));
        assert_eq!(counts, tally("bc"));
    }
}
