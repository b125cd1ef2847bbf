//! The models of Davidson and of Davidson and Beaver, beside a search that knows one parameter at a time.

use proptest::prelude::*;
use stele_agreement::preference::{Comparisons, Davidson, Outcome, Tally};

/// Wins round in a circle, ties, wins on the right, and then any others: what has a maximum.
fn fittable() -> impl Strategy<Value = Comparisons<u8>> {
    let tally = (0..9i64, 0..9i64, 0..9i64).prop_map(|(left, right, ties)| Tally { left, right, ties });
    (2..6u8).prop_flat_map(move |items| {
        proptest::collection::vec((0..items, 0..items, tally.clone()), 0..10).prop_map(move |rows| {
            let mut comparisons: Comparisons<u8> =
                rows.iter().map(|&(left, right, tally)| ((left, right), tally)).collect();
            for item in 0..items {
                for outcome in [Outcome::Left, Outcome::Right, Outcome::Tie] {
                    comparisons.add(item, (item + 1) % items, outcome);
                }
            }
            comparisons
        })
    })
}

/// The maximum, each parameter in turn brought to where its slope is 0 while the others stand: logarithms of strengths, which add up
/// to 0, of `ν`, and of `γ`.
fn naive(comparisons: &Comparisons<u8>, order_effect: bool) -> Vec<f64> {
    let items = comparisons.items();
    let place = |item: &u8| items.iter().position(|other| other == item).expect("an item");
    let rows: Vec<(usize, usize, Tally)> = comparisons
        .iter()
        .filter(|(left, right, _)| left != right)
        .map(|(left, right, tally)| (place(left), place(right), tally))
        .collect();
    let (tie, order) = (items.len(), items.len() + 1);
    let slope = |parameters: &[f64], of: usize| -> f64 {
        let of_row = |&(left, right, tally): &(usize, usize, Tally)| {
            let weights = [
                (parameters[left] + parameters[order]).exp(),
                parameters[right].exp(),
                (parameters[tie] + f64::midpoint(parameters[left], parameters[right])).exp(),
            ];
            let counts = [tally.left as f64, tally.right as f64, tally.ties as f64];
            let (sum, all) = (weights.iter().sum::<f64>(), counts.iter().sum::<f64>());
            let [by_left, by_right, by_tie] = [0, 1, 2].map(|way| counts[way] - all * weights[way] / sum);
            let mut slope = 0.0;
            slope += if of == left { by_left + by_tie / 2.0 } else { 0.0 };
            slope += if of == right { by_right + by_tie / 2.0 } else { 0.0 };
            slope += if of == tie { by_tie } else { 0.0 };
            slope + if of == order { by_left } else { 0.0 }
        };
        rows.iter().map(of_row).sum()
    };
    let mut parameters = vec![0.0; items.len() + 2];
    let searched = if order_effect { order + 1 } else { order };
    for _ in 0..300 {
        for parameter in 0..searched {
            let (mut low, mut high) = (-30.0f64, 30.0f64);
            for _ in 0..60 {
                parameters[parameter] = f64::midpoint(low, high);
                if slope(&parameters, parameter) > 0.0 {
                    low = parameters[parameter];
                } else {
                    high = parameters[parameter];
                }
            }
        }
        let mean = parameters[..tie].iter().sum::<f64>() / items.len() as f64;
        parameters[..tie].iter_mut().for_each(|strength| *strength -= mean);
    }
    parameters
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn another_search_finds_the_same(comparisons in fittable(), order_effect: bool) {
        let estimate = Davidson { order_effect }.fit(&comparisons).expect("fittable");
        let parameters = naive(&comparisons, order_effect);
        let found = estimate.strengths().iter().copied().chain([estimate.tie(), estimate.order()]);
        for (found, expected) in found.zip(parameters) {
            prop_assert!((found.ln() - expected).abs() < 1e-7, "{} {expected}", found.ln());
        }
    }
}
