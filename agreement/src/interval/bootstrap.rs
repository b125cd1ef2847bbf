//! The bootstrap: how a figure varies over samples of the units.

use chacha20::{ChaCha8Rng, rand_core::SeedableRng};

use super::{Confidence, Interval, multinomial::redraw};
use crate::{ReliabilityData, Undefined};

/// A figure of many resamples, in rising order.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// Never empty.
    figures: Vec<f64>,
    undefined: u32,
}

/// Draws the units anew so many times, with replacement and as many as there are, and calculates a figure of each draw.
///
/// A whole unit is drawn with its ratings, because these depend on each other; it is the tasks that are a sample. The
/// random bits are the keystream of `ChaCha8` under the seed as key (a 64-bit counter from 0, a nonce of zeros), and all
/// that is done with them is done in integers: the same data, seed and number give the same draws on every machine.
///
/// A draw costs as much as there are distinct units, plus some ten random bits a unit, plus the figure.
///
/// Undefined if the figure of the data is, or that of every draw; without draws `NoPairableValues`.
///
/// Source: Efron & Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 6; of units: Zapf et al., "Measuring
/// inter-rater reliability for nominal data", *BMC Medical Research Methodology* 16, 2016.
pub fn bootstrap<C: Ord + Clone>(
    data: &ReliabilityData<C>,
    draws: u32,
    seed: [u8; 32],
    figure: impl Fn(&ReliabilityData<C>) -> Result<f64, Undefined>,
) -> Result<Bootstrap, Undefined> {
    figure(data)?;
    data.totals()?;
    let mut generator = ChaCha8Rng::from_seed(seed);
    // No count is beyond the number of ratings, which has been checked.
    let weights: Vec<u32> = data.iter().map(|(_, count)| u32::try_from(count).unwrap_or(u32::MAX)).collect();
    let mut resample = data.clone();
    let mut figures = Vec::new();
    let mut reason = Undefined::NoPairableValues;
    for _ in 0..draws {
        let mut counts = weights.clone();
        redraw(&mut counts, &mut generator);
        resample.counts_mut().zip(counts).for_each(|(count, times)| *count = times.into());
        match figure(&resample) {
            Ok(figure) => figures.push(figure),
            Err(undefined) => reason = undefined,
        }
    }
    figures.sort_unstable_by(f64::total_cmp);
    let defined = u32::try_from(figures.len()).unwrap_or(u32::MAX);
    if figures.is_empty() { Err(reason) } else { Ok(Bootstrap { figures, undefined: draws - defined }) }
}

impl Bootstrap {
    /// The figures of the draws in rising order; at least one.
    #[must_use]
    pub fn figures(&self) -> &[f64] {
        &self.figures
    }

    /// Draws of which the figure was undefined, and which the interval leaves out: many of them say that the data hardly
    /// have the figure.
    #[must_use]
    pub const fn undefined(&self) -> u32 {
        self.undefined
    }

    /// The percentile interval: from one quantile of the draws' figures to another.
    ///
    /// Quantiles lie between two figures in proportion, as R's type 7 does (Hyndman & Fan 1996). Source: Efron &
    /// Tibshirani (1993), chapter 13.
    #[must_use]
    pub fn interval(&self, confidence: Confidence) -> Interval {
        let below = confidence.below();
        Interval { low: self.quantile(below), high: self.quantile(1.0 - below) }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the number of figures")]
    fn quantile(&self, share: f64) -> f64 {
        let last = self.figures.len() - 1;
        let place = share * last as f64;
        let lower = (place.floor() as usize).min(last);
        let upper = (lower + 1).min(last);
        let part = place - lower as f64;
        self.figures[lower] + part * (self.figures[upper] - self.figures[lower])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Unit, alpha, percent};

    fn data(units: &[(&str, i64)]) -> ReliabilityData<char> {
        units.iter().map(|&(ratings, count)| (ratings.chars().collect::<Unit<_>>(), count)).collect()
    }

    #[test]
    fn quantiles_lie_between_figures() {
        let bootstrap = Bootstrap { figures: vec![0.0, 1.0, 2.0, 4.0, 8.0], undefined: 0 };
        let half = Confidence::new(0.5).expect("between 0 and 1");
        assert_eq!(bootstrap.interval(half), Interval { low: 1.0, high: 4.0 });
        let most = Confidence::new(0.8).expect("between 0 and 1");
        let Interval { low, high } = bootstrap.interval(most);
        assert!((low - 0.4).abs() < 1e-12 && (high - 6.4).abs() < 1e-12, "{low} {high}");
        let one = Bootstrap { figures: vec![3.0], undefined: 0 };
        assert_eq!(one.interval(most), Interval { low: 3.0, high: 3.0 });
    }

    #[test]
    fn the_same_seed_gives_the_same_bits_and_another_does_not() {
        let data = data(&[("aab", 5), ("bb", 4), ("aa", 7), ("ab", 2)]);
        let draw = |seed| bootstrap(&data, 200, [seed; 32], alpha::nominal).expect("defined");
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }

    /// The share of agreeing units is a binomial's mean: 300 of 400 agree, so its standard error is 0.02165.
    #[test]
    fn figures_spread_as_theory_says() {
        let drawn = bootstrap(&data(&[("aa", 200), ("bb", 100), ("ab", 100)]), 4000, [3; 32], percent::of_values)
            .expect("defined");
        let mean = drawn.figures().iter().sum::<f64>() / 4000.0;
        let spread = (drawn.figures().iter().map(|figure| (figure - mean).powi(2)).sum::<f64>() / 4000.0).sqrt();
        assert!((mean - 0.75).abs() < 0.002, "{mean}");
        assert!((spread - 0.021_65).abs() < 0.001, "{spread}");
        let Interval { low, high } = drawn.interval(Confidence::NINETY_FIVE);
        assert!((low - 0.707_6).abs() < 0.004 && (high - 0.792_4).abs() < 0.004, "{low} {high}");
    }

    #[test]
    fn draws_without_the_figure_are_told() {
        let data = data(&[("aa", 9), ("bb", 1)]);
        let drawn = bootstrap(&data, 1000, [4; 32], alpha::nominal).expect("defined");
        // Of ten draws none is of the one unit in 35 % of cases.
        assert!((280..420).contains(&drawn.undefined()), "{}", drawn.undefined());
        assert_eq!(drawn.figures().len() + drawn.undefined() as usize, 1000);
        assert_eq!(bootstrap(&data, 0, [4; 32], alpha::nominal), Err(Undefined::NoPairableValues));
        let constant = self::data(&[("aa", 9)]);
        assert_eq!(bootstrap(&constant, 9, [4; 32], alpha::nominal), Err(Undefined::OneCategory));
    }
}
