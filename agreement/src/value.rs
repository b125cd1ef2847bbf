//! Numbers as categories.

use std::{
    cmp::Ordering,
    hash::{Hash, Hasher},
    str::FromStr,
};

/// A finite number that was given as a rating: `-0.0` is `0.0`, so equal numbers are equal bits.
///
/// Any unit of measurement. Statistics that calculate with the ratings take this type; ratings kept as something else
/// are turned into it by [`ReliabilityData::try_map`](crate::ReliabilityData::try_map), where `"5"` and `"5.0"` become
/// the same.
#[derive(Clone, Copy, Debug)]
pub struct Value(f64);

/// Why something is no [`Value`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAValue {
    /// A text that isn't a decimal number.
    #[error("not a number")]
    NotANumber,
    /// An infinity, NaN, or a decimal beyond what an `f64` holds.
    #[error("not a finite number")]
    NotFinite,
    /// An integer beyond ±2⁵³, where an `f64` skips some.
    #[error("an integer too large to calculate with exactly")]
    Inexact,
}

impl Value {
    /// Checks that a number is finite.
    pub fn new(number: f64) -> Result<Self, NotAValue> {
        // Adding a positive zero turns the negative one into it and changes nothing else.
        if number.is_finite() { Ok(Self(number + 0.0)) } else { Err(NotAValue::NotFinite) }
    }

    /// The number, finite.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    /// By magnitude.
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

impl TryFrom<f64> for Value {
    type Error = NotAValue;

    fn try_from(number: f64) -> Result<Self, NotAValue> {
        Self::new(number)
    }
}

impl TryFrom<i64> for Value {
    type Error = NotAValue;

    fn try_from(number: i64) -> Result<Self, NotAValue> {
        if number.unsigned_abs() <= 1 << 53 { Ok(Self(number as f64)) } else { Err(NotAValue::Inexact) }
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self(number.into())
    }
}

impl From<u8> for Value {
    fn from(number: u8) -> Self {
        Self(number.into())
    }
}

impl FromStr for Value {
    type Err = NotAValue;

    /// Reads a decimal number, such as `4`, `-0.5` or `1e3`.
    fn from_str(text: &str) -> Result<Self, NotAValue> {
        text.parse().map_err(|_| NotAValue::NotANumber).and_then(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_ordered_as_numbers_and_not_as_texts() {
        let mut values: Vec<Value> =
            ["10", "-1", "9", "1e1"].iter().map(|text| text.parse().expect("a number")).collect();
        values.sort();
        values.dedup();
        assert_eq!(values, [Value::from(-1), Value::from(9u8), Value::from(10u32)]);
    }

    #[test]
    fn there_is_one_zero() {
        let zero = Value::new(-0.0).expect("finite");
        assert_eq!(zero, Value::from(0));
        assert_eq!(zero.get().to_bits(), 0);
        assert_eq!("-0".parse(), Ok(zero));
    }

    #[test]
    fn what_cannot_be_calculated_with_is_no_value() {
        assert_eq!("five".parse::<Value>(), Err(NotAValue::NotANumber));
        assert_eq!("".parse::<Value>(), Err(NotAValue::NotANumber));
        assert_eq!("inf".parse::<Value>(), Err(NotAValue::NotFinite));
        assert_eq!("1e400".parse::<Value>(), Err(NotAValue::NotFinite));
        assert_eq!(Value::new(f64::NAN), Err(NotAValue::NotFinite));
        assert_eq!(Value::try_from((1_i64 << 53) + 1), Err(NotAValue::Inexact));
        assert_eq!(Value::try_from(i64::MAX), Err(NotAValue::Inexact));
        assert_eq!(Value::try_from(i64::MIN), Err(NotAValue::Inexact));
        assert_eq!(Value::try_from(-7_i64), Ok(Value::from(-7)));
    }
}
