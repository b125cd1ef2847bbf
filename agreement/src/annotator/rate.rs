//! Rates of few and of many answers on one scale: what the pool says of an annotator before, and what the answers
//! add.

use super::{LeaveOneOut, NoFigure, dispersion};
use crate::probability::{Beta, OutOfRange};

/// How often something succeeded in how many trials; successes may be fractions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    successes: f64,
    trials: f64,
}

impl Observed {
    /// So many successes in so many trials: 0 ≤ `successes` ≤ `trials`, finite.
    pub fn new(successes: f64, trials: f64) -> Result<Self, OutOfRange> {
        if trials.is_finite() && (0.0..=trials).contains(&successes) {
            Ok(Self { successes, trials })
        } else {
            Err(OutOfRange("successes are between 0 and the number of trials"))
        }
    }

    /// The number of successes.
    #[must_use]
    pub const fn successes(self) -> f64 {
        self.successes
    }

    /// The number of trials.
    #[must_use]
    pub const fn trials(self) -> f64 {
        self.trials
    }

    /// The same share of `weight` times as many trials; a weight is finite and at least 0.
    pub fn weighted(self, weight: f64) -> Result<Self, OutOfRange> {
        Self::new((self.successes * weight).min(self.trials * weight), self.trials * weight)
    }

    /// Successes a trial, 0 to 1; nothing without a trial.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.trials > 0.0).then(|| self.successes / self.trials)
    }
}

/// How the rates of a pool of annotators are spread: what to expect of one before seeing any answer.
///
/// This is the beta-binomial model with its prior estimated from the pool (empirical Bayes): an annotator's rate is
/// drawn from a beta distribution, and successes from the rate. The posterior of three answers lies near the pool's
/// mean, and that of three hundred near the annotator's own share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior(Beta);

impl Prior {
    /// The prior by Kleinman's method of moments, each annotator weighted by the number of trials.
    ///
    /// With `p` the pool's share, `S = Σ n_i (p_i − p)²` and `n = Σ n_i` over `k` annotators, the intra-class
    /// correlation is `(S / p(1 − p) − (k − 1)) / (n − Σ n_i² / n − (k − 1))`, and `a + b` is its inverse minus 1.
    /// The prior's mean is `p`, with half a success and half a failure added so that it is never 0 or 1.
    ///
    /// Where shares vary no more than chance makes them the correlation is at most 0, and `a + b` infinite; it is
    /// held to `n`: the pool is worth as much as it has answered. Where they vary as much as shares can, `a + b` is
    /// at least 1. Fewer than two annotators with a trial are no pool: then it is Jeffreys' prior, `a = b = ½`.
    ///
    /// Any order of annotators gives the same bits. Source: Kleinman (1973), *JASA* 68(341), with weights `n_i`.
    #[must_use]
    pub fn by_moments(pool: &[Observed]) -> Self {
        let mut pool: Vec<Observed> = pool.iter().copied().filter(|observed| observed.trials > 0.0).collect();
        pool.sort_by(|one, other| {
            one.trials.total_cmp(&other.trials).then(one.successes.total_cmp(&other.successes))
        });
        let trials: f64 = pool.iter().map(|observed| observed.trials).sum();
        let successes: f64 = pool.iter().map(|observed| observed.successes).sum();
        if pool.len() < 2 {
            return Self::of(0.5, 1.0);
        }
        let correlation = correlation(&pool, successes / trials, trials);
        let weight = if correlation > 0.0 { 1.0 / correlation - 1.0 } else { trials };
        Self::of((successes + 0.5) / (trials + 1.0), weight.clamp(1.0, trials.max(1.0)))
    }

    fn of(mean: f64, weight: f64) -> Self {
        // Both parameters are positive: the mean lies inside 0 to 1 and the weight is at least 1.
        let beta = Beta::new(mean * weight, (1.0 - mean) * weight);
        Self(beta.unwrap_or(Beta::JEFFREYS))
    }

    /// The distribution of rates in the pool.
    #[must_use]
    pub const fn beta(self) -> Beta {
        self.0
    }

    /// What is known of the rate of an annotator with these answers.
    pub fn posterior(self, observed: Observed) -> Result<Beta, OutOfRange> {
        Beta::new(self.0.a() + observed.successes, self.0.b() + observed.trials - observed.successes)
    }
}

/// The rates of the annotators of one question: what is known of each, seen beside the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pool {
    prior: Prior,
    /// How many trials one that was counted is worth.
    weight: f64,
}

impl Pool {
    /// Of rates whose trials are successes or failures, such as answers to gold tasks.
    #[must_use]
    pub fn of(rates: &[Observed]) -> Self {
        Self { prior: Prior::by_moments(rates), weight: 1.0 }
    }

    /// Of agreement with the others, where a unit is worth `1 / φ` trials (see [`dispersion`]).
    ///
    /// Annotators without a comparison are left out; impossible counts are an error.
    pub fn of_agreement<'a>(counts: impl IntoIterator<Item = &'a LeaveOneOut>) -> Result<Self, NoFigure> {
        let counts: Vec<&LeaveOneOut> = counts.into_iter().filter(|counts| !counts.is_empty()).collect();
        let weight = 1.0 / dispersion(counts.iter().copied())?;
        let mut rates = Vec::with_capacity(counts.len());
        for counts in counts {
            rates.push(counts.observed()?.weighted(weight).map_err(|_| NoFigure::Impossible)?);
        }
        Ok(Self { prior: Prior::by_moments(&rates), weight })
    }

    /// The distribution of rates in the pool.
    #[must_use]
    pub const fn prior(self) -> Prior {
        self.prior
    }

    /// What is known of an annotator's rate: its mean, its interval, its probability below a bound.
    pub fn posterior(self, observed: Observed) -> Result<Beta, OutOfRange> {
        self.prior.posterior(observed.weighted(self.weight)?)
    }

    /// The same after so many further trials that succeed at the pool's rate.
    pub fn after(self, observed: Observed, trials: u64) -> Result<Beta, OutOfRange> {
        let trials = trials as f64;
        let successes = trials * self.prior.beta().mean();
        self.posterior(Observed::new(observed.successes + successes, observed.trials + trials)?)
    }
}

fn correlation(pool: &[Observed], share: f64, trials: f64) -> f64 {
    let spread = share * (1.0 - share);
    let others = pool.len() as f64 - 1.0;
    let squares: f64 = pool.iter().map(|one| (one.successes - one.trials * share).powi(2) / one.trials).sum();
    let room = trials - pool.iter().map(|one| one.trials.powi(2)).sum::<f64>() / trials - others;
    if spread > 0.0 && room > 0.0 { (squares / spread - others) / room } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(successes: f64, trials: f64) -> Observed {
        Observed::new(successes, trials).expect("a rate")
    }

    #[test]
    fn the_moments_are_kleinmans() {
        // p = .5, S = 10 (.3² + .3²) = 1.8, so S / pq = 7.2; (7.2 − 1) / (20 − 10 − 1) = .6889, a + b = .4516 < 1.
        let wide = Prior::by_moments(&[observed(2.0, 10.0), observed(8.0, 10.0)]).beta();
        assert!((wide.a() + wide.b() - 1.0).abs() < 1e-12);
        // S = 3 · 10 · .1² + 10 · .3² … with four annotators: shares .4, .4, .4, .8; p = .5, S = 10 (3 · .01 + .09) =
        // 1.2, S / pq = 4.8; (4.8 − 3) / (40 − 10 − 3) = 1/15, a + b = 14.
        let pool = [observed(4.0, 10.0), observed(4.0, 10.0), observed(4.0, 10.0), observed(8.0, 10.0)];
        let prior = Prior::by_moments(&pool).beta();
        assert!((prior.a() + prior.b() - 14.0).abs() < 1e-12, "{prior:?}");
        assert!((prior.mean() - 20.5 / 41.0).abs() < 1e-15);
    }

    #[test]
    fn a_pool_that_varies_as_chance_does_is_worth_what_it_answered() {
        let prior = Prior::by_moments(&[observed(7.0, 10.0), observed(7.0, 10.0)]).beta();
        assert!((prior.a() + prior.b() - 20.0).abs() < 1e-12);
        let all_right = Prior::by_moments(&[observed(5.0, 5.0), observed(9.0, 9.0)]).beta();
        assert!((all_right.mean() - 14.5 / 15.0).abs() < 1e-15);
    }

    #[test]
    fn one_annotator_is_no_pool() {
        for pool in [&[][..], &[observed(3.0, 4.0)], &[observed(3.0, 4.0), observed(0.0, 0.0)]] {
            assert_eq!(Prior::by_moments(pool).beta(), Beta::JEFFREYS);
        }
    }

    #[test]
    fn few_answers_stay_near_the_pool_and_many_leave_it() {
        let pool = [observed(4.0, 10.0), observed(4.0, 10.0), observed(4.0, 10.0), observed(8.0, 10.0)];
        let prior = Prior::by_moments(&pool);
        let mean = |successes, trials| prior.posterior(observed(successes, trials)).expect("finite").mean();
        assert!((mean(0.0, 3.0) - 7.0 / 17.0).abs() < 1e-12);
        assert!(mean(0.0, 300.0) < 0.03);
    }

    #[test]
    fn the_order_of_annotators_does_not_matter() {
        let pool = [observed(0.1, 3.0), observed(17.3, 20.0), observed(2.7, 9.0), observed(1.1, 3.0)];
        let mut reversed = pool;
        reversed.reverse();
        assert_eq!(Prior::by_moments(&pool), Prior::by_moments(&reversed));
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for (successes, trials) in [(-1.0, 2.0), (3.0, 2.0), (f64::NAN, 2.0), (1.0, f64::INFINITY), (0.0, -1.0)] {
            assert!(Observed::new(successes, trials).is_err(), "{successes} of {trials}");
        }
    }
}
