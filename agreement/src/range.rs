//! Numbers as parts of the range that they span.

use crate::Undefined;

/// From the least value to the greatest, which differ.
///
/// Figures that don't depend on the unit of measurement are calculated with parts of a range: then no square
/// overflows or vanishes, and a common offset costs no digits.
#[derive(Clone, Copy)]
pub(crate) struct Range {
    least: f64,
    /// 1, or 1/2 where an `f64` doesn't hold the width.
    unit: f64,
    /// In these units.
    width: f64,
}

impl Range {
    /// The range of finite numbers, which are all the same if these are.
    pub(crate) fn new(least: f64, greatest: f64) -> Result<Self, Undefined> {
        if greatest <= least {
            return Err(Undefined::OneCategory);
        }
        let unit = if (greatest - least).is_finite() { 1.0 } else { 0.5 };
        Ok(Self { least, unit, width: greatest * unit - least * unit })
    }

    /// The least value.
    pub(crate) fn least(self) -> f64 {
        self.least
    }

    /// How far apart two values are, −1 to 1: exact differences of integers stay exact up to this quotient.
    pub(crate) fn part(self, from: f64, to: f64) -> f64 {
        (to * self.unit - from * self.unit) / self.width
    }
}
