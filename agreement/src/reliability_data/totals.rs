//! How much there is to calculate with.

use super::ReliabilityData;
use crate::Undefined;

/// How many units and ratings there are, each at most 2³² − 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Units with at least one rating.
    pub units: u32,
    /// Units with at least two, which are what agreement is about.
    pub pairable_units: u32,
    /// Ratings in all units.
    pub ratings: u32,
}

impl<C: Ord + Clone> ReliabilityData<C> {
    /// How many units and ratings there are.
    ///
    /// Refuses counts that no ratings could have led to, and more ratings than the statistics can calculate with.
    pub fn totals(&self) -> Result<Totals, Undefined> {
        let mut totals = Totals::default();
        for (unit, count) in self {
            let count = u64::try_from(count).map_err(|_| Undefined::Impossible)?;
            let ratings = count.checked_mul(unit.ratings().into()).ok_or(Undefined::TooMany)?;
            let sum = u64::from(totals.ratings).checked_add(ratings).ok_or(Undefined::TooMany)?;
            totals.ratings = u32::try_from(sum).map_err(|_| Undefined::TooMany)?;
            // A unit has a rating at least, so there aren't more units than ratings.
            let count = u32::try_from(count).map_err(|_| Undefined::TooMany)?;
            totals.units += count;
            totals.pairable_units += if unit.ratings() < 2 { 0 } else { count };
        }
        Ok(totals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    fn totals(rows: &[(&str, i64)]) -> Result<Totals, Undefined> {
        rows.iter()
            .map(|&(ratings, count)| (ratings.chars().collect::<Unit<_>>(), count))
            .collect::<ReliabilityData<_>>()
            .totals()
    }

    #[test]
    fn units_with_one_rating_count_but_not_as_pairable() {
        assert_eq!(totals(&[]), Ok(Totals::default()));
        assert_eq!(
            totals(&[("ab", 3), ("b", 4), ("aaa", 1)]),
            Ok(Totals { units: 8, pairable_units: 4, ratings: 13 })
        );
    }

    #[test]
    fn impossible_and_unmanageable_counts_are_refused() {
        assert_eq!(totals(&[("ab", 3), ("a", -1)]), Err(Undefined::Impossible));
        assert_eq!(totals(&[("a", u32::MAX.into())]).map(|totals| totals.units), Ok(u32::MAX));
        assert_eq!(totals(&[("a", u32::MAX.into()), ("b", 1)]), Err(Undefined::TooMany));
        assert_eq!(totals(&[("aa", 1 << 31)]), Err(Undefined::TooMany));
        assert_eq!(totals(&[("aa", i64::MAX), ("bb", i64::MAX)]), Err(Undefined::TooMany));
    }
}
