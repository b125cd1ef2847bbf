//! Published figures, each a case in a file: `agreement-vectors.json`, in the folder `reference` beside that of real data.
//! Without it this test is skipped, except where `CI` is `true`.

mod real_data;

use std::{fs, path::Path};

use serde_json::{Map, Value as Json};
use stele_agreement::{
    Confidence, CrossedRatings, Level, ReliabilityData, Unit, Value, alpha,
    icc::{Model, Reliance, icc},
    kappa::{PairTable, Scale, Weighting, cohen, fleiss, gwet, gwet_estimate, weighted_cohen},
    kendall::kendall,
};

fn cases() -> Option<Vec<Json>> {
    Some(read(&real_data::folder()?.join("../reference/agreement-vectors.json")))
}

fn read(file: &Path) -> Vec<Json> {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_str(&text).expect("a JSON array of cases")
}

fn rows(matrix: &Json) -> Vec<&Vec<Json>> {
    matrix.as_array().expect("rows").iter().map(|row| row.as_array().expect("a row")).collect()
}

/// A rating as text: the file has numbers and labels.
fn category(rating: &Json) -> String {
    rating.as_str().map_or_else(|| rating.to_string(), str::to_owned)
}

/// The case's ratings, in whichever shape it has them.
fn data(case: &Json) -> ReliabilityData<String> {
    if let Some(raters) = case.get("raters_by_units") {
        let mut units = vec![Unit::new(); rows(raters)[0].len()];
        for rater in rows(raters) {
            for (unit, rating) in units.iter_mut().zip(rater).filter(|(_, rating)| !rating.is_null()) {
                unit.add(&category(rating));
            }
        }
        return units.into_iter().collect();
    }
    let unit = |counts: &Vec<Json>| -> Unit<String> {
        let times = |count: &Json| usize::try_from(count.as_u64().expect("a count")).expect("small");
        counts.iter().enumerate().flat_map(|(place, count)| vec![place.to_string(); times(count)]).collect()
    };
    rows(&case["units_by_categories"]).into_iter().map(unit).collect()
}

fn numbers(case: &Json) -> ReliabilityData<Value> {
    data(case).try_map(|text| text.parse()).expect("numbers")
}

fn crossed(case: &Json) -> CrossedRatings<Value> {
    let value = |rating: &Json| category(rating).parse::<Value>().expect("a number");
    let lines =
        |matrix| rows(matrix).into_iter().map(|line| line.iter().map(value).collect::<Vec<_>>()).collect::<Vec<_>>();
    let ratings = match case.get("units_by_raters") {
        Some(units) => CrossedRatings::from_units(lines(units)),
        None => CrossedRatings::from_annotators(lines(&case["raters_by_units"])),
    };
    ratings.expect("complete")
}

fn alpha_figure(case: &Json, name: &str) -> f64 {
    let level = match name {
        "nominal" => return alpha::nominal(&data(case)).expect("defined"),
        "ordinal" => Level::Ordinal,
        "interval" => Level::Interval,
        "ratio" => Level::Ratio,
        _ => panic!("no such level: {name}"),
    };
    stele_agreement::alpha(&numbers(case), level).expect("defined")
}

fn icc_figure(case: &Json, name: &str) -> f64 {
    let (model, reliance) = match name {
        "ICC(1,1)" => (Model::OneWay, Reliance::Single),
        "ICC(2,1)" | "ICC(A,1)" => (Model::TwoWayRandom, Reliance::Single),
        "ICC(3,1)" | "ICC(C,1)" => (Model::TwoWayMixed, Reliance::Single),
        "ICC(1,k)" => (Model::OneWay, Reliance::Mean),
        "ICC(2,k)" => (Model::TwoWayRandom, Reliance::Mean),
        "ICC(3,k)" => (Model::TwoWayMixed, Reliance::Mean),
        _ => panic!("no such correlation: {name}"),
    };
    icc(&crossed(case), model, reliance).expect("defined").value
}

fn kendall_figure(case: &Json, name: &str) -> f64 {
    let concordance = kendall(&crossed(case)).expect("defined");
    match name {
        "corrected" => concordance.w,
        "uncorrected" => concordance.uncorrected,
        _ => panic!("no such concordance: {name}"),
    }
}

fn cohen_figure(case: &Json, name: &str) -> f64 {
    let matrix = rows(&case["table"]);
    let cells = matrix.iter().enumerate().flat_map(|(first, row)| {
        row.iter().enumerate().map(move |(second, count)| (first, second, count.as_i64().expect("a count")))
    });
    let table: PairTable<usize> = cells.collect();
    let scale = Scale::evenly_spaced(0..matrix.len()).expect("distinct");
    let plain = cohen(&table).expect("defined");
    let linear = weighted_cohen(&table, &scale, Weighting::Linear).expect("defined");
    match name {
        "kappa" => plain.value,
        "ase" => plain.standard_error,
        "ci_low" => plain.interval(Confidence::NINETY_FIVE).low,
        "ci_high" => plain.interval(Confidence::NINETY_FIVE).high,
        "linear" => linear.value,
        "linear_ase" => linear.standard_error,
        _ => panic!("no such kappa: {name}"),
    }
}

fn gwet_figures(case: &Json, name: &str) -> Vec<f64> {
    let data = numbers(case);
    let scale = Scale::of_numbers(data.categories().into_iter().copied()).expect("distinct");
    let ac1 = gwet_estimate(&data, &scale, Weighting::Identity).expect("defined");
    let interval = ac1.interval(Confidence::NINETY_FIVE);
    match name {
        "AC1" => vec![ac1.value],
        "AC1_se" => vec![ac1.standard_error],
        "AC1_ci" => vec![interval.low, interval.high],
        "AC2_quadratic" => vec![gwet(&data, &scale, Weighting::Quadratic).expect("defined")],
        "fleiss" => vec![fleiss(&data).expect("defined")],
        "krippendorff_nominal" => vec![alpha::nominal(&data).expect("defined")],
        _ => panic!("no such coefficient: {name}"),
    }
}

fn figures(case: &Json, name: &str) -> Vec<f64> {
    match case["statistic"].as_str().expect("a name") {
        "alpha" => vec![alpha_figure(case, name)],
        "fleiss_kappa" => vec![fleiss(&data(case)).expect("defined")],
        "cohen_kappa" => vec![cohen_figure(case, name)],
        "gwet" => gwet_figures(case, name),
        "icc" => vec![icc_figure(case, name)],
        "kendall_w" => vec![kendall_figure(case, name)],
        statistic => panic!("no such statistic: {statistic}"),
    }
}

fn expected(figure: &Json) -> Vec<f64> {
    let number = |figure: &Json| figure.as_f64().expect("a number");
    figure.as_array().map_or_else(|| vec![number(figure)], |list| list.iter().map(number).collect())
}

#[test]
fn every_published_figure_is_met() {
    let Some(cases) = cases() else { return };
    let mut met = 0;
    // Not a coefficient of agreement, but a model of the annotators.
    for case in cases.iter().filter(|case| case["statistic"] != "dawid_skene") {
        let tolerance = case["tolerance"].as_f64().expect("a number");
        let all: &Map<String, Json> = case["expected"].as_object().expect("figures by name");
        for (name, published) in all {
            let (found, published) = (figures(case, name), expected(published));
            assert_eq!(found.len(), published.len(), "{} {name}", case["name"]);
            for (found, published) in found.into_iter().zip(published) {
                assert!((found - published).abs() <= tolerance, "{} {name}: {found}, not {published}", case["name"]);
                met += 1;
            }
        }
    }
    assert!(met >= 41, "only {met} figures");
}
