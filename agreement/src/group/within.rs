//! The agreement of a group with itself.

use std::collections::BTreeMap;

use crate::{Undefined, annotator::Tally};

/// How the ratings of a group's annotators compare, unit by unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithinGroup<C> {
    /// By `m`, the group's ratings of a unit: ordered pairs that differ.
    differing: Tally<u32>,
    /// `n_c` of the ratings in units of which the group has at least two.
    values: Tally<C>,
}

impl<C: Ord + Clone> WithinGroup<C> {
    /// The share of the group's other ratings of a unit that are the same, 0 to 1: the mean over its ratings.
    pub fn observed_agreement(&self) -> Result<f64, Undefined> {
        let (total, _) = totals(&self.values)?;
        Ok(1.0 - self.differing_parts()? / total as f64)
    }

    /// Krippendorff's alpha for nominal data among the annotators of the group, as
    /// [`alpha::nominal`](crate::alpha::nominal()).
    pub fn alpha(&self) -> Result<f64, Undefined> {
        let (total, squares) = totals(&self.values)?;
        let by_chance = total.pow(2) - squares;
        if by_chance == 0 {
            return Err(Undefined::OneCategory);
        }
        Ok(1.0 - (total - 1) as f64 * self.differing_parts()? / by_chance as f64)
    }

    /// The sum over `m` of the pairs that differ divided by `m − 1`.
    fn differing_parts(&self) -> Result<f64, Undefined> {
        let mut sum = 0.0;
        for (&ratings, pairs) in self.differing.iter() {
            if ratings < 2 || pairs < 0 {
                return Err(Undefined::Impossible);
            }
            sum += pairs as f64 / (f64::from(ratings) - 1.0);
        }
        Ok(sum)
    }

    pub(super) fn count(&mut self, ratings: &[&C], sign: i64) {
        // A unit of more than 2³¹ ratings has other problems.
        let size = u32::try_from(ratings.len()).unwrap_or(u32::MAX);
        if size < 2 {
            return;
        }
        let mut counts: BTreeMap<&C, i64> = BTreeMap::new();
        for category in ratings {
            *counts.entry(category).or_default() += 1;
            self.values.count((*category).clone(), sign);
        }
        let differing = i64::from(size).pow(2) - counts.values().map(|count| count.pow(2)).sum::<i64>();
        self.differing.count(size, sign * differing);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.differing.merge(&other.differing);
        self.values.merge(&other.values);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.differing.is_empty() && self.values.is_empty()
    }
}

impl<C: Ord> Default for WithinGroup<C> {
    fn default() -> Self {
        Self { differing: Tally::new(), values: Tally::new() }
    }
}

/// `n` and the sum of `n_c²`.
pub(super) fn totals<C: Ord>(values: &Tally<C>) -> Result<(i128, i128), Undefined> {
    let (mut total, mut squares) = (0, 0);
    for (_, number) in values.iter() {
        if number < 0 {
            return Err(Undefined::Impossible);
        }
        total += i128::from(number);
        squares += i128::from(number).pow(2);
    }
    if total == 0 { Err(Undefined::NoPairableValues) } else { Ok((total, squares)) }
}
