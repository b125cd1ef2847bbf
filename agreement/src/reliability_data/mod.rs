//! Reliability data: the ratings of all units, as a histogram of units.

mod dense;
mod totals;

use std::collections::{BTreeMap, BTreeSet, btree_map};

pub use self::{dense::Uncountable, totals::Totals};
use crate::Unit;

/// How many units have exactly these ratings.
///
/// Every statistic that doesn't ask who gave a rating is a function of it. Units without a rating are not counted;
/// those with one are, though they can't be paired. A change of one unit's ratings takes it out of one entry and puts
/// it into another, so taking a rating back is an exact inverse, in any order. A difference of two of these may hold
/// negative counts, which a statistic refuses as [`Undefined::Impossible`](crate::Undefined::Impossible).
///
/// Its size is that of the distinct units: five ratings on a scale of five make at most 126, however many tasks there are.
/// Counts are integers modulo 2⁶⁴, because only so is every addition undone by a subtraction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReliabilityData<C> {
    /// Never zero: equal data are equal values, however they came about.
    units: BTreeMap<Unit<C>, i64>,
}

impl<C: Ord + Clone> ReliabilityData<C> {
    /// No unit yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { units: BTreeMap::new() }
    }

    /// What a change of one unit's ratings adds to the data of all units: the rows to store for an event.
    ///
    /// At most two rows; empty if nothing changed.
    #[must_use]
    pub fn delta(before: &Unit<C>, after: &Unit<C>) -> Self {
        let mut delta = Self::new();
        delta.retract(before);
        delta.add(after);
        delta
    }

    /// Counts a unit.
    pub fn add(&mut self, unit: &Unit<C>) {
        self.add_times(unit, 1);
    }

    /// Takes a unit back, as it was when it was counted.
    pub fn retract(&mut self, unit: &Unit<C>) {
        self.add_times(unit, -1);
    }

    /// Counts a unit so many times, or takes it back as often if `times` is negative.
    pub fn add_times(&mut self, unit: &Unit<C>, times: i64) {
        match self.units.get_mut(unit) {
            Some(count) if count.wrapping_add(times) == 0 => {
                self.units.remove(unit);
            }
            Some(count) => *count = count.wrapping_add(times),
            None if times == 0 || unit.ratings() == 0 => {}
            None => {
                self.units.insert(unit.clone(), times);
            }
        }
    }

    /// Adds the counts of `other`: another shard's, or an event's [`delta`](Self::delta).
    pub fn merge(&mut self, other: &Self) {
        other.iter().for_each(|(unit, count)| self.add_times(unit, count));
    }

    /// The distinct units whose count isn't zero and how many there are of each, in the order of [`Unit`].
    #[must_use]
    pub fn iter(&self) -> Iter<'_, C> {
        Iter(self.units.iter())
    }

    /// Whether every count is zero.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The categories that occur, in order; not those that could have been chosen.
    #[must_use]
    pub fn categories(&self) -> BTreeSet<&C> {
        self.iter().flat_map(|(unit, _)| unit.counts().map(|(category, _)| category)).collect()
    }

    /// The same ratings by other names: text read as [`Value`](crate::Value)s, or labels put on a scale.
    ///
    /// Categories that get the same name become one. The first error ends it.
    pub fn try_map<D: Ord + Clone, E>(
        &self,
        mut rename: impl FnMut(&C) -> Result<D, E>,
    ) -> Result<ReliabilityData<D>, E> {
        let mut renamed = ReliabilityData::new();
        for (unit, count) in self {
            let unit = unit.values().map(&mut rename).collect::<Result<Unit<D>, E>>()?;
            renamed.add_times(&unit, count);
        }
        Ok(renamed)
    }

    /// The counts, to be drawn anew: whoever does so leaves them at zero or above.
    pub(crate) fn counts_mut(&mut self) -> impl Iterator<Item = &mut i64> {
        self.units.values_mut()
    }
}

impl<C: Ord + Clone> Default for ReliabilityData<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Ord + Clone> Extend<(Unit<C>, i64)> for ReliabilityData<C> {
    /// Adds stored rows to the counts; rows of the same unit add up.
    fn extend<I: IntoIterator<Item = (Unit<C>, i64)>>(&mut self, rows: I) {
        for (unit, count) in rows {
            self.add_times(&unit, count);
        }
    }
}

impl<C: Ord + Clone> FromIterator<(Unit<C>, i64)> for ReliabilityData<C> {
    /// Loads stored rows, in any order.
    fn from_iter<I: IntoIterator<Item = (Unit<C>, i64)>>(rows: I) -> Self {
        let mut data = Self::new();
        data.extend(rows);
        data
    }
}

impl<C: Ord + Clone> FromIterator<Unit<C>> for ReliabilityData<C> {
    /// Counts units, in any order.
    fn from_iter<I: IntoIterator<Item = Unit<C>>>(units: I) -> Self {
        units.into_iter().map(|unit| (unit, 1)).collect()
    }
}

impl<'a, C: Ord + Clone> IntoIterator for &'a ReliabilityData<C> {
    type Item = (&'a Unit<C>, i64);
    type IntoIter = Iter<'a, C>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The distinct units of [`ReliabilityData`] and their counts, in order.
#[derive(Clone, Debug)]
pub struct Iter<'a, C>(btree_map::Iter<'a, Unit<C>, i64>);

impl<'a, C> Iterator for Iter<'a, C> {
    type Item = (&'a Unit<C>, i64);

    fn next(&mut self) -> Option<Self::Item> {
        // A resample has units that were not drawn.
        self.0.find(|&(_, &count)| count != 0).map(|(unit, &count)| (unit, count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    fn unit(ratings: &str) -> Unit<char> {
        ratings.chars().collect()
    }

    fn data(units: &[&str]) -> ReliabilityData<char> {
        units.iter().map(|ratings| unit(ratings)).collect()
    }

    #[test]
    fn equal_units_are_counted_together_and_empty_ones_are_not() {
        let counted: Vec<_> =
            data(&["ab", "", "ba", "b"]).iter().map(|(unit, count)| (unit.clone(), count)).collect();
        assert_eq!(counted, [(unit("ab"), 2), (unit("b"), 1)]);
    }

    #[test]
    fn a_delta_moves_the_stored_rows_past_an_event() {
        let mut stored = data(&["ab", "bb"]);
        let delta = ReliabilityData::delta(&unit("ab"), &unit("aab"));
        assert_eq!(delta.iter().map(|(_, count)| count).sum::<i64>(), 0);
        stored.merge(&delta);
        assert_eq!(stored, data(&["aab", "bb"]));
        assert!(ReliabilityData::delta(&unit("ab"), &unit("ba")).is_empty());
        assert_eq!(ReliabilityData::delta(&unit(""), &unit("a")), data(&["a"]));
    }

    #[test]
    fn a_retracted_unit_leaves_no_entry_behind() {
        let mut counted = data(&["abc"]);
        counted.retract(&unit("cba"));
        assert_eq!(counted, ReliabilityData::default());
        // Backwards too: what is added last may undo what was taken first.
        counted.retract(&unit("a"));
        counted.add(&unit("a"));
        assert!(counted.is_empty());
    }

    #[test]
    fn stored_rows_are_loaded_in_any_order_and_add_up() {
        let rows = [(unit("ab"), 2), (unit("b"), 5), (unit("ab"), -1), (unit("c"), 0), (unit("b"), i64::MAX)];
        let forwards: ReliabilityData<_> = rows.clone().into_iter().collect();
        let backwards: ReliabilityData<_> = rows.into_iter().rev().collect();
        assert_eq!(forwards, backwards);
        assert_eq!(forwards.iter().next(), Some((&unit("ab"), 1)));
    }

    #[test]
    fn categories_that_get_one_name_become_one() {
        let texts =
            ReliabilityData::from_iter([Unit::from_iter(["5", "5.0", "10"]), Unit::from_iter(["10", "5", "5"])]);
        let values = texts.try_map(|text| text.parse::<Value>()).expect("numbers");
        let expected: Unit<Value> = [5, 5, 10].map(Value::from).into_iter().collect();
        assert_eq!(values.iter().collect::<Vec<_>>(), [(&expected, 2)]);
        assert!(
            ReliabilityData::from_iter([Unit::from_iter(["n/a"])]).try_map(|text| text.parse::<Value>()).is_err()
        );
    }
}
