//! The alternative annotator test against its authors' implementation.

use std::{cmp::Ordering, collections::BTreeMap};

use stele_agreement::stand_in::{Settings, StandIn, StandInError, by_matches, by_squared_error, stand_in_test};

type Answers<V> = BTreeMap<u32, V>;

/// The right label of a unit.
fn right(unit: u32) -> u32 {
    (unit * unit + 3 * unit) % 4
}

/// Five annotators who err now and then on 80 units, leave a seventh out, and of whom the last saw 25 only.
fn annotators<V>(cast: fn(u32) -> V) -> BTreeMap<u32, Answers<V>> {
    let answers = |annotator: u32| {
        let units =
            (0..if annotator == 4 { 25 } else { 80 }).filter(move |unit| !(unit + 2 * annotator).is_multiple_of(7));
        let label = move |unit: u32| {
            let errs = (unit * 7 + annotator * 13 + unit * annotator % 11) % 10 < [2, 3, 1, 4, 2][annotator as usize];
            if errs { (right(unit) + 1 + (unit + annotator) % 3) % 4 } else { right(unit) }
        };
        units.map(move |unit| (unit, cast(label(unit)))).collect()
    };
    (0..5).map(|annotator| (annotator, answers(annotator))).collect()
}

/// A stand-in that errs in one of five, and leaves an eleventh out.
fn model<V>(cast: fn(u32) -> V) -> Answers<V> {
    let label = |unit| if (unit * 3 + 1) % 10 < 2 { (right(unit) + 1) % 4 } else { right(unit) };
    (0..80).filter(|unit| unit % 11 != 5).map(|unit| (unit, cast(label(unit)))).collect()
}

fn with_epsilon(epsilon: f64) -> Settings {
    Settings { epsilon, ..Settings::default() }
}

#[track_caller]
fn assert_found(found: &StandIn<u32>, winning_rate: f64, advantage: f64, p_values: &[f64]) {
    assert!((found.winning_rate - winning_rate).abs() < 1e-15, "{}", found.winning_rate);
    assert!((found.advantage - advantage).abs() < 1e-14, "{}", found.advantage);
    assert_eq!(found.duels.len(), p_values.len());
    for (duel, expected) in found.duels.iter().zip(p_values) {
        assert!((duel.p_value - expected).abs() <= 1e-10 * expected, "{}: {}", duel.annotator, duel.p_value);
    }
}

/// Figures of the repository nitaytech/AltTest at 18428b1 with scipy 1.17.1, `scoring_function="accuracy"`.
#[test]
fn labels_are_tested_as_by_the_authors() {
    let (annotators, model) = (annotators(|label| label), model(|label| label));
    let found = stand_in_test(&annotators, &model, by_matches, with_epsilon(0.1)).expect("enough");
    let p_values =
        [0.002_032_652_394_087_36, 0.003_063_173_210_421_042, 0.041_908_303_249_947_67, 0.001_474_773_305_152_041];
    assert_found(&found, 0.75, 0.892_217_101_894_521_3, &p_values);
    assert_eq!(found.left_out, [4]);
    assert!(found.passes && !found.duels[2].won);
    let found = stand_in_test(&annotators, &model, by_matches, with_epsilon(0.2)).expect("enough");
    let p_values = [
        6.939_181_458_335_042_5e-9,
        6.358_338_647_894_607e-5,
        0.000_869_124_555_881_219_2,
        2.535_995_410_116_705_2e-5,
    ];
    assert_found(&found, 1.0, 0.892_217_101_894_521_3, &p_values);
}

/// The same with `scoring_function="neg_rmse"`.
#[test]
fn numbers_are_tested_as_by_the_authors() {
    let (annotators, model) = (annotators(f64::from), model(f64::from));
    let found = stand_in_test(&annotators, &model, by_squared_error, with_epsilon(0.1)).expect("enough");
    let p_values =
        [0.000_285_058_372_507_387, 0.000_871_842_868_809_596_5, 0.041_908_303_249_947_73, 7.409_076_438_907_152e-6];
    assert_found(&found, 0.75, 0.908_282_130_056_323_6, &p_values);
    let found = stand_in_test(&annotators, &model, by_squared_error, with_epsilon(0.2)).expect("enough");
    let p_values =
        [1.057_216_498_271_539_1e-7, 1.335_105_049_219_745e-5, 0.000_869_124_555_881_221, 5.334_567_041_182_45e-8];
    assert_found(&found, 1.0, 0.908_282_130_056_323_6, &p_values);
}

/// Fewer than 30 instances: the p-value by enumerating the signs of all ranks.
#[test]
fn few_instances_are_tested_by_signed_ranks() {
    let settings = |epsilon| Settings { fewest_instances: 10, ..with_epsilon(epsilon) };
    let (annotators, model) = (annotators(|label| label), model(|label| label));
    for (epsilon, expected) in [(0.1, 0.070_091_247_558_593_75), (0.2, 0.070_091_247_558_593_75)] {
        let found = stand_in_test(&annotators, &model, by_matches, settings(epsilon)).expect("enough");
        assert!(found.left_out.is_empty());
        let duel = &found.duels[4];
        assert_eq!(duel.instances, 20);
        assert!((duel.p_value - expected).abs() < 1e-12, "{}", duel.p_value);
    }
}

#[test]
fn a_stand_in_that_is_one_of_them_is_as_close_as_they_are() {
    let annotators = annotators(|label| label);
    let found = stand_in_test(&annotators, &annotators[&2].clone(), by_matches, Settings::default()).expect("enough");
    let itself = &found.duels[2];
    assert!((itself.advantage - 1.0).abs() < 1e-15 && (itself.annotator_advantage - 1.0).abs() < 1e-15);
    assert!(itself.won, "no difference is less than epsilon");
}

#[test]
fn a_stand_in_that_always_errs_wins_against_nobody() {
    let model = (0..80).map(|unit| (unit, 9)).collect();
    let found = stand_in_test(&annotators(|label| label), &model, by_matches, Settings::default()).expect("enough");
    assert!(!found.passes && found.winning_rate < 0.01);
}

#[test]
fn what_cannot_be_tested_is_refused() {
    let annotators = annotators(|label| label);
    let none = stand_in_test(&annotators, &BTreeMap::new(), by_matches, Settings::default());
    assert_eq!(none, Err(StandInError::NothingToCompare));
    for settings in
        [with_epsilon(-0.1), with_epsilon(f64::NAN), Settings { fewest_instances: 1, ..with_epsilon(0.1) }]
    {
        let refused = stand_in_test(&annotators, &model(|label| label), by_matches, settings);
        assert!(matches!(refused, Err(StandInError::Settings(_))));
    }
}

#[test]
fn closer_is_who_matches_more_or_errs_less() {
    assert_eq!(by_matches(&'a', &'b', &[&'a', &'a', &'b']), Ordering::Greater);
    assert_eq!(by_matches(&'c', &'d', &[&'a']), Ordering::Equal);
    assert_eq!(by_squared_error(&1.0, &3.0, &[&2.5]), Ordering::Less);
    assert_eq!(by_squared_error(&2.0, &3.0, &[&2.5]), Ordering::Equal);
}
