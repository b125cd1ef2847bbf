//! Answers that don't depend on the task: one side, one answer, one run.

use super::{Clears, Found, Profile, Rule, Rules, Strength, clearing::fewest_answers, if_counted};
use crate::{
    annotator::{Answers, NoFigure},
    probability::{OutOfRange, benjamini_hochberg, run_at_least},
};

/// One annotator's test: whose, what was seen, how likely by chance, whether it is large enough to matter.
struct Test {
    place: usize,
    rule: Rule,
    exact: f64,
    large: bool,
    clears: Clears,
}

/// The tests that are large enough and still unlikely among so many.
fn discoveries(tests: Vec<Test>, rate: f64) -> Result<Vec<Found>, NoFigure> {
    let p_values: Vec<f64> = tests.iter().map(|test| test.exact).collect();
    let adjusted = benjamini_hochberg(&p_values).map_err(|_| NoFigure::Impossible)?;
    let kept = tests.into_iter().zip(adjusted).filter(|(test, adjusted)| test.large && *adjusted <= rate);
    let found = kept.map(|(test, adjusted)| {
        (test.place, test.rule, Strength::PValue { exact: test.exact, adjusted }, rate, test.clears)
    });
    Ok(found.collect())
}

pub(super) fn position_bias<A, C: Ord + Clone>(
    profiles: &[&Profile<A, C>],
    rules: &Rules,
) -> Result<Vec<Found>, NoFigure> {
    let mut tests = Vec::new();
    for (place, profile) in profiles.iter().enumerate() {
        let Some(share) = if_counted(profile.position.left_share())? else { continue };
        let (left, right) = profile.position.decisive()?;
        let exact = profile.position.p_value()?;
        let large = (share - 0.5).abs() >= rules.side_distance;
        let balanced = |more: u64| {
            left.abs_diff(right) as f64 / 2.0 < rules.side_distance * (left as f64 + right as f64 + more as f64)
        };
        let clears = if large { fewest_answers(balanced) } else { None };
        let clears = clears
            .map_or(Clears::Review("the side of a response was not left to chance"), Clears::BalancedPreferences);
        tests.push(Test { place, rule: Rule::PositionBias { left, right }, exact, large, clears });
    }
    discoveries(tests, rules.discovery_rate)
}

pub(super) fn straight_lining<A, C: Ord + Clone>(
    profiles: &[&Profile<A, C>],
    rules: &Rules,
) -> Result<Vec<Found>, NoFigure> {
    let pool = pool(profiles);
    let mut tests = Vec::new();
    for (place, profile) in profiles.iter().enumerate() {
        let Some(answers) = enough(&profile.answers, rules)? else { continue };
        let (answer, modal) = profile.answers.modal()?;
        let exact = profile.answers.modal_p_value(&pool)?;
        let large = profile.answers.modal_share()? > rules.modal_share;
        let of_others = pool.of(answer) as f64 - profile.answers.of(answer) as f64;
        let others = pool.total()?.saturating_sub(answers) as f64;
        let varied = |more: u64| {
            let expected = if others > 0.0 { more as f64 * of_others / others } else { 0.0 };
            modal as f64 + expected <= rules.modal_share * (answers as f64 + more as f64)
        };
        let clears = if large { fewest_answers(varied) } else { None };
        let clears = clears.map_or(Clears::Review("nearly all tasks have this answer"), Clears::VariedAnswers);
        tests.push(Test { place, rule: Rule::StraightLining { modal, answers }, exact, large, clears });
    }
    discoveries(tests, rules.discovery_rate)
}

pub(super) fn long_runs<A, C: Ord + Clone>(
    profiles: &[&Profile<A, C>],
    rules: &Rules,
) -> Result<Vec<Found>, NoFigure> {
    let pool = pool(profiles);
    let mut tests = Vec::new();
    for (place, profile) in profiles.iter().enumerate() {
        let (Some(answers), Some(run)) = (enough(&profile.answers, rules)?, profile.longest_run) else { continue };
        let shares = profile.answers.shares_of_others(&pool)?;
        let exact = probability_of_run(run, answers, &shares).map_err(|_| NoFigure::Impossible)?;
        let large = run as f64 >= rules.run_share * answers as f64;
        let clears = Clears::Review("the tasks of the run have the same right answer");
        tests.push(Test { place, rule: Rule::LongRun { run, answers }, exact, large, clears });
    }
    discoveries(tests, rules.discovery_rate)
}

fn probability_of_run(run: u64, answers: u64, shares: &[f64]) -> Result<f64, OutOfRange> {
    let size = |number| usize::try_from(number).map_err(|_| OutOfRange("a series fits the memory"));
    run_at_least(size(run)?, size(answers)?, shares)
}

fn pool<A, C: Ord + Clone>(profiles: &[&Profile<A, C>]) -> Answers<C> {
    let mut pool = Answers::new();
    for profile in profiles {
        pool.merge(&profile.answers);
    }
    pool
}

/// The number of answers, if they are enough for a statement on their kind.
fn enough<C: Ord>(answers: &Answers<C>, rules: &Rules) -> Result<Option<u64>, NoFigure> {
    Ok(if_counted(answers.total())?.filter(|&total| total >= rules.fewest))
}
