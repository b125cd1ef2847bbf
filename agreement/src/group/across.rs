//! The agreement of two groups with each other.

use super::within::totals;
use crate::{Undefined, annotator::Tally};

/// How the ratings of one group's annotators compare with those of another's, in the units that both have rated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcrossGroups<C> {
    /// By the ratings of a unit in either group: pairs, one of each group, that differ.
    differing: Tally<(u32, u32)>,
    /// The ratings of the first group, by category.
    first: Tally<C>,
    /// The ratings of the second group, by category.
    second: Tally<C>,
}

impl<C: Ord + Clone> AcrossGroups<C> {
    /// The share of pairs, one of each group, that are the same, 0 to 1: `1 − d_o` of the cross-kappa.
    ///
    /// A unit weighs as much as it has ratings of both groups.
    pub fn observed_agreement(&self) -> Result<f64, Undefined> {
        self.disagreement().map(|observed| 1.0 - observed)
    }

    /// Cross-replication reliability `κ_x`: the agreement of two groups beyond chance, at most 1.
    ///
    /// `1 − d_o / d_e`. With `R_i` and `S_i` ratings of unit `i`, `d_o` is the sum over units of `(R_i + S_i) / (R_i
    /// S_i)` times the pairs that differ, divided by `Σ (R_i + S_i)`; and `d_e` the share of pairs that differ if any
    /// rating of the first group may meet any of the second. So each group keeps its own distribution of categories,
    /// as in Cohen's kappa. Undefined if no unit is rated by both, or if both gave one and the same category only.
    ///
    /// Source: Wong, Paritosh & Aroyo (2021), "Cross-replication reliability", *ACL-IJCNLP*, the form for missing
    /// data.
    pub fn kappa(&self) -> Result<f64, Undefined> {
        let observed = self.disagreement()?;
        let ((first, _), (second, _)) = (totals(&self.first)?, totals(&self.second)?);
        let matching: i128 = self
            .first
            .iter()
            .map(|(category, number)| i128::from(number) * i128::from(self.second.of(category)))
            .sum();
        let differing = first * second - matching;
        if differing == 0 {
            return Err(Undefined::OneCategory);
        }
        Ok(1.0 - observed * (first * second) as f64 / differing as f64)
    }

    /// `d_o`, with one quotient for each pair of sizes that occurs, in order.
    fn disagreement(&self) -> Result<f64, Undefined> {
        let ratings = totals(&self.first)?.0 + totals(&self.second)?.0;
        let mut sum = 0.0;
        for (&(first, second), pairs) in self.differing.iter() {
            if first == 0 || second == 0 || pairs < 0 {
                return Err(Undefined::Impossible);
            }
            let (first, second) = (f64::from(first), f64::from(second));
            sum += pairs as f64 * (first + second) / (first * second);
        }
        Ok(sum / ratings as f64)
    }

    pub(super) fn count(&mut self, first: &[&C], second: &[&C], sign: i64) {
        let differing = first.iter().flat_map(|one| second.iter().filter(move |other| *other != one)).count();
        let size = |ratings: &[&C]| u32::try_from(ratings.len()).unwrap_or(u32::MAX);
        let pairs = i64::try_from(differing).unwrap_or(i64::MAX);
        self.differing.count((size(first), size(second)), sign * pairs);
        for category in first {
            self.first.count((*category).clone(), sign);
        }
        for category in second {
            self.second.count((*category).clone(), sign);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.differing.merge(&other.differing);
        self.first.merge(&other.first);
        self.second.merge(&other.second);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.differing.is_empty() && self.first.is_empty() && self.second.is_empty()
    }
}

impl<C: Ord> Default for AcrossGroups<C> {
    fn default() -> Self {
        Self { differing: Tally::new(), first: Tally::new(), second: Tally::new() }
    }
}
