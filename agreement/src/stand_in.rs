//! The alternative annotator test: whether a model may stand in for human annotators.

use std::{cmp::Ordering, collections::BTreeMap};

use crate::probability::{OutOfRange, benjamini_yekutieli, checked_share, signed_rank_test_below, t_test_below};

/// How the test is made; the default is what the fields say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// `ε`, 0 to 1: how much worse than a human the stand-in may be, for being cheaper and faster.
    ///
    /// The paper advises .2 where the humans are experts (the default), .15 where they are skilled, .1 in a crowd.
    pub epsilon: f64,
    /// `q`, the false discovery rate over annotators; .05.
    pub discovery_rate: f64,
    /// The fewest instances that an annotator must share with others and with the stand-in, at least 2; 30.
    ///
    /// Annotators with fewer are left out. If it is below 30, those with fewer than 30 are tested by signed ranks.
    pub fewest_instances: usize,
    /// `ω` from which the stand-in passes, 0 to 1; ½.
    pub winning_rate: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { epsilon: 0.2, discovery_rate: 0.05, fewest_instances: 30, winning_rate: 0.5 }
    }
}

/// The stand-in against one annotator, before the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Duel<A> {
    /// The annotator left out.
    pub annotator: A,
    /// The instances compared.
    pub instances: usize,
    /// The share of instances where the stand-in is as close to the other annotators as this one, or closer: `ρ^f`.
    pub advantage: f64,
    /// The share of instances where this annotator is as close to the others as the stand-in, or closer: `ρ^h`.
    pub annotator_advantage: f64,
    /// The p-value of `ρ^f ≤ ρ^h − ε`, one-sided.
    pub p_value: f64,
    /// The p-value adjusted over annotators by Benjamini & Yekutieli.
    pub adjusted: f64,
    /// Whether the stand-in wins: the adjusted p-value is at most the false discovery rate.
    pub won: bool,
}

/// What the test found.
#[derive(Clone, Debug, PartialEq)]
pub struct StandIn<A> {
    /// The duels, by annotator.
    pub duels: Vec<Duel<A>>,
    /// `ω`, the share of annotators whom the stand-in wins against.
    pub winning_rate: f64,
    /// `ρ`, the mean of the stand-in's advantages: a figure to compare stand-ins by.
    pub advantage: f64,
    /// Whether `ω` is at least what the settings ask.
    pub passes: bool,
    /// Annotators with too few instances, in order.
    pub left_out: Vec<A>,
}

/// Why the test can't be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StandInError {
    /// A setting is out of its range.
    #[error(transparent)]
    Settings(#[from] OutOfRange),
    /// Nobody shares enough instances with another annotator and the stand-in.
    #[error("no annotator has enough instances in common with another and with the stand-in")]
    NothingToCompare,
}

/// Tests whether a stand-in, such as a model, agrees with the annotators as well as one of them does with the others.
///
/// Each annotator is left out in turn. On each instance that others and the stand-in have judged too it is asked who
/// is closer to the others, the stand-in or the one left out; a tie counts for both. The stand-in wins if its share
/// is larger than the annotator's less `ε`: by a one-sided t-test of the differences, or by exact signed ranks of
/// fewer than 30. With Benjamini & Yekutieli's correction `ω` is the share of annotators won against; at least half
/// of them, and a stand-in is better than hiring one more of them.
///
/// `closer` compares the stand-in's answer (first) with the annotator's (second) by the others' answers, of which
/// there is at least one: `Greater` if the first is closer. [`by_matches`] and [`by_squared_error`] are the paper's.
///
/// At least two annotators an instance; three or more are advised, and 50 to 100 instances. That annotators are
/// good is supposed and not tested: a stand-in that errs as careless annotators do passes.
///
/// Source: Calderon, Reichart & Dror (2025), "The Alternative Annotator Test for LLM-as-a-Judge", *ACL*, section 3.
pub fn stand_in_test<A: Ord + Clone, U: Ord, V>(
    annotators: &BTreeMap<A, BTreeMap<U, V>>,
    stand_in: &BTreeMap<U, V>,
    closer: impl Fn(&V, &V, &[&V]) -> Ordering,
    settings: Settings,
) -> Result<StandIn<A>, StandInError> {
    let settings = settings.checked()?;
    let (mut duels, mut left_out) = (Vec::new(), Vec::new());
    let by_unit = answers_by_unit(annotators);
    for (annotator, own) in annotators {
        let outcomes = outcomes(annotator, own, &by_unit, stand_in, &closer);
        if outcomes.len() < settings.fewest_instances {
            left_out.push(annotator.clone());
        } else {
            duels.push(duel(annotator.clone(), &outcomes, settings.epsilon)?);
        }
    }
    if duels.is_empty() {
        return Err(StandInError::NothingToCompare);
    }
    judge(duels, left_out, settings)
}

/// Closer is who is the same as more of the others.
///
/// The comparison to make of labels; the paper's accuracy.
#[must_use]
pub fn by_matches<V: PartialEq>(one: &V, other: &V, others: &[&V]) -> Ordering {
    let matches = |answer: &V| others.iter().filter(|third| **third == answer).count();
    matches(one).cmp(&matches(other))
}

/// Closer is whose squared distances from the others have the smaller sum.
///
/// The comparison to make of finite numbers; the paper's negative RMSE, without the root and the mean, which change
/// no order.
#[must_use]
pub fn by_squared_error(one: &f64, other: &f64, others: &[&f64]) -> Ordering {
    let error = |answer: &f64| others.iter().map(|third| (answer - **third).powi(2)).sum::<f64>();
    error(other).total_cmp(&error(one))
}

impl Settings {
    fn checked(self) -> Result<Self, OutOfRange> {
        checked_share(self.epsilon, "epsilon is between 0 and 1")?;
        checked_share(self.discovery_rate, "a false discovery rate is between 0 and 1")?;
        checked_share(self.winning_rate, "a winning rate is between 0 and 1")?;
        if self.fewest_instances < 2 { Err(OutOfRange("a test needs two instances")) } else { Ok(self) }
    }
}

/// Who answered what, by unit and then by annotator.
type ByUnit<'a, A, U, V> = BTreeMap<&'a U, Vec<(&'a A, &'a V)>>;

fn answers_by_unit<A, U: Ord, V>(annotators: &BTreeMap<A, BTreeMap<U, V>>) -> ByUnit<'_, A, U, V> {
    let mut by_unit = ByUnit::new();
    for (annotator, answers) in annotators {
        for (unit, answer) in answers {
            by_unit.entry(unit).or_default().push((annotator, answer));
        }
    }
    by_unit
}

/// On each instance, by unit, whether the stand-in or the annotator is closer to the others.
fn outcomes<A: Ord, U: Ord, V>(
    annotator: &A,
    own: &BTreeMap<U, V>,
    by_unit: &ByUnit<'_, A, U, V>,
    stand_in: &BTreeMap<U, V>,
    closer: impl Fn(&V, &V, &[&V]) -> Ordering,
) -> Vec<Ordering> {
    let mut outcomes = Vec::new();
    for (unit, own) in own {
        let answers = by_unit.get(unit).into_iter().flatten();
        let others: Vec<&V> = answers.filter(|(other, _)| *other != annotator).map(|&(_, answer)| answer).collect();
        if let Some(answer) = stand_in.get(unit).filter(|_| !others.is_empty()) {
            outcomes.push(closer(answer, own, &others));
        }
    }
    outcomes
}

fn duel<A>(annotator: A, outcomes: &[Ordering], epsilon: f64) -> Result<Duel<A>, OutOfRange> {
    let share =
        |loses: Ordering| outcomes.iter().filter(|&&outcome| outcome != loses).count() as f64 / outcomes.len() as f64;
    // The annotator's indicator less the stand-in's: a tie counts for both.
    let differences: Vec<f64> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Ordering::Less => 1.0,
            Ordering::Equal => 0.0,
            Ordering::Greater => -1.0,
        })
        .collect();
    let p_value = if outcomes.len() < 30 {
        signed_rank_test_below(&differences, epsilon)?
    } else {
        t_test_below(&differences, epsilon)?
    };
    Ok(Duel {
        annotator,
        instances: outcomes.len(),
        advantage: share(Ordering::Less),
        annotator_advantage: share(Ordering::Greater),
        p_value,
        adjusted: p_value,
        won: false,
    })
}

fn judge<A>(mut duels: Vec<Duel<A>>, left_out: Vec<A>, settings: Settings) -> Result<StandIn<A>, StandInError> {
    let p_values: Vec<f64> = duels.iter().map(|duel| duel.p_value).collect();
    for (duel, adjusted) in duels.iter_mut().zip(benjamini_yekutieli(&p_values)?) {
        duel.adjusted = adjusted;
        duel.won = adjusted <= settings.discovery_rate;
    }
    let mean = |sum: f64| sum / duels.len() as f64;
    let winning_rate = mean(duels.iter().filter(|duel| duel.won).count() as f64);
    let advantage = mean(duels.iter().map(|duel| duel.advantage).sum());
    Ok(StandIn { winning_rate, advantage, passes: winning_rate >= settings.winning_rate, duels, left_out })
}
