//! A test of whether the left place has an advantage.

use std::fmt::Debug;

use super::{
    Comparisons, Davidson, Unfit,
    normal::{chi_squared_above, two_sided},
};

/// Whether the left place has an advantage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrderEffect {
    /// `γ`, the odds of the left one of two equal items, ties aside; 1 without an effect.
    pub gamma: f64,
    /// The standard error of `ln γ`.
    pub standard_error: f64,
    /// Twice the log-likelihood that `γ` gains: chi-squared with one degree of freedom if there is no effect.
    pub statistic: f64,
    /// The probability of so great a statistic without an effect.
    pub p_value: f64,
}

impl OrderEffect {
    /// Tests whether the left place has an advantage, by the ratio of likelihoods with and without.
    ///
    /// Takes comparisons as independent; those by one annotator are less so, and the probability is then too small.
    pub fn test<I: Ord + Clone + Debug>(comparisons: &Comparisons<I>) -> Result<Self, Unfit<I>> {
        let without = Davidson { order_effect: false }.fit(comparisons)?;
        let with = Davidson { order_effect: true }.fit(comparisons)?;
        let statistic = 2.0 * (with.log_likelihood() - without.log_likelihood());
        Ok(Self {
            gamma: with.order(),
            standard_error: with.standard_error_of_order(),
            statistic,
            p_value: chi_squared_above(statistic),
        })
    }

    /// The probability of a `ln γ` so many standard errors from 0 without an effect: Wald's test, which is close to that of
    /// the ratio of likelihoods if there are many comparisons.
    #[must_use]
    pub fn wald_p_value(&self) -> f64 {
        two_sided(self.gamma.ln() / self.standard_error)
    }
}
