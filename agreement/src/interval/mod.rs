//! How far a figure may be from that of all tasks like these.
//!
//! [`jackknife`] and [`bootstrap`] take any figure of [`ReliabilityData`](crate::ReliabilityData), given as a function.

mod bootstrap;
mod estimate;
mod jackknife;
mod multinomial;

pub use self::{
    bootstrap::{Bootstrap, bootstrap},
    estimate::Estimate,
    jackknife::jackknife,
};
use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// How often an interval is to hold the true figure if it were made again and again: more than 0, less than 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Confidence(f64);

/// A confidence that isn't between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a confidence is more than 0 and less than 1")]
pub struct NotAConfidence;

impl Confidence {
    /// 95 %, the custom.
    pub const NINETY_FIVE: Self = Self(0.95);

    /// Checks that a share is one.
    pub fn new(share: f64) -> Result<Self, NotAConfidence> {
        if share > 0.0 && share < 1.0 { Ok(Self(share)) } else { Err(NotAConfidence) }
    }

    /// The share, between 0 and 1.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// The chance of lying below an interval that leaves out as much at either end: half of what it doesn't hold.
    pub(crate) fn below(self) -> f64 {
        (1.0 - self.0) / 2.0
    }
}

/// Where the true figure is believed to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end, not below `low`.
    pub high: f64,
}

impl Interval {
    /// As many standard errors around a coefficient as the normal distribution asks for; not beyond 1.
    pub(crate) fn normal(value: f64, standard_error: f64, confidence: Confidence) -> Self {
        let quantile = Normal::standard().inverse_cdf(1.0 - confidence.below());
        Self::around(value, quantile * standard_error)
    }

    /// As many standard errors around a coefficient as Student's t distribution asks for; not beyond 1.
    pub(crate) fn student(value: f64, standard_error: f64, freedom: f64, confidence: Confidence) -> Self {
        let quantile =
            StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(1.0 - confidence.below()));
        Self::around(value, quantile * standard_error)
    }

    fn around(value: f64, reach: f64) -> Self {
        // Without a standard error nothing is known.
        let reach = if reach.is_nan() { f64::INFINITY } else { reach };
        Self { low: value - reach, high: (value + reach).min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confidence_is_between_zero_and_one() {
        assert_eq!(Confidence::new(0.95), Ok(Confidence::NINETY_FIVE));
        for share in [0.0, 1.0, -0.5, 95.0, f64::NAN] {
            assert_eq!(Confidence::new(share), Err(NotAConfidence), "{share}");
        }
    }

    /// Quantiles of the package scipy 1.12.0: `norm.ppf(0.975)`, `t.ppf(0.975, 11)`, `t.ppf(0.995, 1)`.
    #[test]
    fn quantiles_are_those_of_the_distributions() {
        let half = |interval: Interval| -interval.low;
        let normal = half(Interval::normal(0.0, 1.0, Confidence::NINETY_FIVE));
        assert!((normal - 1.959_963_984_540_054).abs() < 1e-12, "{normal}");
        let student = half(Interval::student(0.0, 1.0, 11.0, Confidence::NINETY_FIVE));
        assert!((student - 2.200_985_160_082_949).abs() < 1e-10, "{student}");
        let wide = half(Interval::student(0.0, 1.0, 1.0, Confidence(0.99)));
        assert!((wide - 63.656_741_162_871_51).abs() < 1e-7, "{wide}");
    }

    #[test]
    fn no_coefficient_is_beyond_one() {
        let interval = Interval::normal(0.5, 1.0, Confidence(0.5));
        assert_eq!(interval, Interval { low: interval.low, high: 1.0 });
        let unknown = Estimate { value: 0.5, standard_error: f64::NAN, units: 1 }.interval(Confidence::NINETY_FIVE);
        assert_eq!(unknown, Interval { low: f64::NEG_INFINITY, high: 1.0 });
    }
}
