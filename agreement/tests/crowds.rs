//! Agreement of crowds, from the files as they were published.
//!
//! LLMFAO: 8,931 votes on 2,139 pairs of responses (Ustalov, 2023; <https://github.com/dustalov/llmfao>).
//! `UKPConvArg1`: 84,445 votes on 16,927 pairs of arguments (Habernal & Gurevych, ACL 2016;
//! <https://github.com/UKPLab/acl2016-convincing-arguments>).
//! Without the folder of real data these tests are skipped, except where `CI` is `true`.

mod real_data;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
};

use flate2::read::GzDecoder;
use stele_agreement::{
    Confidence, Level, ReliabilityData, Unit, Value, alpha,
    interval::{bootstrap, jackknife},
};

/// Votes by unit, from lines of values with commas between; no value up to the wanted ones is quoted.
struct Votes(BTreeMap<String, Vec<String>>);

impl Votes {
    fn read(lines: impl Iterator<Item = String>, unit: &str, vote: &str) -> Self {
        let mut lines = lines.map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
        let header = lines.next().expect("a header");
        let column = |name| header.iter().position(|column| column == name).expect("the column");
        let (unit, vote) = (column(unit), column(vote));
        let mut units: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in lines {
            units.entry(line[unit].clone()).or_default().push(line[vote].clone());
        }
        Self(units)
    }

    fn llmfao(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join("llmfao/crowd-comparisons.csv")).expect("the file");
        Self::read(text.lines().map(str::to_owned), "id", "winner")
    }

    fn ukpconvarg1(folder: &Path) -> Self {
        let file = File::open(folder.join("ukpconvarg1/assignments.csv.gz")).expect("the file");
        let lines = BufReader::new(GzDecoder::new(file)).lines().map(|line| line.expect("text"));
        Self::read(lines, "pair_id", "value")
    }

    fn count(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    fn data(&self) -> ReliabilityData<&str> {
        self.0.values().map(|votes| votes.iter().map(String::as_str).collect::<Unit<_>>()).collect()
    }

    /// Alpha of the votes of each unit, which have to be the same data as single votes are.
    fn alpha(&self) -> f64 {
        let data = self.data();
        let alpha = alpha::nominal(&data).expect("defined");
        let mut dense = Vec::new();
        for (unit, votes) in (0u32..).zip(self.0.values()) {
            dense.extend(votes.iter().map(|vote| (unit, vote.as_str())));
        }
        // Any order will do: here, as if each annotator had come back on the last unit first.
        let units = u32::try_from(self.0.len()).expect("few");
        let backwards = ReliabilityData::from_dense(units, dense.iter().rev().copied()).expect("units in range");
        assert_eq!(backwards, data);
        alpha
    }
}

#[test]
fn llmfao_has_the_alpha_that_crowd_kit_gives() {
    let Some(folder) = real_data::folder() else { return };
    let votes = Votes::llmfao(&folder);
    assert_eq!((votes.0.len(), votes.count()), (2139, 8931));
    // The package crowd-kit 1.4.2.
    assert!((votes.alpha() - 0.290_595_103_91).abs() < 1e-11, "{}", votes.alpha());
}

#[test]
fn ukpconvarg1_has_the_alpha_that_crowd_kit_gives() {
    let Some(folder) = real_data::folder() else { return };
    let votes = Votes::ukpconvarg1(&folder);
    assert_eq!((votes.0.len(), votes.count()), (16_927, 84_445));
    // The package crowd-kit 1.4.2.
    assert!((votes.alpha() - 0.266_757_818_275_81).abs() < 1e-13, "{}", votes.alpha());
}

/// From one side to the other the votes are in order: the package krippendorff 0.9.0 with `-1`, `0` and `1`.
#[test]
fn votes_for_sides_are_in_order() {
    let Some(folder) = real_data::folder() else { return };
    let votes = Votes::llmfao(&folder);
    let side = |vote: &&str| match *vote {
        "left" => Ok(-1),
        "tie" => Ok(0),
        "right" => Ok(1),
        other => Err(other.to_owned()),
    };
    let sides = votes.data().try_map(|vote| side(vote).map(Value::from)).expect("three outcomes");
    let figure = |level| stele_agreement::alpha(&sides, level).expect("defined");
    assert!((figure(Level::Ordinal) - ORDINAL).abs() < 1e-12, "{}", figure(Level::Ordinal));
    assert!((figure(Level::Interval) - INTERVAL).abs() < 1e-12, "{}", figure(Level::Interval));
}

const ORDINAL: f64 = 0.287_552_729_539_932_5;
const INTERVAL: f64 = 0.287_761_349_866_823;

/// The two kinds of interval don't have to be the same, but on so many units they can't be far apart.
#[test]
fn bootstrap_and_jackknife_say_about_the_same() {
    let Some(folder) = real_data::folder() else { return };
    for votes in [Votes::llmfao(&folder), Votes::ukpconvarg1(&folder)] {
        let data = votes.data();
        let estimate = jackknife(&data, alpha::nominal).expect("defined");
        let drawn = bootstrap(&data, 2000, [5; 32], alpha::nominal).expect("defined");
        let (by_leaving_out, by_drawing) =
            (estimate.interval(Confidence::NINETY_FIVE), drawn.interval(Confidence::NINETY_FIVE));
        let tolerance = 0.2 * estimate.standard_error;
        assert!((by_leaving_out.low - by_drawing.low).abs() < tolerance, "{by_leaving_out:?} {by_drawing:?}");
        assert!((by_leaving_out.high - by_drawing.high).abs() < tolerance, "{by_leaving_out:?} {by_drawing:?}");
    }
}
