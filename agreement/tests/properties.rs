//! Properties of the coefficients of reliability data: what they depend on, and on what they don't.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, option::weighted, prelude::*, sample::Index};
use stele_agreement::{
    Coincidences, Level, ReliabilityData, Undefined, Unit, Value, alpha,
    interval::{bootstrap, jackknife},
    kappa::{PairTable, Scale, Weighting, cohen, fleiss, fleiss_estimate, gwet, gwet_estimate, weighted_fleiss},
    nominal_alpha, observed_agreement, percent,
};

const LEVELS: [Level; 4] = [Level::Nominal, Level::Ordinal, Level::Interval, Level::Ratio];

/// A row for each unit, with each rater's value or its absence.
type Matrix = Vec<Vec<Option<u8>>>;

/// Few units and categories, so that units of every size, single values and full agreement all occur.
fn matrix() -> impl Strategy<Value = Matrix> {
    (1usize..6, 1u8..6).prop_flat_map(|(raters, categories)| vec(vec(weighted(0.8, 0..categories), raters), 0..14))
}

/// With something to tell apart.
fn varied() -> impl Strategy<Value = Matrix> {
    matrix().prop_filter("an alpha", |matrix| alpha::nominal(&data(matrix)).is_ok())
}

fn shuffled(matrix: impl Strategy<Value = Matrix>) -> impl Strategy<Value = (Matrix, Matrix)> {
    matrix.prop_flat_map(|matrix| {
        let rows: Vec<_> = matrix.iter().map(|row| Just(row.clone()).prop_shuffle()).collect();
        (Just(matrix), rows.prop_flat_map(|rows| Just(rows).prop_shuffle()))
    })
}

fn unit(row: &[Option<u8>]) -> Unit<u8> {
    row.iter().flatten().copied().collect()
}

fn data(matrix: &Matrix) -> ReliabilityData<u8> {
    matrix.iter().map(|row| unit(row)).collect()
}

/// The same ratings as numbers that are given by place.
fn numbers(matrix: &Matrix, number: impl Fn(u8) -> f64) -> ReliabilityData<Value> {
    data(matrix).try_map(|&place| Value::new(number(place))).expect("finite")
}

/// Amounts at unequal distances, of which one is 0.
fn amount(place: u8) -> f64 {
    [0.0, 1.0, 2.0, 5.0, 11.0][usize::from(place)]
}

/// To the bit: equal floats may still differ in the sign of a zero.
fn bits(figure: Result<f64, Undefined>) -> Result<u64, Undefined> {
    figure.map(f64::to_bits)
}

/// Every coefficient and standard error of reliability data, to the bit.
fn figures(data: &ReliabilityData<Value>) -> Vec<Result<u64, Undefined>> {
    let scale =
        Scale::of_numbers([0.0, 1.0, 2.0, 5.0, 11.0].map(|x| Value::new(x).expect("finite"))).expect("distinct");
    let mut figures: Vec<_> = LEVELS.iter().map(|&level| stele_agreement::alpha(data, level)).collect();
    for weighting in [Weighting::Identity, Weighting::Linear, Weighting::Quadratic, Weighting::Ordinal] {
        figures.push(weighted_fleiss(data, &scale, weighting));
        figures.push(gwet(data, &scale, weighting));
        figures.push(gwet_estimate(data, &scale, weighting).map(|estimate| estimate.standard_error));
    }
    figures.push(fleiss_estimate(data).map(|estimate| estimate.standard_error));
    figures.push(percent::of_values(data));
    figures.push(jackknife(data, alpha::ordinal).map(|estimate| estimate.standard_error));
    figures.push(bootstrap(data, 5, [9; 32], alpha::interval).map(|draws| draws.figures().iter().sum()));
    figures.into_iter().map(bits).collect()
}

/// Alpha from its definition: the mean difference within units, over that among all pairable values.
fn defined(matrix: &Matrix, difference: impl Fn(f64, f64) -> f64) -> f64 {
    let all = |values: &[f64]| -> f64 {
        values.iter().flat_map(|&c| values.iter().map(move |&k| (c, k))).map(|(c, k)| difference(c, k)).sum()
    };
    let rated = |row: &Vec<Option<u8>>| row.iter().flatten().map(|&place| amount(place)).collect::<Vec<f64>>();
    let units: Vec<Vec<f64>> = matrix.iter().map(rated).filter(|unit| unit.len() > 1).collect();
    let values = units.concat();
    let n = values.len() as f64;
    let observed = units.iter().map(|unit| all(unit) / (unit.len() as f64 - 1.0)).sum::<f64>() / n;
    1.0 - observed / (all(&values) / (n * (n - 1.0)))
}

/// Krippendorff's ordinal difference, summed over ranks as it is printed.
fn ordinal_difference(matrix: &Matrix) -> impl Fn(f64, f64) -> f64 {
    let mut counts = [0.0; 5];
    matrix.iter().map(|row| unit(row)).filter(|unit| unit.ratings() > 1).for_each(|unit| {
        unit.counts().for_each(|(&place, count)| counts[usize::from(place)] += f64::from(count));
    });
    let place = |value: f64| (0u8..5).find(|&place| amount(place) >= value).map_or(4, usize::from);
    move |c, k| {
        let (low, high) = (place(c.min(k)), place(c.max(k)));
        if low == high {
            return 0.0;
        }
        let between: f64 = counts[low..=high].iter().sum();
        (between - f64::midpoint(counts[low], counts[high])).powi(2)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_history_gives_the_bits_of_a_fresh_count(
        matrix in matrix(),
        detours in vec((any::<Index>(), any::<Index>(), weighted(0.8, 0u8..5)), 0..40),
    ) {
        // Any wrong ratings and withdrawals, then the final ratings, from the last to the first.
        let raters = matrix.first().map_or(0, Vec::len);
        let mut events: Vec<(usize, usize, Option<u8>)> = Vec::new();
        if !matrix.is_empty() {
            events.extend(detours.iter().map(|(unit, rater, value)| (unit.index(matrix.len()), rater.index(raters), *value)));
        }
        for (index, row) in matrix.iter().enumerate().rev() {
            events.extend(row.iter().enumerate().map(|(rater, &value)| (index, rater, value)));
        }
        let mut ratings: BTreeMap<(usize, usize), u8> = BTreeMap::new();
        let mut units = vec![Unit::new(); matrix.len()];
        let mut stored = ReliabilityData::new();
        for (index, rater, value) in events {
            let before = units[index].clone();
            let old = match value {
                Some(value) => ratings.insert((index, rater), value),
                None => ratings.remove(&(index, rater)),
            };
            if let Some(old) = old {
                prop_assert_eq!(units[index].remove(&old), Ok(()));
            }
            if let Some(value) = value {
                units[index].add(&value);
            }
            stored.merge(&ReliabilityData::delta(&before, &units[index]));
        }
        prop_assert_eq!(&stored, &data(&matrix));
        let stored = stored.try_map(|&place| Value::new(amount(place))).expect("finite");
        prop_assert_eq!(figures(&stored), figures(&numbers(&matrix, amount)));
    }

    #[test]
    fn the_order_of_units_and_of_raters_does_not_matter((matrix, shuffled) in shuffled(matrix())) {
        prop_assert_eq!(figures(&numbers(&shuffled, amount)), figures(&numbers(&matrix, amount)));
    }

    #[test]
    fn rows_of_ratings_make_the_same_units(matrix in matrix(), keys in vec(any::<u64>(), 84)) {
        let mut rows: Vec<(u32, u8)> = Vec::new();
        for (index, row) in (0u32..).zip(&matrix) {
            rows.extend(row.iter().flatten().map(|&value| (index, value)));
        }
        let mut keyed: Vec<_> = rows.into_iter().zip(keys).collect();
        keyed.sort_by_key(|&(_, key)| key);
        let units = u32::try_from(matrix.len()).expect("few");
        let dense = ReliabilityData::from_dense(units, keyed.iter().map(|&(row, _)| row));
        prop_assert_eq!(dense, Ok(data(&matrix)));
    }

    #[test]
    fn coincidences_have_the_same_figures(matrix in matrix()) {
        let mut coincidences = Coincidences::new();
        matrix.iter().for_each(|row| coincidences.add(&unit(row)));
        prop_assert_eq!(bits(nominal_alpha(&coincidences)), bits(alpha::nominal(&data(&matrix))));
        prop_assert_eq!(bits(observed_agreement(&coincidences)), bits(percent::of_values(&data(&matrix))));
    }

    #[test]
    fn names_do_not_matter_without_an_order(
        matrix in matrix(),
        names in Just(["left", "right", "tie", "both bad", "neither"]).prop_shuffle(),
    ) {
        let (plain, renamed) = (data(&matrix), data(&matrix).try_map(|&place| Ok::<_, ()>(names[usize::from(place)])).expect("named"));
        prop_assert_eq!(bits(alpha::nominal(&renamed)), bits(alpha::nominal(&plain)));
        prop_assert_eq!(bits(percent::of_values(&renamed)), bits(percent::of_values(&plain)));
        prop_assert_eq!(bits(fleiss(&renamed)), bits(fleiss(&plain)));
        let (old, new) = (Scale::evenly_spaced(0u8..5).expect("distinct"), Scale::evenly_spaced(names).expect("distinct"));
        prop_assert_eq!(bits(gwet(&renamed, &new, Weighting::Identity)), bits(gwet(&plain, &old, Weighting::Identity)));
        let error = |estimate: Result<stele_agreement::Estimate, _>| bits(estimate.map(|estimate| estimate.standard_error));
        prop_assert_eq!(error(fleiss_estimate(&renamed)), error(fleiss_estimate(&plain)));
    }

    #[test]
    fn only_the_order_matters_to_ordinal_alpha(matrix in matrix()) {
        let plain = bits(alpha::ordinal(&data(&matrix)));
        prop_assert_eq!(bits(alpha::ordinal(&numbers(&matrix, amount))), plain);
        prop_assert_eq!(bits(alpha::ordinal(&numbers(&matrix, |place| f64::from(place).exp() - 1e6))), plain);
        let texts = data(&matrix).try_map(|place| Ok::<_, ()>(["a", "ab", "b", "ba", "c"][usize::from(*place)]));
        prop_assert_eq!(bits(alpha::ordinal(&texts.expect("named"))), plain);
    }

    #[test]
    fn an_integer_shift_and_scale_leave_the_bits_of_interval_alpha(
        matrix in matrix(), shift in -1_000_000_000i32..1_000_000_000, scale in 1u32..1_000_000,
    ) {
        let plain = bits(alpha::interval(&numbers(&matrix, amount)));
        let moved = numbers(&matrix, |place| amount(place) * f64::from(scale) + f64::from(shift));
        prop_assert_eq!(bits(alpha::interval(&moved)), plain);
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
    fn alpha_is_that_of_the_definition(matrix in varied()) {
        let figure = |level| stele_agreement::alpha(&numbers(&matrix, amount), level).expect("varied");
        let ordinal = ordinal_difference(&matrix);
        let ratio = |c: f64, k: f64| if c + k == 0.0 { 0.0 } else { ((c - k) / (c + k)).powi(2) };
        let expected = [
            defined(&matrix, |c, k| f64::from(u8::from(c.to_bits() != k.to_bits()))),
            defined(&matrix, ordinal),
            defined(&matrix, |c, k| (c - k).powi(2)),
            defined(&matrix, ratio),
        ];
        for (level, expected) in LEVELS.into_iter().zip(expected) {
            prop_assert!((figure(level) - expected).abs() < 1e-10, "{:?} {} {}", level, figure(level), expected);
        }
    }

    #[test]
    fn coefficients_stay_in_their_ranges(matrix in matrix()) {
        let data = numbers(&matrix, amount);
        let n: u32 = data.iter().map(|(unit, count)| if unit.ratings() < 2 { 0 } else { unit.ratings() * u32::try_from(count).expect("few") }).sum();
        for level in LEVELS {
            if let Ok(alpha) = stele_agreement::alpha(&data, level) {
                // D_o can't be more than all differences there are: α is never below −n + 2.
                prop_assert!(alpha <= 1.0 && alpha >= 1.0 - f64::from(n), "{:?} {}", level, alpha);
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

    #[test]
    fn cohens_table_takes_units_back_and_has_no_names(
        units in vec((0u8..4, 0u8..4), 1..30), wrong in vec((0u8..4, 0u8..4), 0..10),
        names in Just(["w", "x", "y", "z"]).prop_shuffle(),
    ) {
        let fresh: PairTable<u8> = units.iter().copied().collect();
        let mut kept = PairTable::new();
        wrong.iter().for_each(|(first, second)| kept.retract(first, second));
        units.iter().rev().for_each(|(first, second)| kept.add(first, second));
        wrong.iter().rev().for_each(|(first, second)| kept.add(first, second));
        prop_assert_eq!(&kept, &fresh);
        let name = |place: &u8| names[usize::from(*place)];
        let renamed: PairTable<&str> = units.iter().map(|(first, second)| (name(first), name(second))).collect();
        prop_assert_eq!(cohen(&renamed), cohen(&fresh));
        let swapped: PairTable<u8> = units.iter().map(|&(first, second)| (second, first)).collect();
        let (kappa, turned) = (cohen(&fresh), cohen(&swapped));
        prop_assert_eq!(kappa.map(|kappa| kappa.value.to_bits()), turned.map(|kappa| kappa.value.to_bits()));
        if let Ok(kappa) = kappa {
            prop_assert!((-1.0..=1.0).contains(&kappa.value), "{:?}", kappa);
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
