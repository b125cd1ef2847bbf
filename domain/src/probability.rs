//! Probabilities and shares.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A probability, or a share of a whole: 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "f64", into = "f64")]
#[schemars(with = "f64")]
pub struct Probability(f64);

/// A number that is no probability.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a probability or share is a number from 0 to 1, not {0}")]
pub struct ProbabilityError(f64);

impl Probability {
    /// Never, or nothing of it.
    pub const ZERO: Self = Self(0.0);
    /// Always, or all of it.
    pub const ONE: Self = Self(1.0);

    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// Whether something of this probability comes about under a `draw` that takes every value alike.
    #[must_use]
    pub fn comes_about(self, draw: u64) -> bool {
        // 53 bits, all that a double holds: the draw as a number from 0 to just under 1
        ((draw >> 11) as f64) / ((1_u64 << 53) as f64) < self.0
    }
}

impl TryFrom<f64> for Probability {
    type Error = ProbabilityError;

    fn try_from(number: f64) -> Result<Self, Self::Error> {
        // not the range's `contains`: minus zero would be kept, and written differently
        if number == 0.0 {
            Ok(Self::ZERO)
        } else if number > 0.0 && number <= 1.0 {
            Ok(Self(number))
        } else {
            Err(ProbabilityError(number))
        }
    }
}

impl From<Probability> for f64 {
    fn from(probability: Probability) -> Self {
        probability.0
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_from_0_to_1_are_probabilities() {
        for good in [0.0, -0.0, 1e-300, 0.5, 1.0] {
            assert_eq!(Probability::try_from(good).expect("a probability").get().to_bits(), good.abs().to_bits());
        }
        for bad in [-0.1, 1.000_1, f64::NAN, f64::INFINITY] {
            assert!(Probability::try_from(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn draws_come_about_as_often_as_they_should() {
        assert!(!Probability::ZERO.comes_about(0));
        assert!(Probability::ONE.comes_about(u64::MAX));
        let quarter = Probability::try_from(0.25).expect("a probability");
        assert!(quarter.comes_about((1 << 62) - 1));
        assert!(!quarter.comes_about(1 << 62));
    }
}
