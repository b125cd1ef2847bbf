//! Exact binomial tails: how likely a count is that so extreme or more.

use super::{Beta, OutOfRange, checked_share};

/// The probability of at least `successes` in `trials` that each succeed with probability `share`.
///
/// Source: the sum is an incomplete beta function, DLMF 8.17.5.
pub fn at_least(successes: u64, trials: u64, share: f64) -> Result<f64, OutOfRange> {
    checked_share(share, "the probability of a success is between 0 and 1")?;
    match successes {
        0 => Ok(1.0),
        _ if successes > trials => Ok(0.0),
        _ => Ok(Beta::new(successes as f64, (trials - successes) as f64 + 1.0)?.below(share)),
    }
}

/// The probability of at most `successes` in `trials` that each succeed with probability `share`.
pub fn at_most(successes: u64, trials: u64, share: f64) -> Result<f64, OutOfRange> {
    checked_share(share, "the probability of a success is between 0 and 1")?;
    if successes >= trials {
        return Ok(1.0);
    }
    Ok(Beta::new(successes as f64 + 1.0, (trials - successes) as f64)?.above(share))
}

/// The shares of success that `successes` in `trials` are not unlikely under: Clopper & Pearson's interval.
///
/// At least `level` of such intervals hold the true share, whatever it is; `level` is between 0 and 1. Without a
/// trial it is all shares.
///
/// Source: Clopper & Pearson (1934), *Biometrika* 26(4), by quantiles of the beta distribution.
pub fn interval(successes: u64, trials: u64, level: f64) -> Result<(f64, f64), OutOfRange> {
    checked_share(level, "the level of an interval is between 0 and 1")?;
    let failures = trials.checked_sub(successes).ok_or(OutOfRange("successes are at most the trials"))?;
    let (successes, failures, outside) = (successes as f64, failures as f64, (1.0 - level) / 2.0);
    let low = if successes > 0.0 { Beta::new(successes, failures + 1.0)?.quantile(outside)? } else { 0.0 };
    let high = if failures > 0.0 { Beta::new(successes + 1.0, failures)?.quantile(1.0 - outside)? } else { 1.0 };
    Ok((low, high))
}

/// The two-sided p-value of `first` against `second` outcomes, each as likely as the other: the sign test.
///
/// 0 to 1; with no outcome it is 1. Under equal odds both tails are the same, so no choice of a two-sided p-value has
/// to be made. Given the two counts of discordant pairs it is the exact test of `McNemar` (1947).
#[must_use]
pub fn even_odds(first: u64, second: u64) -> f64 {
    let fewer = first.min(second);
    // The tail is defined for every pair of counts.
    at_most(fewer, first.saturating_add(second), 0.5).map_or(1.0, |tail| (2.0 * tail).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_close(figure: f64, expected: f64) {
        assert!((figure - expected).abs() <= 1e-12 * expected, "{figure} isn't {expected}");
    }

    /// A figure of many trials, whose error is that of the beta distribution's large parameters.
    #[track_caller]
    fn assert_near(figure: f64, expected: f64) {
        assert!((figure - expected).abs() <= 1e-10 * expected, "{figure} isn't {expected}");
    }

    #[test]
    fn few_trials_can_be_counted_by_hand() {
        assert_close(at_least(2, 3, 0.5).expect("a share"), 4.0 / 8.0);
        assert_close(at_most(1, 3, 0.25).expect("a share"), (27.0 + 27.0) / 64.0);
        assert_close(at_least(3, 3, 0.1).expect("a share"), 0.001);
    }

    #[test]
    fn the_ends_are_certain() {
        assert_eq!(at_least(0, 5, 0.1), Ok(1.0));
        assert_eq!(at_least(6, 5, 0.9), Ok(0.0));
        assert_eq!(at_most(5, 5, 0.9), Ok(1.0));
        assert_eq!(at_least(2, 5, 0.0), Ok(0.0));
        assert_eq!(at_least(5, 5, 1.0), Ok(1.0));
        assert!(at_least(1, 2, 1.1).is_err());
        assert!(at_most(1, 2, f64::NAN).is_err());
    }

    /// Of scipy 1.17.1, `stats.binomtest(first, first + second).pvalue`.
    #[test]
    fn even_odds_of_thousands_are_those_of_scipy() {
        assert_near(even_odds(2911, 2549), 1.022_652_027_951_906_8e-6);
        assert_near(even_odds(32_849, 32_491), 0.162_526_982_044_348_57);
    }

    /// Of scipy 1.17.1, `stats.binomtest(…).proportion_ci(.95, "exact")`.
    #[test]
    fn intervals_are_those_of_scipy() {
        for ((successes, trials), (low, high)) in [
            ((7, 10), (0.347_547_149_939_992_1, 0.933_260_488_822_265_5)),
            ((2911, 5460), (0.519_810_645_692_732_4, 0.546_454_263_026_013_4)),
            ((0, 12), (0.0, 0.264_648_469_397_051_17)),
            ((12, 12), (0.735_351_530_602_948_8, 1.0)),
            ((0, 0), (0.0, 1.0)),
        ] {
            let found = interval(successes, trials, 0.95).expect("a level");
            assert!((found.0 - low).abs() < 1e-12 && (found.1 - high).abs() < 1e-12, "{found:?}");
        }
        assert!(interval(3, 2, 0.95).is_err());
        assert!(interval(1, 2, 1.5).is_err());
    }

    #[test]
    fn even_odds_are_symmetric_and_at_most_one() {
        assert_close(even_odds(0, 10), 2.0 / 1024.0);
        assert_close(even_odds(10, 0), 2.0 / 1024.0);
        assert_close(even_odds(3, 3), 1.0);
        assert_close(even_odds(0, 0), 1.0);
        assert_close(even_odds(0, 1), 1.0);
    }
}
