//! Pairable values: the ratings in units that have at least two.

use std::collections::BTreeMap;

use crate::{ReliabilityData, Undefined};

/// The integers that statistics of pairs are made of: `n_c`, and how many pairs are alike.
pub(crate) struct PairableValues<'a, C> {
    /// `n_c`, the pairable values of each category.
    categories: BTreeMap<&'a C, i128>,
    /// By `m`: the pairs in units with `m` ratings, of the same and of different categories.
    pairs: BTreeMap<u32, Pairs>,
}

#[derive(Default)]
struct Pairs {
    same: i128,
    different: i128,
}

impl<'a, C: Ord + Clone> PairableValues<'a, C> {
    /// Adds the units up, of which at least one must have two ratings.
    pub(crate) fn of(data: &'a ReliabilityData<C>) -> Result<Self, Undefined> {
        data.totals()?;
        let mut categories: BTreeMap<&C, i128> = BTreeMap::new();
        let mut pairs: BTreeMap<u32, Pairs> = BTreeMap::new();
        for (unit, units) in data {
            let ratings = unit.ratings();
            if ratings < 2 {
                continue;
            }
            let units = i128::from(units);
            let pairs = pairs.entry(ratings).or_default();
            pairs.different += units * i128::from(ratings) * (i128::from(ratings) - 1);
            for (category, count) in unit.counts() {
                let count = i128::from(count);
                *categories.entry(category).or_default() += units * count;
                pairs.same += units * count * (count - 1);
                pairs.different -= units * count * (count - 1);
            }
        }
        if categories.is_empty() { Err(Undefined::NoPairableValues) } else { Ok(Self { categories, pairs }) }
    }
}

impl<'a, C: Ord> PairableValues<'a, C> {
    /// `n_c` by rising category.
    pub(crate) fn categories(&self) -> impl DoubleEndedIterator<Item = (&'a C, i128)> {
        self.categories.iter().map(|(&category, &count)| (category, count))
    }

    /// `n`, the number of pairable values; at least 1.
    pub(crate) fn total(&self) -> i128 {
        self.categories.values().sum()
    }

    /// The sum of `n_c n_k` over `c ≠ k`: pairs that differ if any value may meet any other.
    pub(crate) fn differing_by_chance(&self) -> i128 {
        self.total().pow(2) - self.categories.values().map(|count| count.pow(2)).sum::<i128>()
    }

    /// The sum of `o_ck` over `c ≠ k`.
    pub(crate) fn differing(&self) -> f64 {
        self.coincidences(|pairs| pairs.different)
    }

    /// The sum of `o_cc`.
    pub(crate) fn matching(&self) -> f64 {
        self.coincidences(|pairs| pairs.same)
    }

    /// The mean over units of the share of pairs of the same category.
    pub(crate) fn matching_units(&self) -> f64 {
        let of_unit = |ratings: u32| i128::from(ratings) * (i128::from(ratings) - 1);
        let units: i128 =
            self.pairs.iter().map(|(&ratings, pairs)| (pairs.same + pairs.different) / of_unit(ratings)).sum();
        let matching: f64 =
            self.pairs.iter().map(|(&ratings, pairs)| pairs.same as f64 / of_unit(ratings) as f64).sum();
        matching / units as f64
    }

    /// The only division by `m − 1`: once for each `m` that occurs, by rising `m`, and not once for each unit in the
    /// order of events. So what is rounded is few numbers, and the same ones for the same ratings; where all units
    /// have two ratings, there is nothing to round.
    fn coincidences(&self, side: impl Fn(&Pairs) -> i128) -> f64 {
        self.pairs.iter().map(|(&ratings, pairs)| side(pairs) as f64 / (f64::from(ratings) - 1.0)).sum()
    }
}
