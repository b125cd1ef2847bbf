//! The test set of `PandaLM`: 999 pairs of responses, each compared by the same three people (Wang et al., ICLR
//! 2024; <https://github.com/WeOpenML/PandaLM>, `data/testset-v1.json`).
//!
//! The data is read from the folder `STELE_REAL_DATA`. Without it these tests are skipped, except where `CI` is
//! `true`.

mod real_data;

use std::{fs, path::Path};

use serde_json::Value;
use stele_agreement::{
    PairCount, ReliabilityData, Unit, alpha,
    kappa::{PairTable, cohen, fleiss},
    percent,
};

/// Of the package krippendorff 0.9.0.
const ALPHA: f64 = 0.864_220_685_196_081_6;

/// The three annotators' verdicts on each item: 0 for a tie, else the better response; or nothing to test with.
fn verdicts() -> Option<Vec<[u64; 3]>> {
    Some(read(&real_data::folder()?.join("pandalm/testset-v1.json")))
}

fn read(file: &Path) -> Vec<[u64; 3]> {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let items: Vec<Value> = serde_json::from_str(&text).expect("a JSON array of items");
    let verdict = |item: &Value, annotator: &str| item[annotator].as_u64().expect("a number");
    items.iter().map(|item| ["annotator1", "annotator2", "annotator3"].map(|name| verdict(item, name))).collect()
}

fn data(verdicts: &[[u64; 3]]) -> ReliabilityData<u64> {
    verdicts.iter().map(|item| Unit::from_iter(*item)).collect()
}

fn pair(verdicts: &[[u64; 3]], first: usize, second: usize) -> PairCount {
    let mut count = PairCount::default();
    for item in verdicts {
        count.add(item[first] == item[second]);
    }
    count
}

/// Of the package statsmodels 0.15.0.
const FLEISS: f64 = 0.864_175_364_997_549;

#[test]
fn each_pair_of_annotators_has_its_kappa() {
    let Some(verdicts) = verdicts() else { return };
    // The data's README prints .85, .88 and .86; digits and standard errors are of the package statsmodels 0.15.0.
    let expected = [
        (0, 1, 0.852_022_678_516_702_3, 0.015_077_906_144_212_918),
        (0, 2, 0.878_943_811_250_038_5, 0.013_751_797_817_487_539),
        (1, 2, 0.861_661_454_076_290_7, 0.014_556_706_783_908_822),
    ];
    for (first, second, value, standard_error) in expected {
        let table: PairTable<u64> = verdicts.iter().map(|item| (item[first], item[second])).collect();
        let kappa = cohen(&table).expect("defined");
        assert_eq!(kappa.units, 999);
        assert!((kappa.value - value).abs() < 1e-14, "{first} and {second}: {kappa:?}");
        assert!((kappa.standard_error - standard_error).abs() < 1e-14, "{first} and {second}: {kappa:?}");
    }
}

#[test]
fn fleiss_kappa_is_that_of_the_reference_implementation() {
    let Some(verdicts) = verdicts() else { return };
    let kappa = fleiss(&data(&verdicts)).expect("defined");
    assert!((kappa - FLEISS).abs() < 1e-14, "{kappa}");
}

#[test]
fn alpha_is_that_of_the_reference_implementation() {
    let Some(verdicts) = verdicts() else { return };
    let data = data(&verdicts);
    // Ten distinct units at most, of three ratings and three categories.
    assert_eq!(data.iter().count(), 9);
    let alpha = alpha::nominal(&data).expect("defined");
    assert!((alpha - ALPHA).abs() < 1e-12, "{alpha}");
}

#[test]
fn alpha_after_a_wrong_and_revised_third_of_the_ratings_has_the_same_bits() {
    let Some(verdicts) = verdicts() else { return };
    let mut stored = ReliabilityData::new();
    let mut units = vec![Unit::new(); verdicts.len()];
    for (unit, item) in units.iter_mut().zip(&verdicts) {
        for (annotator, verdict) in item.iter().enumerate() {
            let before = unit.clone();
            unit.add(&if annotator == 1 { (verdict + 1) % 3 } else { *verdict });
            stored.merge(&ReliabilityData::delta(&before, unit));
        }
    }
    let wrong = alpha::nominal(&stored).expect("defined");
    assert!(wrong < 0.5, "{wrong}");
    for (unit, item) in units.iter_mut().zip(&verdicts).rev() {
        let before = unit.clone();
        unit.remove(&((item[1] + 1) % 3)).expect("counted above");
        unit.add(&item[1]);
        stored.merge(&ReliabilityData::delta(&before, unit));
    }
    let fresh = data(&verdicts);
    assert_eq!(stored, fresh);
    assert_eq!(alpha::nominal(&stored).map(f64::to_bits), alpha::nominal(&fresh).map(f64::to_bits));
}

#[test]
fn each_pair_of_annotators_has_its_agreement() {
    let Some(verdicts) = verdicts() else { return };
    for (first, second, expected) in [(0, 1, 0.9129), (0, 2, 0.9289), (1, 2, 0.9179)] {
        let agreement = pair(&verdicts, first, second).agreement().expect("common items");
        assert!((agreement - expected).abs() < 5e-5, "{first} and {second}: {agreement}");
    }
}

#[test]
fn observed_agreement_is_the_mean_of_the_pairs() {
    let Some(verdicts) = verdicts() else { return };
    let pairs = [pair(&verdicts, 0, 1), pair(&verdicts, 0, 2), pair(&verdicts, 1, 2)];
    let mean =
        PairCount { both: pairs.iter().map(|pair| pair.both).sum(), same: pairs.iter().map(|pair| pair.same).sum() };
    let observed = percent::of_values(&data(&verdicts)).expect("defined");
    assert!((observed - mean.agreement().expect("common items")).abs() < 1e-15, "{observed}");
}
