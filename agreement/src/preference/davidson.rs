//! Strengths with a probability of ties, and an advantage of the left place.

use std::fmt::Debug;

use super::{
    Comparisons, Tally, Unfit,
    cholesky::{Cholesky, Square},
    connected::components,
    wins::Wins,
};

/// The most of Newton's steps; ten are usual.
const STEPS: usize = 200;
/// The estimate is found once half the gain that Newton's next step promises is less than this.
const LEAST_GAIN: f64 = 1e-18;
/// A logarithm of a ratio of parameters beyond this is one that grows for ever.
const INFINITE: f64 = 40.0;

/// How a fit of Davidson's model is made: Bradley and Terry's with ties, and if asked for with an order effect.
///
/// Of a left item of strength `p` and a right item of strength `q`, the left is preferred, the right is, or neither is, in
/// proportion to `γp`, `q` and `ν√(pq)`. So `ν` is how many times as likely a tie of equal items is as a win of the right
/// one, and `γ` the odds of the left one; without an order effect `γ` is 1. Strengths have a geometric mean of 1. The
/// logarithm of the likelihood is concave, and its maximum is found by Newton's method.
///
/// Sources: Davidson, "On extending the Bradley-Terry model to accommodate ties in paired comparison experiments",
/// *JASA* 65, 1970; Davidson & Beaver, "On extending the Bradley-Terry model to incorporate within-pair order effects",
/// *Biometrics* 33(4), 1977, whose multiplier is of the item that comes second, and so `1/γ`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Davidson {
    /// Whether `γ` is estimated, or 1.
    pub order_effect: bool,
}

/// Strengths, `ν` and `γ`.
#[derive(Clone, Debug)]
pub struct DavidsonEstimate<I> {
    items: Vec<I>,
    strengths: Vec<f64>,
    tie: f64,
    order: f64,
    log_likelihood: f64,
    /// Of the logarithms of strengths, then of `ν`, then of `γ`.
    covariance: Square,
}

impl Davidson {
    /// Fits the model.
    ///
    /// Items must be [connected](super::connected_components). Refused as having no maximum: comparisons that are all
    /// ties or none, those that with an order effect all favour one side, and any others where a parameter grows for ever.
    pub fn fit<I: Ord + Clone + Debug>(&self, comparisons: &Comparisons<I>) -> Result<DavidsonEstimate<I>, Unfit<I>> {
        let wins = Wins::of(comparisons).ok_or(Unfit::Impossible)?;
        if wins.pairs.is_empty() {
            return Err(Unfit::NoComparison);
        }
        let groups = components(&wins);
        if groups.len() > 1 {
            return Err(Unfit::NotConnected(groups));
        }
        let rows = rows(&wins.items, comparisons);
        let found = Search { items: wins.items.len(), rows: &rows, order_effect: self.order_effect }.maximise();
        let (parameters, log_likelihood, covariance) = found.ok_or(Unfit::NoMaximum)?;
        let (logarithms, rest) = parameters.split_at(wins.items.len());
        Ok(DavidsonEstimate {
            strengths: logarithms.iter().map(|logarithm| logarithm.exp()).collect(),
            items: wins.items,
            tie: rest[0].exp(),
            order: rest[1].exp(),
            log_likelihood,
            covariance,
        })
    }
}

/// The comparisons of a left and a right item.
struct Row {
    left: usize,
    right: usize,
    tally: Tally,
}

fn rows<I: Ord + Clone>(items: &[I], comparisons: &Comparisons<I>) -> Vec<Row> {
    let row = |(left, right, tally): (&I, &I, Tally)| {
        Some(Row { left: items.binary_search(left).ok()?, right: items.binary_search(right).ok()?, tally })
    };
    comparisons.iter().filter_map(row).filter(|row| row.left != row.right).collect()
}

/// The probabilities of a left win, a right win and a tie, and their logarithms.
struct Probabilities {
    logarithms: [f64; 3],
    values: [f64; 3],
}

/// Newton's method. Parameters are the logarithms of strengths, of `ν`, and of `γ`.
struct Search<'a> {
    items: usize,
    rows: &'a [Row],
    order_effect: bool,
}

impl Search<'_> {
    /// Parameters, log-likelihood and covariance.
    fn maximise(&self) -> Option<(Vec<f64>, f64, Square)> {
        let mut parameters = vec![0.0; self.items + 2];
        let mut log_likelihood = self.log_likelihood(&parameters);
        for _ in 0..STEPS {
            let (gradient, information) = self.slopes(&parameters);
            let cholesky = Cholesky::of(&information)?;
            let step = cholesky.solve(&gradient);
            let gain: f64 = step.iter().zip(&gradient).map(|(step, slope)| step * slope).sum();
            (parameters, log_likelihood) = self.advance(&parameters, &step, log_likelihood);
            if parameters.iter().any(|parameter| parameter.abs() > INFINITE) {
                return None;
            }
            if gain < LEAST_GAIN * log_likelihood.abs().max(1.0) {
                return Some((parameters, log_likelihood, self.covariance(&cholesky)));
            }
        }
        None
    }

    /// The step, halved until it doesn't lose.
    fn advance(&self, parameters: &[f64], step: &[f64], before: f64) -> (Vec<f64>, f64) {
        let mut fraction = 1.0;
        loop {
            let next: Vec<f64> = parameters.iter().zip(step).map(|(old, step)| old + fraction * step).collect();
            let log_likelihood = self.log_likelihood(&next);
            // Near the maximum nothing can be gained but rounding.
            if log_likelihood >= before - 1e-12 * before.abs() || fraction < 1e-6 {
                return (next, log_likelihood);
            }
            fraction /= 2.0;
        }
    }

    fn log_likelihood(&self, parameters: &[f64]) -> f64 {
        let of_row = |row: &Row| {
            let [left, right, tie] = self.probabilities(parameters, row).logarithms;
            row.tally.left as f64 * left + row.tally.right as f64 * right + row.tally.ties as f64 * tie
        };
        self.rows.iter().map(of_row).sum()
    }

    fn probabilities(&self, parameters: &[f64], row: &Row) -> Probabilities {
        let [left, right] = [row.left, row.right].map(|item| parameters[item]);
        let [tie, order] = [self.items, self.items + 1].map(|index| parameters[index]);
        let weights = [left + order, right, tie + f64::midpoint(left, right)];
        let greatest = weights.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let sum = greatest + weights.map(|weight| (weight - greatest).exp()).into_iter().sum::<f64>().ln();
        let logarithms = weights.map(|weight| weight - sum);
        Probabilities { logarithms, values: logarithms.map(f64::exp) }
    }

    /// The gradient of the log-likelihood and the information, its negative second derivative.
    ///
    /// Made definite along what no data tell: the common scale of strengths, and `γ` if there is no order effect.
    fn slopes(&self, parameters: &[f64]) -> (Vec<f64>, Square) {
        let mut gradient = vec![0.0; parameters.len()];
        let mut information = Square::zero(parameters.len());
        for row in self.rows {
            let probabilities = self.probabilities(parameters, row).values;
            let indices = [row.left, row.right, self.items, self.items + 1];
            let effects = self.effects();
            let tally = [row.tally.left, row.tally.right, row.tally.ties].map(|count| count as f64);
            let count: f64 = tally.iter().sum();
            let mean = |effect: [f64; 3]| -> f64 { effect.iter().zip(probabilities).map(|(e, p)| e * p).sum() };
            for (&index, effect) in indices.iter().zip(effects) {
                let seen: f64 = effect.iter().zip(tally).map(|(effect, count)| effect * count).sum();
                gradient[index] += seen - count * mean(effect);
                for (&other, other_effect) in indices.iter().zip(effects) {
                    let product = [0, 1, 2].map(|outcome| effect[outcome] * other_effect[outcome]);
                    information.add(index, other, count * (mean(product) - mean(effect) * mean(other_effect)));
                }
            }
        }
        information.add_to_block(self.items, 1.0);
        if !self.order_effect {
            information.add(self.items + 1, self.items + 1, 1.0);
        }
        (gradient, information)
    }

    /// What a left win, a right win and a tie owe to the left strength, the right strength, `ν` and `γ`.
    fn effects(&self) -> [[f64; 3]; 4] {
        let order = if self.order_effect { 1.0 } else { 0.0 };
        [[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0], [order, 0.0, 0.0]]
    }

    /// The inverse of the information, without what made it definite.
    fn covariance(&self, information: &Cholesky) -> Square {
        let mut covariance = information.inverse();
        let items = self.items as f64;
        covariance.add_to_block(self.items, -1.0 / (items * items));
        if !self.order_effect {
            covariance.add(self.items + 1, self.items + 1, -1.0);
        }
        covariance
    }
}

impl<I> DavidsonEstimate<I> {
    /// The items, in order.
    #[must_use]
    pub fn items(&self) -> &[I] {
        &self.items
    }

    /// The strength of each item: above 0, with a geometric mean of 1.
    #[must_use]
    pub fn strengths(&self) -> &[f64] {
        &self.strengths
    }

    /// `ν`: how many times as likely a tie of equal items is as a win of the right one.
    #[must_use]
    pub fn tie(&self) -> f64 {
        self.tie
    }

    /// `γ`: the odds of the left one of two equal items, ties aside; 1 if no order effect was asked for.
    #[must_use]
    pub fn order(&self) -> f64 {
        self.order
    }

    /// The natural logarithm of the comparisons' likelihood.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// The standard error of the logarithm of an item's strength, relative to the mean of all; nothing if there is no such
    /// item. Items are numbered as in [`items`](Self::items).
    #[must_use]
    pub fn standard_error(&self, item: usize) -> Option<f64> {
        (item < self.items.len()).then(|| self.standard_error_at(item))
    }

    /// The standard error of the logarithm of the order effect; 0 if it was not asked for.
    #[must_use]
    pub fn standard_error_of_order(&self) -> f64 {
        self.standard_error_at(self.items.len() + 1)
    }

    fn standard_error_at(&self, parameter: usize) -> f64 {
        self.covariance.get(parameter, parameter).max(0.0).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preference::Outcome;

    fn compared(rows: &[(char, char, i64, i64, i64)]) -> Comparisons<char> {
        rows.iter()
            .map(|&(left, right, wins, losses, ties)| ((left, right), Tally { left: wins, right: losses, ties }))
            .collect()
    }

    /// With two items compared both ways round, each of the four free shares has its parameter: the model is exact.
    #[test]
    fn two_items_are_fitted_exactly() {
        // In proportion to γp, q, ν√(pq) with p = 2, q = ½, ν = 1, γ = 3, and the other way round.
        let comparisons = compared(&[('a', 'b', 1200, 100, 200), ('b', 'a', 300, 400, 200)]);
        let estimate = Davidson { order_effect: true }.fit(&comparisons).expect("connected");
        let found = [estimate.strengths()[0], estimate.strengths()[1], estimate.tie(), estimate.order()];
        for (value, expected) in found.into_iter().zip([2.0, 0.5, 1.0, 3.0]) {
            assert!((value - expected).abs() < 1e-9, "{found:?}");
        }
    }

    #[test]
    fn without_ties_it_is_bradley_and_terrys() {
        let rows = [('a', 'b', 3, 2, 0), ('b', 'c', 4, 2, 0), ('c', 'a', 1, 5, 0)];
        let without_ties = compared(&rows);
        assert_eq!(Davidson::default().fit(&without_ties).map(|_| ()), Err(Unfit::NoMaximum));
        // A tie of each pair is little beside a million times as many comparisons.
        let mut many: Comparisons<char> =
            compared(&rows.map(|(a, b, left, right, _)| (a, b, left << 20, right << 20, 0)));
        for (left, right, ..) in rows {
            many.add(left, right, Outcome::Tie);
        }
        let davidson = Davidson::default().fit(&many).expect("connected");
        let plain = super::super::BradleyTerry::default().fit(&without_ties).expect("connected");
        for (left, right) in davidson.strengths().iter().zip(plain.strengths()) {
            assert!((left - right).abs() < 1e-5, "{davidson:?} {plain:?}");
        }
    }

    #[test]
    fn what_has_no_maximum_is_refused() {
        let fit = |rows: &[(char, char, i64, i64, i64)], order_effect| {
            Davidson { order_effect }.fit(&compared(rows)).map(|_| ())
        };
        assert_eq!(fit(&[('a', 'b', 0, 0, 4)], false), Err(Unfit::NoMaximum));
        assert_eq!(fit(&[('a', 'b', 2, 0, 1)], false), Err(Unfit::NoMaximum));
        assert_eq!(fit(&[('a', 'b', 2, 0, 1), ('b', 'a', 1, 0, 1)], true), Err(Unfit::NoMaximum));
        assert_eq!(fit(&[], false), Err(Unfit::NoComparison));
        assert_eq!(fit(&[('a', 'a', 1, 1, 1)], false), Err(Unfit::NoComparison));
        assert_eq!(fit(&[('a', 'b', -1, 1, 1)], false), Err(Unfit::Impossible));
        let groups = vec![vec!['a'], vec!['b']];
        assert_eq!(fit(&[('a', 'b', 2, 0, 0)], false), Err(Unfit::NotConnected(groups)));
    }
}
