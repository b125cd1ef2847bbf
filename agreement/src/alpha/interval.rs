//! Alpha where categories are numbers, and their differences mean something.

use std::collections::BTreeMap;

use crate::{ReliabilityData, Undefined, Unit, Value, pairable::PairableValues, range::Range};

/// Krippendorff's alpha for interval data: `δ_ck = (c − k)²`.
///
/// `Σ o_ck δ_ck` of a unit is its sum of squares about its mean, times `2 m / (m − 1)`, and `Σ n_c n_k δ_ck` is the sum
/// of squares of all pairable values times `2 n`; so there is no loop over pairs, and 100,000 distinct values cost
/// little more than putting them in order. Values are taken from the least one on and in parts of the range, and
/// each sum of squares about its own mean, so that neither a common offset nor the unit of measurement costs digits.
/// Sums run in the order of values and of units, so the order in which ratings came doesn't matter to the bits.
///
/// Undefined as [`nominal`](super::nominal()) is. Source: Krippendorff, *Content Analysis* (2018), chapter 12.
pub fn interval(data: &ReliabilityData<Value>) -> Result<f64, Undefined> {
    let values = PairableValues::of(data)?;
    let range = range(&values)?;
    let all: Vec<(f64, f64)> =
        values.categories().map(|(value, count)| (range.part(range.least(), value.get()), count as f64)).collect();
    let expected = squares_about_mean(&all);
    let total = values.total() as f64;
    Ok(1.0 - (total - 1.0) / total * (observed(data, range) / expected))
}

/// The range of the pairable values.
fn range(values: &PairableValues<'_, Value>) -> Result<Range, Undefined> {
    let mut all = values.categories().map(|(value, _)| value.get());
    let least = all.next().ok_or(Undefined::NoPairableValues)?;
    Range::new(least, all.next_back().unwrap_or(least))
}

/// Half of `Σ o_ck δ_ck`, by units; one sum for each number of ratings.
fn observed(data: &ReliabilityData<Value>, range: Range) -> f64 {
    let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
    let mut parts = Vec::new();
    for (unit, units) in data {
        let ratings = unit.ratings();
        if ratings >= 2 {
            parts.clear();
            parts.extend(deviations(unit, range));
            *sums.entry(ratings).or_default() += units as f64 * squares_about_mean(&parts);
        }
    }
    sums.iter().map(|(&ratings, sum)| sum * (f64::from(ratings) / (f64::from(ratings) - 1.0))).sum()
}

/// A unit's values from its least one on, so that full agreement is exactly 0.
fn deviations(unit: &Unit<Value>, range: Range) -> impl Iterator<Item = (f64, f64)> {
    let least = unit.counts().next().map_or(range.least(), |(value, _)| value.get());
    unit.counts().map(move |(value, count)| (range.part(least, value.get()), f64::from(count)))
}

/// `Σ n (x − x̄)²` of values and how often they occur.
fn squares_about_mean(values: &[(f64, f64)]) -> f64 {
    let count: f64 = values.iter().map(|(_, count)| count).sum();
    let mean = values.iter().map(|(value, count)| value * count).sum::<f64>() / count;
    values.iter().map(|(value, count)| count * (value - mean).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(units: &[&[f64]]) -> ReliabilityData<Value> {
        let value = |&number: &f64| Value::new(number).expect("finite");
        units.iter().map(|ratings| ratings.iter().map(value).collect::<Unit<_>>()).collect()
    }

    #[test]
    fn it_is_one_minus_the_ratio_of_mean_squared_differences() {
        // Within: (1 + 1 + 9) / 3. Among the six values 0, 1, 1, 2, 4, 7: 226 over 30 ordered pairs.
        let expected = 1.0 - (11.0 / 3.0) / (2.0 * 6.0 * 33.5 / 30.0);
        let alpha = interval(&data(&[&[0.0, 1.0], &[1.0, 2.0], &[4.0, 7.0]])).expect("defined");
        assert!((alpha - expected).abs() < 1e-15, "{alpha}");
    }

    #[test]
    fn full_agreement_is_exactly_one_and_no_variation_undefined() {
        assert_eq!(interval(&data(&[&[0.1, 0.1, 0.1], &[0.7, 0.7], &[3.0]])), Ok(1.0));
        assert_eq!(interval(&data(&[&[0.1, 0.1], &[3.0]])), Err(Undefined::OneCategory));
        assert_eq!(interval(&data(&[&[3.0]])), Err(Undefined::NoPairableValues));
    }

    #[test]
    fn an_offset_and_a_unit_of_measurement_cost_no_digits() {
        let units: [&[f64]; 3] = [&[0.0, 1.0, 3.0], &[1.0, 2.0], &[4.0, 7.0]];
        let moved = |by: f64, times: f64| {
            let units = units.map(|unit| unit.iter().map(|x| (x + by) * times).collect::<Vec<f64>>());
            interval(&data(&units.each_ref().map(Vec::as_slice)))
        };
        let plain = interval(&data(&units));
        assert_eq!(moved(1e15, 1.0), plain);
        assert_eq!(moved(-1e15, 1.0), plain);
        assert_eq!(moved(0.0, 2f64.powi(900)), plain);
        assert_eq!(moved(0.0, 2f64.powi(-900)), plain);
    }

    #[test]
    fn the_widest_range_is_measured() {
        let alpha = interval(&data(&[&[f64::MIN, f64::MIN], &[f64::MAX, f64::MAX, 0.0]])).expect("defined");
        let smaller = interval(&data(&[&[-1.0, -1.0], &[1.0, 1.0, 0.0]])).expect("defined");
        assert!((alpha - smaller).abs() < 1e-15, "{alpha} {smaller}");
        assert_eq!(interval(&data(&[&[f64::MIN, f64::MIN], &[f64::MAX, f64::MAX]])), Ok(1.0));
    }
}
