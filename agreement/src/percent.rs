//! Percent agreement: how often ratings were the same, with no allowance for chance.

use crate::{NotCounted, ReliabilityData, Undefined, kappa::PairTable, pairable::PairableValues};

/// How often two annotators rated the same units, and how often the same way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairCount {
    /// Units that both have rated.
    pub both: u64,
    /// Units among these that both have put into the same category; at most `both`.
    pub same: u64,
}

impl PairCount {
    /// Counts a unit that both have rated.
    pub fn add(&mut self, same: bool) {
        self.both += 1;
        if same {
            self.same += 1;
        }
    }

    /// Takes such a unit back; on an error nothing has changed.
    pub fn remove(&mut self, same: bool) -> Result<(), NotCounted> {
        let counted = if same { self.same.min(self.both) } else { self.both.saturating_sub(self.same) };
        if counted == 0 {
            return Err(NotCounted);
        }
        self.both -= 1;
        if same {
            self.same -= 1;
        }
        Ok(())
    }

    /// The share of their common units that the two put into the same category, 0 to 1.
    ///
    /// Undefined if they have no unit in common.
    pub fn agreement(self) -> Result<f64, Undefined> {
        match self {
            Self { both: 0, same: 0 } => Err(Undefined::NoPairableValues),
            Self { both, same } if same > both => Err(Undefined::Impossible),
            Self { both, same } => Ok(same as f64 / both as f64),
        }
    }
}

impl<C: Ord + Clone> From<&PairTable<C>> for PairCount {
    /// What is left of the table if only the same counts; negative cells count as none, and counts end at 2⁶⁴ − 1.
    fn from(table: &PairTable<C>) -> Self {
        let mut count = Self::default();
        for (first, second, units) in table.iter() {
            let units = u64::try_from(units).unwrap_or(0);
            count.both = count.both.saturating_add(units);
            count.same = count.same.saturating_add(if first == second { units } else { 0 });
        }
        count
    }
}

/// The mean pairwise agreement of all pairable values, 0 to 1: `Σ o_cc / n`.
///
/// It is `1 − D_o` of the nominal alpha.
///
/// For each value, the share of its unit's other values that are the same; then the mean over values. So a unit
/// weighs as much as it has ratings, whereas [`of_units`] weighs all units the same; the two agree where every unit has
/// the same number of ratings. Undefined if no unit has two ratings, but not where all values are the same: that is an
/// agreement of 1, though alpha says nothing.
pub fn of_values<C: Ord + Clone>(data: &ReliabilityData<C>) -> Result<f64, Undefined> {
    let values = PairableValues::of(data)?;
    Ok(values.matching() / values.total() as f64)
}

/// The mean over units of the share of their pairs of ratings that agree, 0 to 1.
///
/// It is the `p_a` of [`kappa::fleiss()`](crate::kappa::fleiss()) and [`kappa::gwet()`](crate::kappa::gwet()): a unit
/// weighs the same however many ratings it has. Undefined if no unit has two.
pub fn of_units<C: Ord + Clone>(data: &ReliabilityData<C>) -> Result<f64, Undefined> {
    Ok(PairableValues::of(data)?.matching_units())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    fn observed(units: &[&str]) -> Result<f64, Undefined> {
        let data: ReliabilityData<char> = units.iter().map(|ratings| ratings.chars().collect::<Unit<_>>()).collect();
        of_values(&data)
    }

    #[test]
    fn a_pair_agrees_on_a_share_of_its_common_units() {
        assert_eq!(PairCount { both: 4, same: 3 }.agreement(), Ok(0.75));
        assert_eq!(PairCount { both: 4, same: 0 }.agreement(), Ok(0.0));
        assert_eq!(PairCount::default().agreement(), Err(Undefined::NoPairableValues));
        assert_eq!(PairCount { both: 0, same: 1 }.agreement(), Err(Undefined::Impossible));
        assert_eq!(PairCount { both: 3, same: 4 }.agreement(), Err(Undefined::Impossible));
    }

    #[test]
    fn a_pairs_unit_is_taken_back_as_it_was_counted() {
        let mut count = PairCount::default();
        count.add(true);
        count.add(false);
        count.remove(true).expect("counted");
        assert_eq!(count, PairCount { both: 1, same: 0 });
        assert_eq!(count.remove(true), Err(NotCounted));
        count.remove(false).expect("counted");
        assert_eq!(count.remove(false), Err(NotCounted));
        assert_eq!(count, PairCount::default());
    }

    #[test]
    fn a_table_of_two_annotators_is_counted_by_its_diagonal() {
        let mut table = PairTable::from_iter([('a', 'a', 3), ('a', 'b', 1), ('b', 'a', 4), ('b', 'b', 2)]);
        assert_eq!(PairCount::from(&table), PairCount { both: 10, same: 5 });
        table.add_times(&'c', &'c', -7);
        table.add_times(&'b', &'a', -6);
        assert_eq!(PairCount::from(&table), PairCount { both: 6, same: 5 });
        assert_eq!(PairCount::from(&PairTable::<char>::new()), PairCount::default());
    }

    #[test]
    fn a_table_of_more_units_than_can_be_counted_is_no_panic() {
        let table = PairTable::from_iter(['a', 'b', 'c'].map(|category| (category, category, i64::MAX)));
        assert_eq!(PairCount::from(&table), PairCount { both: u64::MAX, same: u64::MAX });
    }

    #[test]
    fn a_unit_weighs_as_much_as_it_has_ratings() {
        // Three values agree with half of their partners, two with all, and one has none.
        assert_eq!(observed(&["aab", "bb", "c"]), Ok((1.0 / 2.0 + 1.0 / 2.0 + 0.0 + 1.0 + 1.0) / 5.0));
    }

    #[test]
    fn or_as_much_as_any_other_unit() {
        // A third of the first unit's pairs agree, all of two others', none of one, and the last has no pair.
        let data: ReliabilityData<char> =
            ["aab", "bb", "cd", "ee", "f"].map(|ratings| ratings.chars().collect::<Unit<_>>()).into_iter().collect();
        assert_eq!(of_units(&data), Ok((2.0 / 6.0 + 2.0) / 4.0));
    }

    #[test]
    fn one_category_is_full_agreement_and_no_pair_is_none() {
        assert_eq!(observed(&["aa", "aaa"]), Ok(1.0));
        assert_eq!(observed(&["ab"]), Ok(0.0));
        assert_eq!(observed(&["a", "b"]), Err(Undefined::NoPairableValues));
    }
}
