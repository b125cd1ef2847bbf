//! Figures that others have printed, for data that they have printed too.

use stele_agreement::{Unit, alpha};

/// Asserts the nominal alpha of reliability data: a line for each rater, a column for each unit, `*` for no value.
#[track_caller]
fn assert_alpha(raters: &[&str], expected: f64, tolerance: f64) {
    let mut units: Vec<Unit<&str>> = Vec::new();
    for rater in raters {
        let values: Vec<&str> = rater.split_whitespace().collect();
        units.resize_with(values.len().max(units.len()), Unit::new);
        assert_eq!(values.len(), units.len(), "the lines differ in length");
        for (unit, value) in units.iter_mut().zip(values).filter(|(_, value)| *value != "*") {
            unit.add(&value);
        }
    }
    let alpha = alpha::nominal(&units.into_iter().collect()).expect("two categories in pairs");
    assert!((alpha - expected).abs() <= tolerance, "{alpha} isn't {expected} ± {tolerance}");
}

/// The example of Wikipedia's "Krippendorff's alpha", which prints .691.
#[test]
fn encyclopedia_three_raters_fifteen_units() {
    let raters = [
        "* * * * * 3 4 1 2 1 1 3 3 * 3", //
        "1 * 2 1 3 3 4 3 * * * * * * *",
        "* * 2 1 3 4 4 * 2 1 1 3 3 * 4",
    ];
    assert_alpha(&raters, 0.691_358, 1e-5);
}

const FOUR_OBSERVERS: [&str; 4] = [
    "1 2 3 3 2 1 4 1 2 * * *", //
    "1 2 3 3 2 2 4 1 2 5 * *",
    "* 3 3 3 2 3 4 2 2 5 1 3",
    "1 2 3 3 2 4 4 1 2 5 1 *",
];

/// Krippendorff, *Content Analysis* (2018), page 290, which prints .743.
#[test]
fn krippendorff_2018_four_observers_twelve_units() {
    assert_alpha(&FOUR_OBSERVERS, 0.7434, 5e-5);
}

/// The same data in Gwet, *Handbook of Inter-Rater Reliability*, with the figure of the package irrCAC 0.4.4.
#[test]
fn gwet_four_raters_twelve_units() {
    assert_alpha(&FOUR_OBSERVERS, 0.743_42, 1e-5);
}

/// Krippendorff, *Content Analysis* (2018), page 306, which cuts 15/64 off at .2343.
#[test]
fn krippendorff_2018_three_observers_binary() {
    let raters = [
        "0 1 0 1 1 0 0 0 1 1 1 1", //
        "0 1 0 1 0 0 0 0 1 1 0 1",
        "0 1 1 0 0 1 0 0 1 0 0 0",
    ];
    assert_alpha(&raters, 0.2344, 5e-5);
}

/// Krippendorff, *Content Analysis* (2018), page 310, which prints .760, later corrected to .759.
#[test]
fn krippendorff_2018_two_observers_letters() {
    assert_alpha(&["a a c c c c c b b b b d", "a c c c c c b b b b b d"], 0.7592, 5e-5);
}

/// Hayes & Krippendorff, *Communication Methods and Measures* 1(1), 2007, which prints .4765.
#[test]
fn hayes_krippendorff_2007_five_observers_forty_units() {
    let raters = [
        "1 1 2 * 0 0 1 1 2 2 * 0 1 3 1 1 2 1 1 0 0 0 2 0 1 0 0 1 1 1 1 2 2 3 2 2 2 2 2 1",
        "1 1 3 0 0 0 0 * 2 1 1 0 2 3 1 1 1 2 1 0 0 0 3 0 2 1 0 2 1 1 1 1 2 2 2 2 2 2 2 1",
        "2 0 3 0 0 0 2 2 2 1 0 0 2 2 1 1 2 3 0 0 1 * 3 0 * 1 0 1 2 2 0 2 * 2 2 3 2 * 2 1",
        "* 1 3 * * * * 0 * 1 0 0 2 2 * * * 3 1 * 1 0 3 0 2 1 1 2 2 * * 1 2 2 * * * 1 2 *",
        "2 * * 0 0 0 1 * 2 * * * * 3 1 1 2 * * 0 * 0 * * 2 * 0 * * 2 0 * 2 * 2 2 2 2 * 1",
    ];
    assert_alpha(&raters, 0.4765, 5e-5);
}

/// Chan & Sältzer (2020): 1 − 4 / (125 / 29).
#[test]
fn chan_saeltzer_2020_three_raters_ten_units() {
    let raters = [
        "2 2 2 2 2 2 2 2 2 2", //
        "1 2 2 2 2 2 2 2 2 2",
        "1 1 1 1 2 2 2 2 2 2",
    ];
    assert_alpha(&raters, 0.072, 5e-4);
}

/// Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section A, which prints .095.
#[test]
fn krippendorff_2011_two_observers_binary() {
    assert_alpha(&["0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"], 0.095_238, 5e-6);
}
