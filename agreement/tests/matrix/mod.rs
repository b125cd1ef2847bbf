//! Reliability data as it is printed, drawn at random: a row for each unit, with each rater's value or its absence.

use proptest::{collection::vec, option::weighted, prelude::*};
use stele_agreement::{ReliabilityData, Unit, Value};

pub(crate) type Matrix = Vec<Vec<Option<u8>>>;

/// Few units and categories, so that units of every size, single values and full agreement all occur.
pub(crate) fn matrix() -> impl Strategy<Value = Matrix> {
    (1usize..7, 1u8..6).prop_flat_map(|(raters, categories)| vec(vec(weighted(0.75, 0..categories), raters), 0..14))
}

pub(crate) fn data(matrix: &Matrix) -> ReliabilityData<u8> {
    matrix.iter().map(|row| row.iter().flatten().copied().collect::<Unit<_>>()).collect()
}

/// The same ratings as numbers that are given by place.
pub(crate) fn numbers(matrix: &Matrix, number: impl Fn(u8) -> f64) -> ReliabilityData<Value> {
    data(matrix).try_map(|&place| Value::new(number(place))).expect("finite")
}

/// Amounts at unequal distances, of which one is 0.
pub(crate) fn amount(place: u8) -> f64 {
    [0.0, 1.0, 2.0, 5.0, 11.0][usize::from(place)]
}
