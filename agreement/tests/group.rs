//! Agreement within and across groups: a worked example, the definitions, and exact retraction.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};
use stele_agreement::{ReliabilityData, Undefined, alpha, group::GroupAgreement, percent};

type Unit = Vec<(u8, u8)>;

fn counted(units: &[Unit]) -> GroupAgreement<u8, u8> {
    let mut counts = GroupAgreement::new();
    for unit in units {
        counts.add(unit);
    }
    counts
}

fn of(unit: &Unit, group: u8) -> Vec<u8> {
    unit.iter().filter(|(other, _)| *other == group).map(|&(_, category)| category).collect()
}

/// The example that the package xRR (aneeta/xRR at 1c503ff) tests its form for missing data with: .1818182.
#[test]
fn cross_kappa_of_two_replications_with_missing_ratings() {
    let (first, second) = (
        [vec![1, 1], vec![1, 1, 1], vec![0, 0], vec![0, 0, 0], vec![0, 1], vec![0, 0, 0]],
        [vec![1, 1], vec![1, 0], vec![0, 1], vec![1, 0], vec![0, 0], vec![]],
    );
    let units: Vec<Unit> = first
        .iter()
        .zip(&second)
        .map(|(one, other)| {
            one.iter().map(|&label| (0, label)).chain(other.iter().map(|&label| (1, label))).collect()
        })
        .collect();
    let counts = counted(&units);
    let (_, across) = counts.across().next().expect("two groups");
    assert!((across.observed_agreement().expect("shared units") - (1.0 - 0.409_090_9)).abs() < 1e-7);
    assert!((across.kappa().expect("shared units") - 0.181_818_2).abs() < 1e-7);
}

#[test]
fn two_groups_of_one_mind_are_normalised_to_about_one() {
    let unit = |label: u8| vec![(0, label), (0, label), (1, label), (1, label)];
    let counts = counted(&[unit(1), unit(2), unit(1)]);
    let across = counts.across().next().expect("two groups").1;
    assert_eq!(across.kappa(), Ok(1.0));
    assert_eq!(counts.normalised(&1, &0), Ok(1.0));
}

#[test]
fn a_group_that_disagrees_with_another_agrees_with_itself() {
    let units = [vec![(0, 1), (0, 1), (1, 2), (1, 2)], vec![(0, 2), (0, 2), (1, 1), (1, 1)]];
    let counts = counted(&units);
    assert!(counts.within().all(|(_, within)| within.alpha() == Ok(1.0)));
    assert_eq!(counts.across().next().expect("two groups").1.kappa(), Ok(-1.0));
    assert_eq!(counts.normalised(&0, &1), Ok(-1.0));
}

#[test]
fn what_was_not_compared_has_no_figure() {
    let counts = counted(&[vec![(0, 1)], vec![(0, 1), (0, 1)], vec![(2, 1), (3, 1)]]);
    assert_eq!(counts.within().count(), 1);
    assert_eq!(counts.within().next().expect("a group").1.alpha(), Err(Undefined::OneCategory));
    assert_eq!(counts.within().next().expect("a group").1.observed_agreement(), Ok(1.0));
    assert_eq!(counts.across().next().expect("two groups").1.kappa(), Err(Undefined::OneCategory));
    assert_eq!(counts.normalised(&0, &2), Err(Undefined::NoPairableValues));
    let mut negative = GroupAgreement::new();
    negative.retract(&[(0, 1), (0, 2), (1, 2)]);
    assert_eq!(negative.within().next().expect("a group").1.alpha(), Err(Undefined::Impossible));
    assert_eq!(negative.across().next().expect("two groups").1.kappa(), Err(Undefined::Impossible));
}

/// `κ_x` from its definition, rating by rating.
fn cross_kappa(units: &[Unit], one: u8, other: u8) -> Option<f64> {
    let shared: Vec<(Vec<u8>, Vec<u8>)> = units
        .iter()
        .map(|unit| (of(unit, one), of(unit, other)))
        .filter(|(first, second)| !first.is_empty() && !second.is_empty())
        .collect();
    let differing = |first: &[u8], second: &[u8]| {
        first.iter().map(|x| second.iter().filter(|y| *y != x).count()).sum::<usize>() as f64
    };
    let ratings: usize = shared.iter().map(|(first, second)| first.len() + second.len()).sum();
    let observed: f64 = shared
        .iter()
        .map(|(first, second)| {
            let (r, s) = (first.len() as f64, second.len() as f64);
            differing(first, second) * (r + s) / (r * s)
        })
        .sum();
    let (first, second): (Vec<_>, Vec<_>) = shared.into_iter().unzip();
    let (first, second) = (first.concat(), second.concat());
    let expected = differing(&first, &second) / (first.len() * second.len()) as f64;
    (expected > 0.0).then(|| 1.0 - observed / ratings as f64 / expected)
}

fn units() -> impl Strategy<Value = Vec<Unit>> {
    vec(vec((0u8..3, 0u8..3), 0..7), 0..10)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn across_groups_it_is_the_definition(units in units()) {
        for (&(one, other), across) in counted(&units).across() {
            match across.kappa() {
                Ok(kappa) => {
                    let expected = cross_kappa(&units, one, other).expect("varied");
                    prop_assert!((kappa - expected).abs() < 1e-12, "{} and {}", kappa, expected);
                    prop_assert!(kappa <= 1.0);
                }
                Err(error) => {
                    prop_assert_eq!(error, Undefined::OneCategory);
                    prop_assert_eq!(cross_kappa(&units, one, other), None);
                }
            }
        }
    }

    #[test]
    fn within_a_group_it_is_the_alpha_of_its_ratings(units in units()) {
        let mut data: BTreeMap<u8, ReliabilityData<u8>> = BTreeMap::new();
        for unit in &units {
            for group in 0..3 {
                data.entry(group).or_default().add(&of(unit, group).into_iter().collect());
            }
        }
        for (group, within) in counted(&units).within() {
            let alpha = alpha::nominal(&data[group]);
            prop_assert_eq!(within.alpha().map(f64::to_bits), alpha.map(f64::to_bits));
            let observed = percent::of_values(&data[group]).expect("a pair");
            prop_assert!((within.observed_agreement().expect("a pair") - observed).abs() < 1e-12);
        }
    }

    #[test]
    fn retraction_in_any_order_is_exact(
        (units, wrong, order) in (units(), units()).prop_flat_map(|(units, wrong)| {
            let mut events: Vec<(Unit, bool)> = units.iter().map(|unit| (unit.clone(), true)).collect();
            events.extend(wrong.iter().flat_map(|unit| [(unit.clone(), true), (unit.clone(), false)]));
            (Just(units), Just(wrong), Just(events).prop_shuffle())
        }),
    ) {
        let mut counts = GroupAgreement::new();
        for (unit, added) in &order {
            if *added { counts.add(unit) } else { counts.retract(unit) }
        }
        prop_assert_eq!(&counts, &counted(&units));
        counts.merge(&counted(&wrong));
        prop_assert_eq!(&counts, &counted(&[units, wrong].concat()));
    }
}
