//! The model of Bradley and Terry, beside the algorithm written out, and where it has no estimate.

use proptest::prelude::*;
use stele_agreement::preference::{BradleyTerry, Comparisons, Outcome, Tally, Unfit, Variance, connected_components};

fn compared(rows: &[(u8, u8, Tally)]) -> Comparisons<u8> {
    rows.iter().map(|&(left, right, tally)| ((left, right), tally)).collect()
}

/// A win of every item over the next, round in a circle, and then any others.
fn connected() -> impl Strategy<Value = Comparisons<u8>> {
    let tally = (0..9i64, 0..9i64, 0..9i64).prop_map(|(left, right, ties)| Tally { left, right, ties });
    (2..7u8).prop_flat_map(move |items| {
        proptest::collection::vec((0..items, 0..items, tally.clone()), 0..12).prop_map(move |rows| {
            let mut comparisons = compared(&rows);
            for item in 0..items {
                comparisons.add(item, (item + 1) % items, Outcome::Left);
            }
            comparisons
        })
    })
}

/// Hunter's equation 3, for all items at once, over a full matrix of wins.
fn naive(comparisons: &Comparisons<u8>) -> Vec<f64> {
    let items = comparisons.items();
    let mut wins = vec![vec![0.0; items.len()]; items.len()];
    for (left, right, tally) in comparisons.iter().filter(|(left, right, _)| left != right) {
        let place = |item| items.iter().position(|other| other == item).expect("an item");
        wins[place(left)][place(right)] += tally.left as f64 + tally.ties as f64 / 2.0;
        wins[place(right)][place(left)] += tally.right as f64 + tally.ties as f64 / 2.0;
    }
    let mut strengths = vec![1.0; items.len()];
    for _ in 0..20_000 {
        let next = |item: usize| {
            let met = |other: usize| (wins[item][other] + wins[other][item]) / (strengths[item] + strengths[other]);
            wins[item].iter().sum::<f64>() / (0..items.len()).filter(|&other| other != item).map(met).sum::<f64>()
        };
        let next: Vec<f64> = (0..items.len()).map(next).collect();
        let mean = next.iter().map(|strength: &f64| strength.ln()).sum::<f64>() / next.len() as f64;
        strengths = next.iter().map(|strength| strength / mean.exp()).collect();
    }
    strengths
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_is_the_algorithm_written_out(comparisons in connected()) {
        let estimate = BradleyTerry::default().fit(&comparisons).expect("connected");
        prop_assert!(estimate.converged());
        for (strength, expected) in estimate.strengths().iter().zip(naive(&comparisons)) {
            prop_assert!((strength / expected - 1.0).abs() < 1e-8, "{strength} {expected}");
        }
        let product: f64 = estimate.strengths().iter().product();
        prop_assert!((product - 1.0).abs() < 1e-9);
    }

    /// Moving any strength makes the comparisons less likely.
    #[test]
    fn it_is_the_greatest_likelihood(comparisons in connected(), item in any::<prop::sample::Index>(), up in any::<bool>()) {
        let estimate = BradleyTerry::default().fit(&comparisons).expect("connected");
        let likelihood = |strengths: &[f64]| -> f64 {
            let items = comparisons.items();
            let of_pair = |(left, right, tally): (&u8, &u8, Tally)| {
                let strength = |item| strengths[items.iter().position(|other| other == item).expect("an item")];
                let share = strength(left) / (strength(left) + strength(right));
                (tally.left as f64 + tally.ties as f64 / 2.0) * share.ln()
                    + (tally.right as f64 + tally.ties as f64 / 2.0) * (1.0 - share).ln()
            };
            comparisons.iter().filter(|(left, right, _)| left != right).map(of_pair).sum()
        };
        let mut moved = estimate.strengths().to_vec();
        moved[item.index(estimate.items().len())] *= if up { 1.1 } else { 1.0 / 1.1 };
        prop_assert!(likelihood(&moved) < likelihood(estimate.strengths()));
        prop_assert!((likelihood(estimate.strengths()) - estimate.log_likelihood()).abs() < 1e-9);
    }
}

/// Won 3 to 1: the odds are 3, and their logarithm's variance is 1/3 + 1/1.
#[test]
fn two_items_in_closed_form() {
    let comparisons =
        compared(&[(1, 2, Tally { left: 2, right: 1, ties: 0 }), (2, 1, Tally { left: 0, right: 1, ties: 0 })]);
    let estimate = BradleyTerry::default().fit(&comparisons).expect("connected");
    assert!((estimate.strengths()[0] / estimate.strengths()[1] - 3.0).abs() < 1e-9);
    assert!((estimate.log_likelihood() - (3.0 * 0.75f64.ln() + 0.25f64.ln())).abs() < 1e-12);
    for variance in [Variance::Information, Variance::Sandwich] {
        let uncertainty = estimate.uncertainty(variance).expect("connected");
        let error = uncertainty.standard_error_of_ratio(0, 1).expect("two items");
        assert!((error.powi(2) - 4.0 / 3.0).abs() < 1e-9, "{error}");
        assert!((uncertainty.standard_error(0).expect("an item") - error / 2.0).abs() < 1e-9);
        assert_eq!(uncertainty.standard_error(2), None);
        assert_eq!(uncertainty.interval(0, 1.0), None);
    }
}

/// A tie varies less than the half wins that it counts as.
#[test]
fn ties_alone_vary_not_at_all() {
    let comparisons = compared(&[(1, 2, Tally { left: 0, right: 0, ties: 8 })]);
    let estimate = BradleyTerry::default().fit(&comparisons).expect("connected");
    let error = |variance| estimate.uncertainty(variance).and_then(|known| known.standard_error(0)).expect("an item");
    assert!((error(Variance::Information) - (1.0f64 / 8.0).sqrt()).abs() < 1e-9);
    assert!(error(Variance::Sandwich) < 1e-9);
}

/// Item 3 won every comparison; 4 and 5 met none of the others.
#[test]
fn items_that_nothing_relates_are_named() {
    let once = Tally { left: 1, right: 0, ties: 0 };
    let tied = Tally { left: 0, right: 0, ties: 1 };
    let comparisons = compared(&[(1, 2, once), (2, 1, once), (3, 1, once), (4, 5, tied)]);
    let groups = vec![vec![1, 2], vec![3], vec![4, 5]];
    assert_eq!(connected_components(&comparisons), Some(groups.clone()));
    let refused = BradleyTerry::default().fit(&comparisons).map(|_| ());
    assert_eq!(refused, Err(Unfit::NotConnected(groups)));
    let with_prior = BradleyTerry { prior_ties: 1.0, ..BradleyTerry::default() }.fit(&comparisons).expect("a prior");
    assert!(with_prior.converged());
    let [first, second, third, fourth, fifth] = with_prior.strengths().try_into().expect("five items");
    assert!(third > first && first < second, "{with_prior:?}");
    let (fourth, fifth): (f64, f64) = (fourth, fifth);
    assert!((fourth - fifth).abs() < 1e-9);
    let uncertainty = with_prior.uncertainty(Variance::Information).expect("a prior");
    assert!(uncertainty.standard_error(2) > uncertainty.standard_error(0));
}

/// A weak prior hardly moves what many comparisons say.
#[test]
fn a_prior_fades_with_comparisons() {
    let comparisons = compared(&[(1, 2, Tally { left: 300_000, right: 100_000, ties: 0 })]);
    let estimate = BradleyTerry { prior_ties: 1.0, ..BradleyTerry::default() }.fit(&comparisons).expect("a prior");
    let ratio = estimate.strengths()[0] / estimate.strengths()[1];
    assert!(ratio < 3.0 && ratio > 2.9999, "{ratio}");
}

#[test]
fn settings_and_counts_without_sense_are_refused() {
    let comparisons = compared(&[(1, 2, Tally { left: 1, right: 1, ties: 0 })]);
    let fit = |settings: BradleyTerry| settings.fit(&comparisons).map(|_| ());
    let default = BradleyTerry::default();
    assert!(matches!(fit(BradleyTerry { iterations: 0, ..default }), Err(Unfit::Setting { .. })));
    assert!(matches!(fit(BradleyTerry { tolerance: -1.0, ..default }), Err(Unfit::Setting { .. })));
    assert!(matches!(fit(BradleyTerry { prior_ties: f64::NAN, ..default }), Err(Unfit::Setting { .. })));
    let once = BradleyTerry { iterations: 1, tolerance: 0.0, ..default };
    let skewed = compared(&[(1, 2, Tally { left: 9, right: 1, ties: 0 })]);
    assert!(!once.fit(&skewed).expect("connected").converged());
    let refused = |comparisons: &Comparisons<u8>| default.fit(comparisons).map(|_| ());
    assert_eq!(refused(&Comparisons::new()), Err(Unfit::NoComparison));
    assert_eq!(refused(&compared(&[(1, 2, Tally { left: -1, right: 1, ties: 0 })])), Err(Unfit::Impossible));
}
