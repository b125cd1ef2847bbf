//! The crowd of LLMFAO: 8,931 comparisons of model outputs by 124 workers (Ustalov 2023;
//! <https://github.com/dustalov/llmfao>, `crowd-comparisons.csv`).

mod real_data;

use real_data::Judgement;
use stele_agreement::{
    annotator::{Clears, Position, Profile, Rule, Rules, Side, Strength, dispersion, flags},
    probability::median,
};

fn judgements() -> Option<Vec<Judgement>> {
    let text = String::from_utf8(real_data::bytes(&real_data::folder()?.join("llmfao/crowd-comparisons.csv")));
    // id, prompt, model_x, model_y, worker, winner, and then names that may hold anything
    let judgement = |line: &str| {
        let fields: Vec<&str> = line.splitn(7, ',').collect();
        Judgement { unit: fields[0].into(), annotator: fields[4].into(), answer: fields[5].into() }
    };
    Some(text.expect("UTF-8").lines().skip(1).map(judgement).collect())
}

fn side(answer: &str) -> Side {
    match answer {
        "left" => Side::Left,
        "right" => Side::Right,
        "tie" => Side::Tie,
        other => panic!("{other} is no side"),
    }
}

fn profiles() -> Option<Vec<Profile<String, String>>> {
    let judgements = judgements()?;
    let mut profiles = real_data::profiles(&judgements);
    for judgement in &judgements {
        profiles.get_mut(&judgement.annotator).expect("counted").position.add(side(&judgement.answer));
    }
    Some(profiles.into_values().collect())
}

/// The p-value of scipy 1.17.1, `stats.binomtest(2911, 5460)`.
#[test]
fn the_crowd_prefers_the_left() {
    let Some(judgements) = judgements() else { return };
    let position: Position = judgements.iter().map(|judgement| side(&judgement.answer)).collect();
    assert_eq!(position.decisive(), Ok((2911, 2549)));
    assert_eq!(position.of(&Side::Tie), 3471);
    assert!((position.left_share().expect("decisive") - 0.533_15).abs() < 5e-6);
    assert!((position.p_value().expect("decisive") - 1.022_652_027_951_9e-6).abs() < 1e-15);
}

#[test]
fn one_worker_is_flagged_as_straight_lining_and_nobody_else() {
    let Some(profiles) = profiles() else { return };
    let flags = flags(&profiles, &Rules::default()).expect("counts");
    let found: Vec<_> = flags.iter().filter(|flag| matches!(flag.rule, Rule::StraightLining { .. })).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].annotator, "32");
    assert_eq!(found[0].rule, Rule::StraightLining { modal: 21, answers: 21 });
    // 21 + 4 · .326 of 25 answers are less than .9 of them, and 21 + 3 · .326 of 24 are not.
    assert_eq!(found[0].clears, Clears::VariedAnswers(4));
}

/// Adjusted p-values of scipy 1.17.1, `stats.false_discovery_control` over the workers with a preference.
#[test]
fn workers_who_prefer_a_side_are_flagged_if_it_is_more_than_a_little() {
    let Some(profiles) = profiles() else { return };
    let mut found: Vec<_> = flags(&profiles, &Rules::default())
        .expect("counts")
        .into_iter()
        .filter_map(|flag| match (flag.rule, flag.strength) {
            (Rule::PositionBias { left, right }, Strength::PValue { adjusted, .. }) => {
                Some((flag.annotator, left, right, adjusted, flag.clears))
            }
            _ => None,
        })
        .collect();
    found.sort_by(|one, other| one.3.total_cmp(&other.3).then(one.0.cmp(&other.0)));
    let expected = [
        ("20", 204, 86, 3.999_277_937_578_893_4e-10, 104),
        ("32", 21, 0, 5.289_039_146_319_473_6e-05, 50),
        ("37", 73, 25, 5.289_039_146_319_473_6e-05, 63),
        ("121", 27, 7, 0.025_463_254_656_642_675, 33),
        ("79", 18, 3, 0.036_943_054_199_218_75, 30),
    ];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, (worker, left, right, adjusted, more)) in found.iter().zip(expected) {
        assert_eq!((found.0.as_str(), found.1, found.2), (worker, left, right));
        assert!((found.3 - adjusted).abs() < 1e-9 * adjusted, "{}", found.3);
        assert_eq!(found.4, Clears::BalancedPreferences(more));
    }
}

/// Figures by the same formulas in numpy 2 and scipy 1.17.1, `stats.beta.cdf`.
#[test]
fn three_workers_agree_with_the_others_less_than_the_crowd() {
    let Some(profiles) = profiles() else { return };
    let dispersion = dispersion(profiles.iter().map(|profile| &profile.agreement)).expect("counts");
    assert!((dispersion - 0.478_961_329_816_583).abs() < 1e-12, "{dispersion}");
    let found: Vec<_> = flags(&profiles, &Rules::default())
        .expect("counts")
        .into_iter()
        .filter_map(|flag| match (flag.rule, flag.strength) {
            (Rule::LowAgreement(evidence), Strength::Posterior(below)) => Some((flag.annotator, evidence, below)),
            _ => None,
        })
        .collect();
    let expected = [("15", 0.999_999_995_567_441_8), ("2", 0.996_895_481_320_772_9), ("20", 0.973_942_553_669_028)];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((annotator, evidence, below), (worker, probability)) in found.iter().zip(expected) {
        assert_eq!(annotator, worker);
        assert!((below - probability).abs() < 1e-10, "{annotator}: {below}");
        assert!((evidence.floor - 0.431_809_091_323_304_8).abs() < 1e-12, "{}", evidence.floor);
        assert!(evidence.interval.0 < evidence.mean && evidence.mean < evidence.interval.1);
    }
}

#[test]
fn half_of_the_workers_answer_in_more_than_one_bit() {
    let Some(profiles) = profiles() else { return };
    let entropies: Vec<f64> = profiles.iter().map(|profile| profile.answers.entropy().expect("answers")).collect();
    assert!(entropies.iter().all(|entropy| (0.0..=3.0_f64.log2()).contains(entropy)));
    let middle = median(&entropies).expect("workers");
    assert!((middle - 1.448_815_635_725_184_7).abs() < 1e-12, "{middle}");
}
