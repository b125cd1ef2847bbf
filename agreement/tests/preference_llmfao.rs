//! LLMFAO: 8,931 votes of 124 workers between 59 models (Ustalov 2023, <https://github.com/dustalov/llmfao>).
//!
//! The data is read from the folder `STELE_REAL_DATA`. Without it these tests are skipped, except where `CI` is
//! `true`.

use std::{collections::BTreeMap, env, fs, path::PathBuf};

use stele_agreement::preference::{
    BradleyTerry, Comparisons, Davidson, Elo, EloSettings, Judgment, Judgments, Noise, NoisyBradleyTerry,
    OrderEffect, Outcome, Variance, circular_triads, connected_components,
};

fn folder() -> Option<PathBuf> {
    let default = || concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data").into();
    let folder = env::var_os("STELE_REAL_DATA").map_or_else(default, PathBuf::from);
    if !folder.is_dir() {
        let reason = format!("{} is missing; STELE_REAL_DATA names the folder of real data", folder.display());
        assert!(env::var("CI").as_deref() != Ok("true"), "{reason}");
        skip(&reason);
        return None;
    }
    Some(folder.join("llmfao"))
}

#[allow(clippy::print_stderr, reason = "a test that did nothing has to say so")]
fn skip(reason: &str) {
    eprintln!("skipped: {reason}");
}

/// The lines of a file after its header; no field holds a comma or a quote.
fn lines(file: &str) -> Option<Vec<Vec<String>>> {
    let path = folder()?.join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect())
}

/// Left item, right item and outcome of each vote, in their order.
fn votes() -> Option<Vec<(String, String, Outcome)>> {
    let outcome = |name: &str| match name {
        "left" => Outcome::Left,
        "right" => Outcome::Right,
        "tie" => Outcome::Tie,
        other => panic!("{other} is no outcome"),
    };
    let votes = lines("crowd-comparisons.csv")?;
    Some(votes.into_iter().map(|row| (row[6].clone(), row[7].clone(), outcome(&row[5]))).collect())
}

fn comparisons() -> Option<Comparisons<String>> {
    let mut comparisons = Comparisons::new();
    for (left, right, outcome) in votes()? {
        comparisons.add(left, right, outcome);
    }
    Some(comparisons)
}

fn place(items: &[String], name: &str) -> usize {
    items.iter().position(|item| item == name).expect("one of the models")
}

#[track_caller]
fn assert_close(value: f64, expected: f64, tolerance: f64) {
    assert!((value / expected - 1.0).abs() < tolerance, "{value} isn't {expected}");
}

#[test]
fn strengths_are_those_of_another_implementation() {
    let Some(comparisons) = comparisons() else { return };
    let reference = lines("reference_bt_half_tie_geomean1.csv").expect("there is a folder");
    assert_eq!(connected_components(&comparisons).map(|groups| groups.len()), Some(1));
    let estimate = BradleyTerry::default().fit(&comparisons).expect("connected");
    assert!(estimate.converged());
    assert_eq!(estimate.items().len(), reference.len());
    for row in &reference {
        let strength = estimate.strengths()[place(estimate.items(), &row[0])];
        assert_close(strength, row[1].parse().expect("a number"), 1e-9);
    }
    assert_close(estimate.log_likelihood(), -5_743.381_723_882_94, 1e-12);
}

/// The figures are of the pseudo-inverse of numpy 2.4.6, at the reference strengths.
#[test]
fn strengths_are_known_as_exactly_as_the_information_says() {
    let Some(comparisons) = comparisons() else { return };
    let estimate = BradleyTerry::default().fit(&comparisons).expect("connected");
    let [first, last] = ["GPT 4", "Dolly v2 (3B)"].map(|name| place(estimate.items(), name));
    for (variance, expected) in [
        (Variance::Information, [0.193_127_403_594_445_02, 0.136_322_121_174_016_65, 0.239_567_252_599_385_9]),
        (Variance::Sandwich, [0.160_363_700_672_544_5, 0.091_495_291_733_928_59, 0.187_046_199_294_863]),
    ] {
        let uncertainty = estimate.uncertainty(variance).expect("connected");
        let found = [
            uncertainty.standard_error(first),
            uncertainty.standard_error(last),
            uncertainty.standard_error_of_ratio(first, last),
        ];
        for (found, expected) in found.into_iter().zip(expected) {
            assert_close(found.expect("an item"), expected, 1e-9);
        }
        let (low, high) = uncertainty.interval(first, 0.95).expect("an item");
        assert_close(high / low, (2.0 * 1.959_963_984_540_054 * expected[0]).exp(), 1e-9);
        assert_close((low * high).sqrt(), estimate.strengths()[first], 1e-12);
    }
}

/// The figures are of scipy 1.17.1, which maximised the same likelihood, and took second differences of it.
#[test]
fn the_left_place_has_an_advantage() {
    let Some(comparisons) = comparisons() else { return };
    let without = Davidson { order_effect: false }.fit(&comparisons).expect("connected");
    let with = Davidson { order_effect: true }.fit(&comparisons).expect("connected");
    assert_close(without.log_likelihood(), -8_995.839_703_579_08, 1e-12);
    assert_close(with.log_likelihood(), -8_981.583_189_033_565, 1e-12);
    assert_close(without.tie(), 1.479_707_613_227, 1e-7);
    assert_close(with.tie(), 1.607_699_083_383, 1e-7);
    assert_close(with.order(), 1.173_131_368_97, 1e-7);
    assert_close(without.order(), 1.0, 1e-15);
    let first = place(with.items(), "GPT 4");
    assert_close(with.strengths()[first], 5.522_573_750_8, 1e-6);
    assert_close(with.standard_error(first).expect("an item"), 0.259_497_661_9, 1e-5);
    let effect = OrderEffect::test(&comparisons).expect("connected");
    assert_close(effect.statistic, 28.513_029_091_03, 1e-8);
    assert_close(effect.p_value, 9.307_007_97e-8, 1e-6);
    assert_close(effect.standard_error, 0.029_954_218_3, 1e-5);
    assert!(effect.wald_p_value() < 2e-7 && effect.wald_p_value() > 5e-8, "{effect:?}");
}

/// The ratings are of the package evalica 0.4.2, with its constants.
#[test]
fn ratings_follow_the_votes() {
    let Some(votes) = votes() else { return };
    let mut elo = Elo::new(EloSettings::default()).expect("in range");
    for (left, right, outcome) in votes {
        elo.compare(left, right, outcome);
    }
    let golden = lines("evalica-llmfao-golden.csv").expect("there is a folder");
    let golden: BTreeMap<String, f64> = golden
        .into_iter()
        .filter(|row| row[0] == "elo")
        .map(|row| (row[1].clone(), row[2].parse().expect("a number")))
        .collect();
    assert_eq!((golden.len(), elo.ratings().count()), (59, 59));
    for (item, rating) in elo.ratings() {
        assert!((rating - golden[item]).abs() < 1e-9, "{item}: {rating} isn't {}", golden[item]);
    }
}

#[test]
fn retracted_votes_leave_no_trace_in_the_strengths() {
    let Some(votes) = votes() else { return };
    let mut history = Comparisons::new();
    for (left, right, outcome) in &votes {
        history.add(right.clone(), left.clone(), *outcome);
        history.add(left.clone(), right.clone(), *outcome);
    }
    for (left, right, outcome) in votes.iter().rev() {
        history.retract(right.clone(), left.clone(), *outcome);
    }
    let fresh = comparisons().expect("there is a folder");
    assert_eq!(history, fresh);
    let bits = |comparisons: &Comparisons<String>| -> Vec<u64> {
        let estimate = BradleyTerry::default().fit(comparisons).expect("connected");
        estimate.strengths().iter().map(|strength| strength.to_bits()).collect()
    };
    assert_eq!(bits(&history), bits(&fresh));
}

/// Counted by another program, with loops over all triads.
#[test]
fn some_triads_are_circular() {
    let Some(comparisons) = comparisons() else { return };
    let triads = circular_triads(&comparisons).expect("possible counts");
    assert_eq!((triads.circular, triads.decided), (510, 5_249));
}

/// The figures are of scipy 1.17.1, which maximised the same density from the same start.
#[test]
fn annotators_are_more_or_less_reliable() {
    let Some(votes) = votes() else { return };
    let workers: Vec<u32> = lines("crowd-comparisons.csv")
        .expect("there is a folder")
        .iter()
        .map(|row| row[4].parse().expect("a number"))
        .collect();
    let items = comparisons().expect("there is a folder").items();
    let index = |name: &String| u32::try_from(place(&items, name)).expect("few");
    let rows: Vec<Judgment> = votes
        .iter()
        .zip(&workers)
        .map(|((left, right, outcome), &annotator)| Judgment {
            annotator,
            left: index(left),
            right: index(right),
            outcome: *outcome,
        })
        .collect();
    let annotators = workers.iter().max().expect("some") + 1;
    let judgments = Judgments::new(annotators, 59, &rows).expect("inside");
    for (noise, objective, log_likelihood, first, last) in [
        (Noise::Side, -5_876.179_834_775, -5_486.116_987_159, 16.440_796, 0.164_634_8),
        (Noise::Reversal, -5_971.210_978_877, -5_588.445_575_237, 36.762_685, 0.113_621_5),
    ] {
        let fit = NoisyBradleyTerry { noise, tolerance: 1e-12, ..NoisyBradleyTerry::default() };
        let estimate = fit.fit(&judgments).expect("in range");
        assert!(estimate.converged());
        assert_close(*estimate.objective().last().expect("a step"), objective, 1e-8);
        assert_close(estimate.log_likelihood(), log_likelihood, 1e-6);
        assert_close(estimate.strengths()[place(&items, "GPT 4")], first, 1e-3);
        assert_close(estimate.strengths()[place(&items, "Dolly v2 (3B)")], last, 1e-3);
        if noise == Noise::Side {
            // This worker gave the same answer each of 21 times.
            assert_close(estimate.annotators()[32].skill, 0.090_651_08, 1e-6);
            assert_close(estimate.annotators()[32].left, 0.954_369_19, 1e-6);
        }
    }
}
