//! The crowd of `UKPConvArg1`: which of two arguments is more convincing, 84,445 judgements by 3,815 workers
//! (Habernal & Gurevych 2016; <https://github.com/UKPLab/acl2016-convincing-arguments>).

mod real_data;

use std::{collections::BTreeMap, io::Read};

use flate2::read::GzDecoder;
use real_data::Judgement;
use stele_agreement::annotator::{Bucket, Durations, Position, Rule, Rules, Side, dispersion, flags};

/// The lines of the table, split; no field of it holds a comma.
fn rows() -> Option<Vec<Vec<String>>> {
    let packed = real_data::bytes(&real_data::folder()?.join("ukpconvarg1/assignments.csv.gz"));
    let mut text = String::new();
    GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("UTF-8");
    Some(text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect())
}

fn side(answer: &str) -> Side {
    match answer {
        "a1" => Side::Left,
        "a2" => Side::Right,
        "equal" => Side::Tie,
        other => panic!("{other} is no answer"),
    }
}

/// The seconds of a time such as "2016-01-31 16:53:19.0 UTC", since one before 2000.
fn seconds(time: &str) -> u64 {
    let number = |range: std::ops::Range<usize>| time[range].parse::<u64>().expect("a number");
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    // Years from March, so that a leap day is a year's last.
    let (year, month) = if month > 2 { (year - 2000, month - 3) } else { (year - 2001, month + 9) };
    let days = year * 365 + year / 4 + (153 * month + 2) / 5 + day;
    ((days * 24 + number(11..13)) * 60 + number(14..16)) * 60 + number(17..19)
}

/// The p-value of scipy 1.17.1, `stats.binomtest(32849, 65340)`.
#[test]
fn the_crowd_prefers_no_side() {
    let Some(rows) = rows() else { return };
    let position: Position = rows.iter().map(|row| side(&row[9])).collect();
    assert_eq!(position.decisive(), Ok((32_849, 32_491)));
    assert!((position.left_share().expect("decisive") - 0.502_74).abs() < 5e-6);
    assert!((position.p_value().expect("decisive") - 0.162_526_982_044_35).abs() < 1e-9);
}

#[test]
fn nobody_is_flagged_for_side_or_straight_line() {
    let Some(rows) = rows() else { return };
    let judgement =
        |row: &Vec<String>| Judgement { unit: row[1].clone(), annotator: row[4].clone(), answer: row[9].clone() };
    let mut profiles = real_data::profiles(&rows.iter().map(judgement).collect::<Vec<_>>());
    for row in &rows {
        profiles.get_mut(&row[4]).expect("counted").position.add(side(&row[9]));
    }
    let profiles: Vec<_> = profiles.into_values().collect();
    assert_eq!(profiles.len(), 3815);
    let dispersion = dispersion(profiles.iter().map(|profile| &profile.agreement)).expect("counts");
    assert!((dispersion - 0.449_484_936_744_579_1).abs() < 1e-12, "{dispersion}");
    let flags = flags(&profiles, &Rules::default()).expect("counts");
    assert!(!flags.iter().any(|flag| matches!(flag.rule, Rule::PositionBias { .. } | Rule::StraightLining { .. })));
    assert!(flags.is_empty(), "{flags:?}");
}

/// Quantiles of pandas, in seconds; the histogram is within 1/64 of them.
#[test]
fn durations_have_their_quantiles() {
    let Some(rows) = rows() else { return };
    let assignments: BTreeMap<&str, u64> =
        rows.iter().map(|row| (row[6].as_str(), seconds(&row[8]) - seconds(&row[7]))).collect();
    assert_eq!(assignments.len(), 28_224);
    let durations: Durations = assignments.values().map(|seconds| Bucket::of(seconds * 1000)).collect();
    for (share, expected) in [(0.01, 37.0), (0.05, 53.0), (0.5, 166.0), (0.95, 541.0)] {
        let quantile = durations.quantile(share).expect("counted") / 1000.0;
        assert!((quantile / expected - 1.0).abs() <= 1.0 / 64.0, "{share}: {quantile}");
    }
}
