//! Statistics of complete blocks, as published and as other packages calculate them.

use stele_agreement::{
    Confidence, CrossedRatings, Undefined, Value,
    icc::{Model, Reliance, icc},
    kendall::kendall,
};

const FORMS: [(Model, Reliance); 6] = [
    (Model::OneWay, Reliance::Single),
    (Model::TwoWayRandom, Reliance::Single),
    (Model::TwoWayMixed, Reliance::Single),
    (Model::OneWay, Reliance::Mean),
    (Model::TwoWayRandom, Reliance::Mean),
    (Model::TwoWayMixed, Reliance::Mean),
];

/// Shrout & Fleiss (1979), table 2: six people rated by four judges.
const SHROUT_FLEISS: [[i32; 4]; 6] =
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]];

/// Three raters' scores of the anxiety of twenty people, of the R package irr.
const ANXIETY: [[i32; 20]; 3] = [
    [3, 3, 3, 4, 5, 5, 2, 3, 5, 2, 2, 6, 1, 5, 2, 2, 1, 2, 4, 3],
    [3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4],
    [2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2],
];

fn shrout_fleiss() -> CrossedRatings<Value> {
    CrossedRatings::from_units(SHROUT_FLEISS.map(|unit| unit.map(Value::from))).expect("complete")
}

fn anxiety() -> CrossedRatings<Value> {
    CrossedRatings::from_annotators(ANXIETY.map(|rater| rater.map(Value::from))).expect("complete")
}

#[track_caller]
fn assert_near(figure: f64, expected: f64, tolerance: f64) {
    assert!((figure - expected).abs() <= tolerance, "{figure} isn't {expected} ± {tolerance}");
}

/// Asserts the six forms: value, F, p, and the 95 % interval.
#[track_caller]
fn assert_forms(ratings: &CrossedRatings<Value>, expected: [[f64; 5]; 6]) {
    for ((model, reliance), [value, f, p, low, high]) in FORMS.into_iter().zip(expected) {
        let figure = icc(ratings, model, reliance).expect("defined");
        assert_near(figure.value, value, 1e-13);
        assert_near(figure.f, f, 1e-12);
        assert_near(figure.p, p, 1e-12);
        let interval = figure.interval(Confidence::NINETY_FIVE);
        assert_near(interval.low, low, 1e-9);
        assert_near(interval.high, high, 1e-9);
    }
}

/// Shrout & Fleiss print .17, .29, .71, .44, .62 and .91. Values, F and p are those of the package pingouin 0.6.1
/// (`intraclass_corr`), which prints the intervals with two decimals; these are of their formulas with the F quantiles of
/// scipy 1.12.0.
#[test]
fn icc_of_six_people_and_four_judges() {
    let one_way = [1.794_678_492_239_468_3, 0.164_768_808_344_639_7];
    let two_way = [11.027_247_956_403_3, 0.000_134_566_516_484_334_76];
    let figures = |value: f64, [f, p]: [f64; 2], low: f64, high: f64| [value, f, p, low, high];
    let expected = [
        figures(0.165_741_768_405_475_5, one_way, -0.132_932_324_874_750_96, 0.722_560_062_328_121_1),
        figures(0.289_763_779_527_559_16, two_way, 0.018_786_513_374_712_044, 0.761_084_369_648_952_9),
        figures(0.714_840_714_840_715_4, two_way, 0.342_464_765_033_926_14, 0.945_858_259_955_359_7),
        figures(0.442_797_133_679_268_76, one_way, -0.884_442_155_238_119_6, 0.912_415_420_340_775_6),
        figures(0.620_050_547_598_989_3, two_way, 0.071_136_815_302_503_47, 0.927_232_040_167_721_9),
        figures(0.909_315_542_377_069_7, two_way, 0.675_674_713_816_305_5, 0.985_891_678_169_062_3),
    ];
    assert_forms(&shrout_fleiss(), expected);
}

/// The same packages.
#[test]
fn icc_of_twenty_people_and_three_raters() {
    let one_way = [1.636_462_289_744_980_8, 0.093_930_727_128_924_34];
    let two_way = [1.826_771_653_543_307, 0.056_201_273_547_497_85];
    let figures = |value: f64, [f, p]: [f64; 2], low: f64, high: f64| [value, f, p, low, high];
    let expected = [
        figures(0.175_022_381_378_692_92, one_way, -0.077_446_574_865_454_71, 0.484_336_093_818_819_8),
        figures(0.197_998_259_355_961_7, two_way, -0.038_910_626_093_160_43, 0.493_573_945_972_122_73),
        figures(0.216_049_382_716_049_34, two_way, -0.046_257_885_323_633_38, 0.522_259_078_395_643_8),
        figures(0.388_925_729_442_970_77, one_way, -0.274_923_489_878_687_9, 0.738_065_123_579_581_4),
        figures(0.425_498_753_117_206_9, two_way, -0.126_582_702_709_460_26, 0.745_149_288_545_21),
        figures(0.452_586_206_896_551_7, two_way, -0.152_921_286_654_073_23, 0.766_330_800_234_059_4),
    ];
    assert_forms(&anxiety(), expected);
}

fn of_units(units: &[[f64; 3]]) -> CrossedRatings<Value> {
    let values = units.iter().map(|unit| unit.map(|number| Value::new(number).expect("finite")));
    CrossedRatings::from_units(values).expect("complete")
}

#[test]
fn icc_is_one_without_error() {
    let same = of_units(&[[1.0, 1.0, 1.0], [2.0, 2.0, 2.0], [4.0, 4.0, 4.0]]);
    for (model, reliance) in FORMS {
        let figure = icc(&same, model, reliance).expect("defined");
        assert_near(figure.value, 1.0, 1e-15);
        assert_near(figure.p, 0.0, 1e-15);
        let interval = figure.interval(Confidence::NINETY_FIVE);
        assert_near(interval.low, 1.0, 1e-12);
        assert_near(interval.high, 1.0, 1e-12);
    }
    // They differ by a constant only.
    let consistent = of_units(&[[1.0, 2.0, 4.0], [2.0, 3.0, 5.0], [3.0, 4.0, 6.0]]);
    assert_near(icc(&consistent, Model::TwoWayMixed, Reliance::Single).expect("defined").value, 1.0, 1e-15);
    assert!(icc(&consistent, Model::TwoWayRandom, Reliance::Single).expect("defined").value < 0.5);
}

#[test]
fn icc_needs_variance() {
    let constant = of_units(&[[0.1; 3]; 4]);
    let equal = of_units(&[[1.0, 2.0, 3.0], [2.0, 3.0, 1.0], [3.0, 1.0, 2.0]]);
    for (model, reliance) in FORMS {
        assert_eq!(icc(&constant, model, reliance).err(), Some(Undefined::OneCategory));
    }
    assert_eq!(icc(&equal, Model::OneWay, Reliance::Mean).err(), Some(Undefined::EqualUnits));
    assert_near(icc(&equal, Model::OneWay, Reliance::Single).expect("defined").value, -0.5, 1e-15);
}

/// W and p of the anxiety scores: the R package irr prints .540 and .0429; digits by scipy 1.12.0, `friedmanchisquare`.
#[test]
fn kendall_of_twenty_people_and_three_raters() {
    let concordance = kendall(&anxiety()).expect("defined");
    assert_near(concordance.w, 0.539_656_875_954_369_8, 1e-14);
    assert_near(concordance.uncorrected, 0.501_921_470_342_523, 1e-12);
    assert_near(concordance.chi_squared, 30.760_441_929_399_08, 1e-12);
    assert_near(concordance.p, 0.042_883_473_126_947, 1e-12);
    assert_eq!(concordance.freedom, 19);
}

/// The same of Shrout & Fleiss's table, where the raters of the ranking are the judges.
#[test]
fn kendall_of_six_people_and_four_judges() {
    let concordance = kendall(&shrout_fleiss()).expect("defined");
    assert_near(concordance.w, 0.887_037_037_037_037_1, 1e-14);
    assert_near(concordance.chi_squared, 17.740_740_740_740_74, 1e-12);
    assert_near(concordance.p, 0.003_289_509_243_680_281, 1e-13);
}
