//! A figure with its standard error.

use super::{Confidence, Interval};

/// A coefficient as an estimate of that of all tasks like those that were rated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The coefficient, at most 1.
    pub value: f64,
    /// The standard deviation that it would have over other samples of as many units; NaN with one unit.
    pub standard_error: f64,
    /// The units that it rests on, at least 1.
    pub units: u32,
}

impl Estimate {
    /// The interval by Student's t distribution with `units − 1` degrees of freedom, cut off at 1.
    ///
    /// From −∞ to 1 where there is one unit.
    #[must_use]
    pub fn interval(&self, confidence: Confidence) -> Interval {
        Interval::student(self.value, self.standard_error, f64::from(self.units) - 1.0, confidence)
    }
}
