//! Properties of the coefficients of reliability data: their definitions, their ranges, and what leaves them as they
//! are but for rounding.

mod matrix;

use std::collections::BTreeSet;

use matrix::{Matrix, amount, data, matrix, numbers};
use proptest::prelude::*;
use stele_agreement::{
    Level, ReliabilityData, Undefined, Value, alpha,
    kappa::{Scale, Weighting, fleiss, gwet_estimate},
    percent,
};

const LEVELS: [Level; 4] = [Level::Nominal, Level::Ordinal, Level::Interval, Level::Ratio];

/// With something to tell apart.
fn varied() -> impl Strategy<Value = Matrix> {
    matrix().prop_filter("an alpha", |matrix| alpha::nominal(&data(matrix)).is_ok())
}

/// The pairable values, unit by unit, as they are printed.
fn pairable(matrix: &Matrix) -> Vec<Vec<u8>> {
    matrix.iter().map(|row| row.iter().flatten().copied().collect()).filter(|unit: &Vec<u8>| unit.len() > 1).collect()
}

/// How far two places are apart.
type Difference = Box<dyn Fn(u8, u8) -> f64>;

/// `D_o`, `D_e` and `n` from their definitions: how far two values of a unit are apart, and any two pairable values.
fn disagreements(matrix: &Matrix, difference: &Difference) -> (f64, f64, f64) {
    let all = |values: &[u8]| -> f64 {
        values.iter().flat_map(|&c| values.iter().map(move |&k| (c, k))).map(|(c, k)| difference(c, k)).sum()
    };
    let units = pairable(matrix);
    let values = units.concat();
    let n = values.len() as f64;
    let observed = units.iter().map(|unit| all(unit) / (unit.len() as f64 - 1.0)).sum::<f64>() / n;
    (observed, all(&values) / (n * (n - 1.0)), n)
}

/// Krippendorff's ordinal difference, summed over ranks as it is printed.
fn ordinal_difference(matrix: &Matrix) -> Difference {
    let mut counts = [0.0; 5];
    pairable(matrix).concat().into_iter().for_each(|place| counts[usize::from(place)] += 1.0);
    Box::new(move |c, k| {
        let (low, high) = (usize::from(c.min(k)), usize::from(c.max(k)));
        let between: f64 = counts[low..=high].iter().sum();
        (between - f64::midpoint(counts[low], counts[high])).powi(2)
    })
}

/// The differences that the levels of measurement are about.
fn difference(level: Level, matrix: &Matrix) -> Difference {
    match level {
        Level::Nominal => Box::new(|c, k| f64::from(u8::from(c != k))),
        Level::Ordinal => ordinal_difference(matrix),
        Level::Interval => Box::new(|c, k| (amount(c) - amount(k)).powi(2)),
        Level::Ratio => {
            Box::new(|c, k| if c == k { 0.0 } else { ((amount(c) - amount(k)) / (amount(c) + amount(k))).powi(2) })
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn alpha_is_that_of_the_definition(matrix in matrix()) {
        for level in LEVELS {
            let (observed, expected, n) = disagreements(&matrix, &difference(level, &matrix));
            let tolerance = if level == Level::Nominal { 1e-12 } else { 1e-10 };
            match stele_agreement::alpha(&numbers(&matrix, amount), level) {
                Ok(alpha) => {
                    let defined = 1.0 - observed / expected;
                    prop_assert!((alpha - defined).abs() < tolerance, "{:?} {} {}", level, alpha, defined);
                }
                Err(Undefined::NoPairableValues) => prop_assert!(n == 0.0),
                Err(Undefined::OneCategory) => prop_assert!(n > 0.0 && expected == 0.0),
                Err(error) => prop_assert!(false, "{}", error),
            }
        }
    }

    #[test]
    fn percent_agreement_is_that_of_the_definition(matrix in matrix()) {
        let (observed, _, n) = disagreements(&matrix, &difference(Level::Nominal, &matrix));
        match percent::of_values(&data(&matrix)) {
            Ok(agreement) => {
                prop_assert!((agreement - (1.0 - observed)).abs() < 1e-12, "{}", agreement);
                prop_assert!((0.0..=1.0).contains(&agreement), "{}", agreement);
            }
            Err(error) => prop_assert!(error == Undefined::NoPairableValues && n == 0.0),
        }
    }

    #[test]
    fn any_shift_and_scale_leave_interval_alpha(matrix in varied(), shift in -1e3..1e3f64, scale in 1e-3..1e3f64) {
        let plain = alpha::interval(&numbers(&matrix, amount)).expect("varied");
        let moved = alpha::interval(&numbers(&matrix, |place| amount(place) * scale + shift)).expect("varied");
        prop_assert!((moved - plain).abs() < 1e-8, "{} {}", moved, plain);
        let turned = alpha::interval(&numbers(&matrix, |place| -amount(place))).expect("varied");
        prop_assert!((turned - plain).abs() < 1e-12, "{} {}", turned, plain);
    }

    #[test]
    fn the_unit_of_measurement_leaves_ratio_alpha(matrix in varied(), scale in 1e-9..1e9f64) {
        let plain = alpha::ratio(&numbers(&matrix, amount)).expect("varied");
        let scaled = alpha::ratio(&numbers(&matrix, |place| amount(place) * scale)).expect("varied");
        prop_assert!((scaled - plain).abs() < 1e-12, "{} {}", scaled, plain);
    }

    #[test]
    fn coefficients_stay_in_their_ranges(matrix in matrix()) {
        let data = numbers(&matrix, amount);
        let n = pairable(&matrix).concat().len() as f64;
        for level in LEVELS {
            // The bound that nominal alpha states; else D_o can't be more than all differences there are.
            let least = if level == Level::Nominal { -1.0 + 2.0 / n } else { -n + 2.0 };
            if let Ok(alpha) = stele_agreement::alpha(&data, level) {
                prop_assert!(alpha <= 1.0 && alpha >= least - 1e-12, "{:?} {} of {} values", level, alpha, n);
            }
        }
        if let Ok(kappa) = fleiss(&data) {
            prop_assert!(kappa <= 1.0, "{}", kappa);
            let sizes: BTreeSet<u32> = data.iter().map(|(unit, _)| unit.ratings()).collect();
            if let [size] = sizes.into_iter().collect::<Vec<_>>()[..] {
                prop_assert!(kappa >= -1.0 / (f64::from(size) - 1.0) - 1e-12, "{} of {} ratings", kappa, size);
            }
        }
        let scale = Scale::of(&data);
        for weighting in [Weighting::Identity, Weighting::Linear, Weighting::Quadratic, Weighting::Ordinal] {
            if let Ok(estimate) = gwet_estimate(&data, &scale, weighting) {
                prop_assert!(estimate.value <= 1.0, "{:?}", estimate);
                prop_assert!(estimate.units == 1 || estimate.standard_error >= 0.0, "{:?}", estimate);
            }
        }
    }
}

/// 200,000 values of which no two are the same: anything that looked at all pairs of values would take minutes.
///
/// Their ranks are the values themselves, so that ordinal and interval alpha have to be the same figure.
#[test]
fn alpha_of_very_many_distinct_values() {
    let units = 100_000_u32;
    // A unit's second value is some places off its first; all of them together are 0 to 199,999.
    let ratings = (0..units).flat_map(|unit| [(unit, 2 * unit), (unit, (2 * unit + 20_001) % 200_000)]);
    let data = ReliabilityData::from_dense(units, ratings).expect("units in range");
    let data = data.try_map(|&number| Ok::<_, ()>(Value::from(number))).expect("numbers");
    assert_eq!(data.iter().count(), 100_000);
    assert_eq!(data.categories().len(), 200_000);
    let figure = |level| stele_agreement::alpha(&data, level).expect("varied");
    assert!((figure(Level::Ordinal) - figure(Level::Interval)).abs() < 1e-12, "{}", figure(Level::Interval));
    // No two values of a unit are the same, whereas by chance a value can't meet itself: D_o = D_e.
    assert!(figure(Level::Nominal).abs() < 1e-12, "{}", figure(Level::Nominal));
}
