//! The jackknife: what a figure becomes without each of the units.

use super::Estimate;
use crate::{ReliabilityData, Undefined, sum::sum};

/// A figure with the standard error that leaving out each unit shows; nothing in it is drawn by lot.
///
/// `Σ (θ_u − θ̄)² (n − 1) / n` over the `n` units, where `θ_u` is the figure without unit `u`. All units with at least
/// one rating count. Those with the same ratings have the same `θ_u`, so the figure is calculated once for each distinct
/// unit; which itself costs about as much as there are of them.
///
/// The interval is [`Estimate::interval`]. Undefined if the figure is, of the data or without one of the units.
///
/// Source: Efron & Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 11.
pub fn jackknife<C: Ord + Clone>(
    data: &ReliabilityData<C>,
    figure: impl Fn(&ReliabilityData<C>) -> Result<f64, Undefined>,
) -> Result<Estimate, Undefined> {
    let value = figure(data)?;
    let units = data.totals()?.units;
    let mut left = data.clone();
    let mut without = Vec::new();
    for (index, (_, count)) in data.iter().enumerate() {
        change(&mut left, index, -1);
        without.push((figure(&left)?, count as f64));
        change(&mut left, index, 1);
    }
    let n = f64::from(units);
    let mean = sum(without.iter().map(|(figure, count)| figure * count)) / n;
    let squares = sum(without.iter().map(|(figure, count)| count * (figure - mean).powi(2)));
    Ok(Estimate { value, standard_error: (squares * (n - 1.0) / n).sqrt(), units })
}

/// Changes the count of a distinct unit in place, where it may become 0 for a while.
fn change<C: Ord + Clone>(data: &mut ReliabilityData<C>, index: usize, by: i64) {
    if let Some(count) = data.counts_mut().nth(index) {
        *count += by;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Unit, alpha, percent};

    fn data(units: &[&str]) -> ReliabilityData<char> {
        units.iter().map(|ratings| ratings.chars().collect::<Unit<_>>()).collect()
    }

    /// Of a mean it is the textbook's standard error: 6 of 8 agree, so √(0.75 · 0.25 / 7).
    #[test]
    fn of_a_mean_it_is_the_textbooks() {
        let data = data(&["aa", "bb", "aa", "ab", "bb", "aa", "ba", "aa"]);
        let estimate = jackknife(&data, percent::of_values).expect("defined");
        assert!((estimate.standard_error - (0.75_f64 * 0.25 / 7.0).sqrt()).abs() < 1e-15, "{estimate:?}");
        assert_eq!((estimate.value, estimate.units), (0.75, 8));
    }

    #[test]
    fn it_is_that_of_leaving_out_unit_by_unit() {
        let units = ["aab", "bb", "aa", "b", "ab", "aab", "bbb", "c", "cca"];
        let estimate = jackknife(&data(&units), alpha::nominal).expect("defined");
        let without: Vec<f64> = (0..units.len())
            .map(|left_out| {
                let mut rest = units.to_vec();
                rest.remove(left_out);
                alpha::nominal(&data(&rest)).expect("defined")
            })
            .collect();
        let mean = without.iter().sum::<f64>() / 9.0;
        let squares: f64 = without.iter().map(|figure| (figure - mean).powi(2)).sum();
        assert!((estimate.standard_error - (squares * 8.0 / 9.0).sqrt()).abs() < 1e-14, "{estimate:?}");
    }

    #[test]
    fn a_figure_that_rests_on_one_unit_has_no_standard_error() {
        assert_eq!(jackknife(&data(&["aa", "bb", "aa"]), alpha::nominal), Err(Undefined::OneCategory));
        assert_eq!(jackknife(&data(&["aa", "b"]), percent::of_values), Err(Undefined::NoPairableValues));
    }
}
