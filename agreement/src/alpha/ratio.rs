//! Alpha where categories are amounts, and their ratios mean something.

use std::collections::BTreeMap;

use crate::{ReliabilityData, Undefined, Value, pairable::PairableValues};

/// Krippendorff's alpha for ratio data: `δ_ck = ((c − k) / (c + k))²`.
///
/// Values are at least 0, and 0 differs from any other value by 1. It costs the square of the number of distinct
/// values, because this distance, unlike that of [`interval`](super::interval()) data, doesn't come apart into sums.
/// Sums run in the order of values and of units, so the order in which ratings came doesn't matter to the bits.
///
/// Undefined as [`nominal`](super::nominal()) is, and for negative values. Source: Krippendorff, *Content Analysis*
/// (2018), chapter 12.
pub fn ratio(data: &ReliabilityData<Value>) -> Result<f64, Undefined> {
    let values = PairableValues::of(data)?;
    let all: Vec<(f64, f64)> = values.categories().map(|(value, count)| (value.get(), count as f64)).collect();
    if all.first().is_some_and(|&(least, _)| least < 0.0) {
        return Err(Undefined::Negative);
    }
    if all.len() < 2 {
        return Err(Undefined::OneCategory);
    }
    let others = (values.total() - 1) as f64;
    Ok(1.0 - others * observed(data) / differences(&all))
}

/// `Σ o_ck δ_ck` over `c < k`, by units; one sum for each number of ratings.
fn observed(data: &ReliabilityData<Value>) -> f64 {
    let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
    let mut rated = Vec::new();
    for (unit, units) in data {
        let ratings = unit.ratings();
        if ratings >= 2 {
            rated.clear();
            rated.extend(unit.counts().map(|(value, count)| (value.get(), f64::from(count))));
            *sums.entry(ratings).or_default() += units as f64 * differences(&rated);
        }
    }
    sums.iter().map(|(&ratings, sum)| sum / (f64::from(ratings) - 1.0)).sum()
}

/// The sum of `n_c n_k δ_ck` over `c < k`, of values in rising order and how often they occur.
fn differences(values: &[(f64, f64)]) -> f64 {
    let of_greater = |index: usize, (greater, count): (f64, f64)| -> f64 {
        values[..index].iter().map(|&(lesser, of_lesser)| count * of_lesser * difference(lesser, greater)).sum()
    };
    values.iter().enumerate().map(|(index, &greater)| of_greater(index, greater)).sum()
}

/// `δ` of two amounts of which the second is greater, by their quotient, which neither overflows nor depends on the unit
/// of measurement.
fn difference(lesser: f64, greater: f64) -> f64 {
    let quotient = lesser / greater;
    ((1.0 - quotient) / (1.0 + quotient)).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unit;

    fn alpha(units: &[&[f64]]) -> Result<f64, Undefined> {
        let value = |&number: &f64| Value::new(number).expect("finite");
        ratio(&units.iter().map(|ratings| ratings.iter().map(value).collect::<Unit<_>>()).collect())
    }

    #[test]
    fn it_weighs_differences_by_size() {
        // δ of 1 and 3 is 1/4: `Σ o δ` is 1/2 over c < k, and by chance it would be 2 · 2/4 / 3.
        assert_eq!(alpha(&[&[1.0, 3.0], &[3.0, 1.0]]), Ok(1.0 - 3.0 * 0.5 / 1.0));
        assert_eq!(alpha(&[&[0.0, 5.0], &[5.0, 0.0]]), alpha(&[&[0.0, 1.0], &[1.0, 0.0]]));
    }

    #[test]
    fn the_unit_of_measurement_does_not_matter() {
        let plain = alpha(&[&[1.0, 3.0, 7.0], &[2.0, 2.0], &[0.0, 5.0]]);
        assert_eq!(alpha(&[&[3.0, 9.0, 21.0], &[6.0, 6.0], &[0.0, 15.0]]), plain);
        let huge = 2f64.powi(1021);
        assert_eq!(alpha(&[&[huge, 3.0 * huge, 7.0 * huge], &[2.0 * huge, 2.0 * huge], &[0.0, 5.0 * huge]]), plain);
    }

    #[test]
    fn negative_amounts_and_no_variation_have_no_ratio() {
        assert_eq!(alpha(&[&[-1.0, 1.0]]), Err(Undefined::Negative));
        assert_eq!(alpha(&[&[0.0, 0.0]]), Err(Undefined::OneCategory));
        assert_eq!(alpha(&[&[0.0, 0.0], &[4.0, 4.0, 4.0]]), Ok(1.0));
        // A value that can't be paired doesn't count, whatever it is.
        assert_eq!(alpha(&[&[-1.0], &[2.0, 2.0], &[3.0, 3.0]]), Ok(1.0));
    }
}
