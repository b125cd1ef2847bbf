//! Properties: counts kept event by event are those of the final ratings, and the figures follow from them alone.

use std::collections::BTreeMap;

use proptest::{collection::vec, option::weighted, prelude::*, sample::Index};
use stele_agreement::{Coincidences, PairCount, Undefined, Unit, nominal_alpha, observed_agreement};

/// Reliability data: a row for each unit, with each rater's value or its absence.
type Matrix = Vec<Vec<Option<u8>>>;

/// Few units and categories, so that units of every size, single values and full agreement all occur.
fn matrix() -> impl Strategy<Value = Matrix> {
    (1usize..7, 1u8..5)
        .prop_flat_map(|(raters, categories)| vec(vec(weighted(0.7, 0..categories), raters), 0..14))
        .boxed()
}

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

fn unit(row: &[Option<u8>]) -> Unit<u8> {
    row.iter().flatten().copied().collect()
}

fn counted(matrix: &Matrix) -> Coincidences<u8> {
    let mut coincidences = Coincidences::new();
    for row in matrix {
        coincidences.add(&unit(row));
    }
    coincidences
}

/// To the bit: equal floats may still differ in the sign of a zero.
fn bits(figure: Result<f64, Undefined>) -> Result<u64, Undefined> {
    figure.map(f64::to_bits)
}

/// `D_o`, `D_e` and `n` from their definitions: how often two values of a unit differ, and two of any pairable values.
fn disagreements(matrix: &Matrix) -> (f64, f64, f64) {
    let units: Vec<Vec<u8>> = matrix
        .iter()
        .map(|row| row.iter().flatten().copied().collect())
        .filter(|unit: &Vec<_>| unit.len() >= 2)
        .collect();
    let differing = |values: &[u8]| {
        let pairs = values.iter().flat_map(|c| values.iter().map(move |k| c != k));
        pairs.filter(|&differ| differ).count() as f64
    };
    let values = units.concat();
    let n = values.len() as f64;
    let observed = units.iter().map(|unit| differing(unit) / (unit.len() as f64 - 1.0)).sum::<f64>() / n;
    (observed, differing(&values) / (n * (n - 1.0)), n)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn increments_and_retractions_give_the_bits_of_a_fresh_count((matrix, events) in history()) {
        let mut ratings: BTreeMap<(usize, usize), u8> = BTreeMap::new();
        let mut units = vec![Unit::new(); matrix.len()];
        let mut stored = Coincidences::new();
        let mut replaced = Coincidences::new();
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
            stored.merge(&Coincidences::delta(&before, &units[unit]));
            replaced.retract(&before);
            replaced.add(&units[unit]);
        }
        let fresh = counted(&matrix);
        prop_assert_eq!(&stored, &fresh);
        prop_assert_eq!(&replaced, &fresh);
        prop_assert_eq!(bits(nominal_alpha(&stored)), bits(nominal_alpha(&fresh)));
        prop_assert_eq!(bits(observed_agreement(&stored)), bits(observed_agreement(&fresh)));
    }

    #[test]
    fn the_order_of_units_does_not_matter(
        (matrix, shuffled) in matrix().prop_flat_map(|matrix| (Just(matrix.clone()), Just(matrix).prop_shuffle())),
    ) {
        prop_assert_eq!(bits(nominal_alpha(&counted(&shuffled))), bits(nominal_alpha(&counted(&matrix))));
    }

    #[test]
    fn the_order_of_raters_does_not_matter(
        (matrix, shuffled) in matrix().prop_flat_map(|matrix| {
            let rows: Vec<_> = matrix.iter().map(|row| Just(row.clone()).prop_shuffle()).collect();
            (Just(matrix), rows)
        }),
    ) {
        prop_assert_eq!(bits(nominal_alpha(&counted(&shuffled))), bits(nominal_alpha(&counted(&matrix))));
    }

    #[test]
    fn the_names_of_the_categories_do_not_matter(
        matrix in matrix(),
        names in Just(["left", "right", "tie", "both bad", "neither"]).prop_shuffle(),
    ) {
        let mut renamed = Coincidences::new();
        for row in &matrix {
            renamed.add(&row.iter().flatten().map(|&value| names[usize::from(value)]).collect());
        }
        prop_assert_eq!(bits(nominal_alpha(&renamed)), bits(nominal_alpha(&counted(&matrix))));
        prop_assert_eq!(bits(observed_agreement(&renamed)), bits(observed_agreement(&counted(&matrix))));
    }

    #[test]
    fn figures_stay_in_their_ranges(matrix in matrix()) {
        let (_, _, n) = disagreements(&matrix);
        if let Ok(alpha) = nominal_alpha(&counted(&matrix)) {
            prop_assert!(alpha <= 1.0, "{}", alpha);
            prop_assert!(alpha >= -1.0 + 2.0 / n - 1e-12, "{} of {} values", alpha, n);
        }
        if let Ok(observed) = observed_agreement(&counted(&matrix)) {
            prop_assert!((0.0..=1.0).contains(&observed), "{}", observed);
        }
    }

    #[test]
    fn figures_are_those_of_the_definition(matrix in matrix()) {
        let (observed, expected, n) = disagreements(&matrix);
        match nominal_alpha(&counted(&matrix)) {
            Ok(alpha) => prop_assert!((alpha - (1.0 - observed / expected)).abs() < 1e-12, "{}", alpha),
            Err(Undefined::NoPairableValues) => prop_assert!(n == 0.0),
            Err(Undefined::OneCategory) => prop_assert!(n > 0.0 && expected == 0.0),
            Err(error) => prop_assert!(false, "{}", error),
        }
        match observed_agreement(&counted(&matrix)) {
            Ok(agreement) => prop_assert!((agreement - (1.0 - observed)).abs() < 1e-12, "{}", agreement),
            Err(error) => prop_assert!(error == Undefined::NoPairableValues && n == 0.0),
        }
    }

    #[test]
    fn two_raters_observed_agreement_is_that_of_the_pair(
        units in vec((weighted(0.8, 0u8..3), weighted(0.8, 0u8..3)), 0..20),
    ) {
        let mut pair = PairCount::default();
        let mut coincidences = Coincidences::new();
        for (first, second) in units {
            coincidences.add(&first.into_iter().chain(second).collect());
            if let (Some(first), Some(second)) = (first, second) {
                pair.add(first == second);
            }
        }
        prop_assert_eq!(bits(pair.agreement()), bits(observed_agreement(&coincidences)));
    }
}
