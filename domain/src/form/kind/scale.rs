//! Numbers: ratings on a scale of integers, scalars in a range of real numbers; of the task, or of each response.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Reason, one_a_response};

/// An integer on a scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatingQuestion {
    /// The lowest answer.
    pub min: i32,
    /// The highest answer.
    pub max: i32,
    /// Whether each response is rated, and not the task.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub each_response: bool,
}

/// A real number in a range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScalarQuestion {
    /// The lowest answer.
    pub min: f64,
    /// The highest answer.
    pub max: f64,
    /// Whether each response gets a number, and not the task.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub each_response: bool,
}

impl RatingQuestion {
    pub(in crate::form) fn check(self) -> Result<(), Reason> {
        let Self { min, max, .. } = self;
        if min >= max {
            return Err(format!("its scale runs from {min} to {max}; the lowest must be below the highest"));
        }
        Ok(())
    }

    /// The one rating of a task.
    pub(in crate::form) fn accept(self, rating: i32) -> Result<i32, Reason> {
        if self.each_response { Err("it takes one value a response".into()) } else { self.on_scale(rating) }
    }

    /// A rating of each response.
    pub(in crate::form) fn accept_each(self, ratings: &[i32], responses: usize) -> Result<Vec<i32>, Reason> {
        if !self.each_response {
            return Err("it takes one value, and not one a response".into());
        }
        one_a_response(ratings.len(), responses)?;
        ratings.iter().map(|rating| self.on_scale(*rating)).collect()
    }

    fn on_scale(self, rating: i32) -> Result<i32, Reason> {
        let Self { min, max, .. } = self;
        if (min..=max).contains(&rating) {
            Ok(rating)
        } else {
            Err(format!("{rating} is not on the scale from {min} to {max}"))
        }
    }
}

impl ScalarQuestion {
    pub(in crate::form) fn check(self) -> Result<(), Reason> {
        let Self { min, max, .. } = self;
        if !(min.is_finite() && max.is_finite() && min < max) {
            return Err(format!("its range runs from {min} to {max}; the lowest must be below the highest"));
        }
        Ok(())
    }

    /// The one number of a task.
    pub(in crate::form) fn accept(self, scalar: f64) -> Result<f64, Reason> {
        if self.each_response { Err("it takes one value a response".into()) } else { self.in_range(scalar) }
    }

    /// A number for each response.
    pub(in crate::form) fn accept_each(self, scalars: &[f64], responses: usize) -> Result<Vec<f64>, Reason> {
        if !self.each_response {
            return Err("it takes one value, and not one a response".into());
        }
        one_a_response(scalars.len(), responses)?;
        scalars.iter().map(|scalar| self.in_range(*scalar)).collect()
    }

    fn in_range(self, scalar: f64) -> Result<f64, Reason> {
        let Self { min, max, .. } = self;
        // false for what is not a number
        if (min..=max).contains(&scalar) {
            // -0 is written in another way than 0, and is the same number
            Ok(if scalar == 0.0 { 0.0 } else { scalar })
        } else {
            Err(format!("{scalar} is not in the range from {min} to {max}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rating_is_on_its_scale() {
        let question = RatingQuestion { min: 1, max: 5, each_response: false };
        assert_eq!(question.accept(5), Ok(5));
        assert_eq!(question.accept(99), Err("99 is not on the scale from 1 to 5".into()));
        assert!(question.accept_each(&[1, 2], 2).is_err());
        assert!(RatingQuestion { min: 5, max: 5, each_response: false }.check().is_err());
    }

    #[test]
    fn each_response_is_rated() {
        let question = RatingQuestion { min: 1, max: 5, each_response: true };
        assert_eq!(question.accept_each(&[5, 1], 2), Ok(vec![5, 1]));
        assert!(question.accept(3).is_err());
        assert_eq!(question.accept_each(&[5], 2), Err("it takes one value a response: 2, not 1".into()));
        assert!(question.accept_each(&[], 0).is_err());
        assert!(question.accept_each(&[1, 6], 2).is_err());
    }

    #[test]
    fn a_scalar_is_a_number_in_its_range() {
        let question = ScalarQuestion { min: -1.0, max: 1.0, each_response: false };
        assert_eq!(question.accept(-0.0).map(f64::to_bits), Ok(0.0_f64.to_bits()));
        for no in [1.000_000_1, f64::NAN, f64::INFINITY] {
            assert!(question.accept(no).is_err(), "{no}");
        }
        for (min, max) in [(0.0, 0.0), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
            assert!(ScalarQuestion { min, max, each_response: false }.check().is_err(), "{min} {max}");
        }
    }
}
