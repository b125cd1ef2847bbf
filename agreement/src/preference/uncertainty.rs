//! How exactly strengths are known.

use super::{
    BradleyTerryEstimate,
    cholesky::{Cholesky, Square},
    normal::half_width,
    wins::{Pair, Wins},
};

/// How the variance of strengths is estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variance {
    /// The inverse of the observed information: right if the model is, and there are no ties.
    Information,
    /// The sandwich `H⁻¹ B H⁻¹`, where `B` is how much scores did vary: ties vary less than the half wins that they
    /// count as, and that is taken into account. Also right where the model is not, but for the dependence of comparisons
    /// by one annotator (White 1982).
    Sandwich,
}

/// The covariance of the logarithms of strengths, which add up to 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Uncertainty {
    log_strengths: Vec<f64>,
    covariance: Square,
}

impl<I> BradleyTerryEstimate<I> {
    /// How exactly the strengths are known; costs the cube of the number of items.
    ///
    /// The covariance is the pseudo-inverse under the constraint that logarithms of strengths add up to 0. Nothing if the
    /// strengths are so far apart that the information is lost to rounding.
    #[must_use]
    pub fn uncertainty(&self, variance: Variance) -> Option<Uncertainty> {
        let count = self.wins.items.len();
        let mut information = laplacian(&self.wins, |pair| {
            let share = self.share(pair);
            pair.comparisons() * share * (1.0 - share)
        });
        if self.prior_ties > 0.0 {
            for (item, strength) in self.anchored.iter().enumerate() {
                information.add(item, item, self.prior_ties * strength / (1.0 + strength).powi(2));
            }
        } else {
            // Makes the one direction definite that the constraint takes out again.
            information.add_to_block(count, 1.0 / count as f64);
        }
        let mut covariance = Cholesky::of(&information)?.inverse();
        if variance == Variance::Sandwich {
            let scores = laplacian(&self.wins, |pair| self.squared_scores(pair));
            covariance = covariance.times(&scores).times(&covariance);
        }
        let log_strengths = self.strengths().iter().map(|strength| strength.ln()).collect();
        Some(Uncertainty { log_strengths, covariance: centred(&covariance) })
    }

    /// The probability that the first item of a pair is preferred.
    fn share(&self, pair: Pair) -> f64 {
        let [first, second] = [self.anchored[pair.first], self.anchored[pair.second]];
        first / (first + second)
    }

    /// The sum of squares of outcome (1, ½ or 0) minus probability.
    fn squared_scores(&self, pair: Pair) -> f64 {
        let share = self.share(pair);
        pair.first_wins as f64 * (1.0 - share).powi(2)
            + pair.second_wins as f64 * share.powi(2)
            + pair.ties as f64 * (0.5 - share).powi(2)
    }
}

/// The matrix `Σ w (e_i − e_j)(e_i − e_j)ᵀ` over pairs.
fn laplacian<I>(wins: &Wins<I>, weight: impl Fn(Pair) -> f64) -> Square {
    let mut matrix = Square::zero(wins.items.len());
    for &pair in &wins.pairs {
        let weight = weight(pair);
        matrix.add(pair.first, pair.first, weight);
        matrix.add(pair.second, pair.second, weight);
        matrix.add(pair.first, pair.second, -weight);
        matrix.add(pair.second, pair.first, -weight);
    }
    matrix
}

/// The covariance of variables after their mean is taken from each.
fn centred(covariance: &Square) -> Square {
    let size = covariance.size();
    let means: Vec<f64> = (0..size).map(|row| covariance.row(row).iter().sum::<f64>() / size as f64).collect();
    let mean = means.iter().sum::<f64>() / size as f64;
    let mut centred = Square::zero(size);
    for row in 0..size {
        for column in 0..size {
            centred.add(row, column, covariance.get(row, column) - means[row] - means[column] + mean);
        }
    }
    centred
}

impl Uncertainty {
    /// The standard error of the logarithm of an item's strength; nothing if there is no such item.
    ///
    /// Items are numbered as in the estimate. It is relative to the mean of all.
    #[must_use]
    pub fn standard_error(&self, item: usize) -> Option<f64> {
        (item < self.log_strengths.len()).then(|| self.covariance.get(item, item).max(0.0).sqrt())
    }

    /// The standard error of the logarithm of the ratio of two items' strengths: what a comparison of the two needs, and
    /// not to be had from their own standard errors.
    #[must_use]
    pub fn standard_error_of_ratio(&self, first: usize, second: usize) -> Option<f64> {
        let inside = first.max(second) < self.log_strengths.len();
        let variance =
            |matrix: &Square| matrix.get(first, first) + matrix.get(second, second) - 2.0 * matrix.get(first, second);
        inside.then(|| variance(&self.covariance).max(0.0).sqrt())
    }

    /// The bounds between which an item's strength is with this confidence, such as 0.95, by the normal approximation on
    /// the logarithmic scale. Nothing if there is no such item, or unless `0 < level < 1`.
    #[must_use]
    pub fn interval(&self, item: usize, level: f64) -> Option<(f64, f64)> {
        let half = half_width(level)? * self.standard_error(item)?;
        let logarithm = self.log_strengths[item];
        Some(((logarithm - half).exp(), (logarithm + half).exp()))
    }
}
