//! Properties that hold to the bit: counts kept event by event are those of the final ratings, and the figures follow
//! from what they are said to depend on alone.

mod matrix;

use std::collections::BTreeMap;

use matrix::{Matrix, amount, data, matrix, numbers};
use proptest::{collection::vec, option::weighted, prelude::*, sample::Index};
use stele_agreement::{
    Estimate, Level, PairCount, ReliabilityData, Undefined, Unit, Value, alpha,
    interval::{bootstrap, jackknife},
    kappa::{PairTable, Scale, Weighting, cohen, fleiss, fleiss_estimate, gwet, gwet_estimate, weighted_fleiss},
    percent,
};

/// What happens to a rating: rater so-and-so's value in a unit becomes this, or is withdrawn.
#[derive(Clone, Copy, Debug)]
struct Rated {
    unit: usize,
    rater: usize,
    value: Option<u8>,
}

/// Events that lead to a matrix: any wrong ratings and withdrawals, then the final ratings in any order.
fn history() -> impl Strategy<Value = (Matrix, Vec<Rated>)> {
    let detours = vec((any::<Index>(), weighted(0.8, 0u8..5)), 0..60);
    (matrix(), detours).prop_flat_map(|(matrix, detours)| {
        let mut cells = Vec::new();
        for (unit, row) in matrix.iter().enumerate() {
            cells.extend(row.iter().enumerate().map(|(rater, &value)| Rated { unit, rater, value }));
        }
        let wrong: Vec<_> = detours
            .into_iter()
            .filter(|_| !cells.is_empty())
            .map(|(index, value)| Rated { value, ..*index.get(&cells) })
            .collect();
        (Just(matrix), Just(wrong), Just(cells).prop_shuffle())
            .prop_map(|(matrix, wrong, cells)| (matrix, [wrong, cells].concat()))
    })
}

/// A matrix, and the same with its rows and the values of each row in another order.
fn shuffled() -> impl Strategy<Value = (Matrix, Matrix)> {
    matrix().prop_flat_map(|matrix| {
        let rows: Vec<_> = matrix.iter().map(|row| Just(row.clone()).prop_shuffle()).collect();
        (Just(matrix), rows.prop_flat_map(|rows| Just(rows).prop_shuffle()))
    })
}

/// To the bit: equal floats may still differ in the sign of a zero.
fn bits(figure: Result<f64, Undefined>) -> Result<u64, Undefined> {
    figure.map(f64::to_bits)
}

/// Every coefficient and standard error of reliability data, to the bit.
fn figures(data: &ReliabilityData<Value>) -> Vec<Result<u64, Undefined>> {
    let scale = Scale::of_numbers([0, 1, 2, 5, 11].map(Value::from)).expect("distinct");
    let levels = [Level::Nominal, Level::Ordinal, Level::Interval, Level::Ratio];
    let mut figures: Vec<_> = levels.iter().map(|&level| stele_agreement::alpha(data, level)).collect();
    for weighting in [Weighting::Identity, Weighting::Linear, Weighting::Quadratic, Weighting::Ordinal] {
        figures.push(weighted_fleiss(data, &scale, weighting));
        figures.push(gwet(data, &scale, weighting));
        figures.push(gwet_estimate(data, &scale, weighting).map(|estimate| estimate.standard_error));
    }
    figures.push(fleiss_estimate(data).map(|estimate| estimate.standard_error));
    figures.extend([percent::of_values(data), percent::of_units(data)]);
    figures.push(jackknife(data, alpha::ordinal).map(|estimate| estimate.standard_error));
    figures.push(bootstrap(data, 5, [9; 32], alpha::interval).map(|draws| draws.figures().iter().sum()));
    figures.into_iter().map(bits).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_history_gives_the_bits_of_a_fresh_count((matrix, events) in history()) {
        let mut ratings: BTreeMap<(usize, usize), u8> = BTreeMap::new();
        let mut units = vec![Unit::new(); matrix.len()];
        let mut stored = ReliabilityData::new();
        let mut replaced = ReliabilityData::new();
        for Rated { unit, rater, value } in events {
            let before = units[unit].clone();
            let old = match value {
                Some(value) => ratings.insert((unit, rater), value),
                None => ratings.remove(&(unit, rater)),
            };
            if let Some(old) = old {
                prop_assert_eq!(units[unit].remove(&old), Ok(()));
            }
            if let Some(value) = value {
                units[unit].add(&value);
            }
            stored.merge(&ReliabilityData::delta(&before, &units[unit]));
            replaced.retract(&before);
            replaced.add(&units[unit]);
        }
        prop_assert_eq!(&stored, &data(&matrix));
        prop_assert_eq!(&replaced, &stored);
        let stored = stored.try_map(|&place| Value::new(amount(place))).expect("finite");
        prop_assert_eq!(figures(&stored), figures(&numbers(&matrix, amount)));
    }

    #[test]
    fn the_order_of_units_and_of_raters_does_not_matter((matrix, shuffled) in shuffled()) {
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
    fn names_do_not_matter_without_an_order(
        matrix in matrix(),
        names in Just(["left", "right", "tie", "both bad", "neither"]).prop_shuffle(),
    ) {
        let plain = data(&matrix);
        let renamed = plain.try_map(|&place| Ok::<_, ()>(names[usize::from(place)])).expect("named");
        prop_assert_eq!(bits(alpha::nominal(&renamed)), bits(alpha::nominal(&plain)));
        prop_assert_eq!(bits(percent::of_values(&renamed)), bits(percent::of_values(&plain)));
        prop_assert_eq!(bits(percent::of_units(&renamed)), bits(percent::of_units(&plain)));
        prop_assert_eq!(bits(fleiss(&renamed)), bits(fleiss(&plain)));
        let old = gwet(&plain, &Scale::evenly_spaced(0u8..5).expect("distinct"), Weighting::Identity);
        let new = gwet(&renamed, &Scale::evenly_spaced(names).expect("distinct"), Weighting::Identity);
        prop_assert_eq!(bits(new), bits(old));
        let error = |estimate: Result<Estimate, _>| bits(estimate.map(|estimate| estimate.standard_error));
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
    fn two_raters_have_the_agreement_of_the_pair(
        units in vec((weighted(0.8, 0u8..3), weighted(0.8, 0u8..3)), 0..20),
    ) {
        let both = units.iter().filter_map(|&(first, second)| first.zip(second));
        let table: PairTable<u8> = both.clone().collect();
        let mut pair = PairCount::default();
        both.for_each(|(first, second)| pair.add(first == second));
        prop_assert_eq!(PairCount::from(&table), pair);
        let data: ReliabilityData<u8> =
            units.iter().map(|&(first, second)| first.into_iter().chain(second).collect::<Unit<_>>()).collect();
        prop_assert_eq!(bits(percent::of_values(&data)), bits(pair.agreement()));
        prop_assert_eq!(bits(percent::of_units(&data)), bits(pair.agreement()));
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
