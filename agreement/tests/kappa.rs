//! Kappas and their standard errors, as other packages calculate them.

use stele_agreement::{
    Confidence, Estimate, ReliabilityData, Unit, Value,
    kappa::{
        PairTable, Scale, Weighting, cohen, fleiss, fleiss_estimate, gwet, gwet_estimate, weighted_cohen,
        weighted_fleiss, weighted_fleiss_estimate,
    },
    percent,
};

/// A line for each rater, a column for each unit, `*` for no value.
fn data(raters: &[&str]) -> ReliabilityData<Value> {
    let mut units: Vec<Unit<Value>> = Vec::new();
    for rater in raters {
        for (unit, value) in rater.split_whitespace().enumerate() {
            units.resize_with(units.len().max(unit + 1), Unit::new);
            if value != "*" {
                units[unit].add(&value.parse().expect("a number"));
            }
        }
    }
    units.into_iter().collect()
}

/// Gwet, *Handbook of Inter-Rater Reliability*: four raters, twelve units, the last of which has one rating.
fn four_raters() -> ReliabilityData<Value> {
    data(&[
        "1 2 3 3 2 1 4 1 2 * * *", //
        "1 2 3 3 2 2 4 1 2 5 * *",
        "* 3 3 3 2 3 4 2 2 5 1 3",
        "1 2 3 3 2 4 4 1 2 5 1 *",
    ])
}

/// Three raters' scores of the anxiety of twenty people, of the R package irr.
fn anxiety() -> ReliabilityData<Value> {
    data(&[
        "3 3 3 4 5 5 2 3 5 2 2 6 1 5 2 2 1 2 4 3", //
        "3 6 4 6 2 4 2 4 3 3 2 3 3 3 2 2 1 3 3 4",
        "2 1 4 4 3 2 1 6 1 1 1 2 3 3 1 1 3 3 2 2",
    ])
}

fn scale(data: &ReliabilityData<Value>) -> Scale<Value> {
    Scale::of_numbers(data.categories().into_iter().copied()).expect("distinct")
}

#[track_caller]
fn assert_near(figure: f64, expected: f64, tolerance: f64) {
    assert!((figure - expected).abs() <= tolerance, "{figure} isn't {expected} ± {tolerance}");
}

/// Asserts a coefficient, its standard error and the lower end of its interval; figures have twelve decimals.
#[track_caller]
fn assert_estimate(estimate: Estimate, value: f64, standard_error: f64, low: f64) {
    assert_near(estimate.value, value, 1e-12);
    assert_near(estimate.standard_error, standard_error, 1e-12);
    assert_near(estimate.interval(Confidence::NINETY_FIVE).low, low, 1e-10);
}

const WEIGHTINGS: [Weighting; 4] = [Weighting::Identity, Weighting::Linear, Weighting::Quadratic, Weighting::Ordinal];

/// The package irrCAC 0.4.4: `CAC(ratings, weights=...).gwet()`.
#[test]
fn gwet_of_four_raters_with_missing_values() {
    let data = four_raters();
    let expected = [
        (0.775_444_068_127, 0.142_949_950_641, 0.460_813_348_132),
        (0.858_739_136_433, 0.117_329_021_881, 0.600_499_700_425),
        (0.914_000_723_552, 0.103_962_244_645, 0.685_181_365_879),
        (0.898_939_769_908, 0.106_903_523_815, 0.663_646_700_429),
    ];
    for (weighting, (value, standard_error, low)) in WEIGHTINGS.into_iter().zip(expected) {
        let estimate = gwet_estimate(&data, &scale(&data), weighting).expect("defined");
        assert_estimate(estimate, value, standard_error, low);
        assert_eq!(gwet(&data, &scale(&data), weighting), Ok(estimate.value));
        assert_near(estimate.interval(Confidence::NINETY_FIVE).high, 1.0, 0.0);
    }
    assert_near(percent::of_units(&data).expect("defined"), 0.818_181_818_182, 1e-12);
}

/// The package irrCAC 0.4.4: `CAC(ratings, weights=...).fleiss()`.
#[test]
fn fleiss_of_four_raters_with_missing_values() {
    let data = four_raters();
    let expected = [
        (0.761_169_275_422, 0.153_019_203_469, 0.424_376_279_378),
        (0.817_944_767_097, 0.148_504_355_499, 0.491_088_884_435),
        (0.864_935_064_935, 0.146_033_610_757, 0.543_517_254_786),
        (0.850_206_189_397, 0.147_035_693_874, 0.526_582_809_178),
    ];
    for (weighting, (value, standard_error, low)) in WEIGHTINGS.into_iter().zip(expected) {
        let estimate = weighted_fleiss_estimate(&data, &scale(&data), weighting).expect("defined");
        assert_estimate(estimate, value, standard_error, low);
        assert_eq!(weighted_fleiss(&data, &scale(&data), weighting), Ok(estimate.value));
    }
    assert_eq!(fleiss_estimate(&data), weighted_fleiss_estimate(&data, &scale(&data), Weighting::Identity));
    assert_eq!(fleiss(&data), fleiss_estimate(&data).map(|estimate| estimate.value));
}

/// The package irrCAC 0.4.4.
#[test]
fn both_where_agreement_is_poor() {
    let data = anxiety();
    let gwet = |weighting| gwet_estimate(&data, &scale(&data), weighting).expect("defined");
    assert_estimate(gwet(Weighting::Identity), 0.031_365_313_653, 0.046_682_062_592, -0.066_341_366_261);
    assert_estimate(gwet(Weighting::Quadratic), 0.535_292_238_901, 0.121_019_164_981, 0.281_996_215_551);
    assert_estimate(gwet(Weighting::Ordinal), 0.486_133_768_352, 0.115_744_237_849, 0.243_878_294_376);
    let fleiss = |weighting| weighted_fleiss_estimate(&data, &scale(&data), weighting).expect("defined");
    assert_estimate(fleiss(Weighting::Identity), -0.041_076_487_252, 0.047_413_268_240, -0.140_313_598_176);
    assert_estimate(fleiss(Weighting::Quadratic), 0.156_032_482_599, 0.129_528_928_590, -0.115_074_680_682);
    assert_estimate(fleiss(Weighting::Ordinal), 0.127_182_044_888, 0.115_169_122_935, -0.113_869_699_740);
}

/// Asserts kappa without weights, with linear and with quadratic ones: value, standard error, and that by chance.
#[track_caller]
fn assert_cohen(table: [[i64; 3]; 3], expected: [(f64, f64, f64); 3]) {
    let cells = (0u8..3).flat_map(|i| (0u8..3).map(move |j| (i, j, table[usize::from(i)][usize::from(j)])));
    let table: PairTable<u8> = cells.collect();
    let scale = Scale::evenly_spaced(0..3).expect("distinct");
    for (weighting, (value, standard_error, by_chance)) in WEIGHTINGS.into_iter().zip(expected) {
        let kappa = weighted_cohen(&table, &scale, weighting).expect("defined");
        assert_near(kappa.value, value, 1e-14);
        assert_near(kappa.standard_error, standard_error, 1e-14);
        assert_near(kappa.standard_error_by_chance, by_chance, 1e-14);
    }
    assert_eq!(cohen(&table), weighted_cohen(&table, &scale, Weighting::Identity));
}

/// The formulas in rational arithmetic; the package statsmodels 0.15.0 (`cohens_kappa(table, wt=...)`) is within 3e-13.
/// The table is that of SAS's documentation.
#[test]
fn cohen_of_a_table_with_a_category_that_one_never_chose() {
    let expected = [
        (0.484_162_895_927_601_8, 0.138_013_578_305_814_6, 0.148_398_281_890_132_9),
        (0.470_119_521_912_350_6, 0.145_746_045_141_925_7, 0.142_585_077_624_731_6),
        (0.450_160_771_704_180_1, 0.192_232_663_357_260_7, 0.187_919_468_304_494_2),
    ];
    assert_cohen([[0, 4, 1], [0, 8, 0], [0, 1, 5]], expected);
}

/// Calculated in the same two ways.
#[test]
fn cohen_of_a_table_of_a_hundred_units() {
    let expected = [
        (0.491_525_423_728_813_6, 0.072_127_459_293_340_7, 0.073_509_316_753_225_2),
        (0.473_684_210_526_315_8, 0.076_978_909_870_306_1, 0.077_352_307_666_837_2),
        (0.454_545_454_545_454_5, 0.093_979_697_775_726, 0.095_259_541_072_216_3),
    ];
    assert_cohen([[44, 5, 1], [7, 20, 3], [9, 5, 6]], expected);
}
