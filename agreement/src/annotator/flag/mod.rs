//! Flags: which annotators a person should look at, and on what evidence.

mod answer_rules;
mod clearing;
mod magnitude_rules;
mod profile;
mod rate_rules;
mod rules;

pub use profile::Profile;
pub use rate_rules::RateEvidence;
pub use rules::{Floor, Rules};

use super::NoFigure;
use crate::probability::OutOfRange;

/// A reason to look at what an annotator does.
///
/// **A flag is for review. It never excludes an answer.** It says that counts are not what chance among like
/// annotators gives, and not why: the annotator may be careless, or may see what others don't, have been given other
/// tasks, or belong to a group that judges otherwise (see [`crate::group`]). Each flag says what it is made of and
/// what would clear it.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag<A> {
    /// Who is flagged.
    pub annotator: A,
    /// The rule, with the evidence it saw.
    pub rule: Rule,
    /// How strong the evidence is.
    pub strength: Strength,
    /// What the strength was held against.
    pub threshold: f64,
    /// What would clear the flag, if all else stays.
    pub clears: Clears,
}

/// A rule that was met, with the evidence it saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// The others agree too seldom.
    LowAgreement(RateEvidence),
    /// Too few gold tasks are answered rightly.
    LowGold(RateEvidence),
    /// The same content is too seldom answered the same way again.
    LowConsistency(RateEvidence),
    /// One side is preferred.
    PositionBias {
        /// Preferences for the left.
        left: u64,
        /// Preferences for the right.
        right: u64,
    },
    /// Nearly all answers are the same.
    StraightLining {
        /// How often the most frequent answer was given.
        modal: u64,
        /// All answers.
        answers: u64,
    },
    /// The same answer was given many times in a row.
    LongRun {
        /// The longest run.
        run: u64,
        /// All answers.
        answers: u64,
    },
    /// Ratings are much higher (a positive mean) or lower than the others' ratings of the same.
    Leniency {
        /// The mean residual, in steps of the scale.
        mean: f64,
        /// The median of the annotators' mean residuals.
        pool: f64,
        /// The ratings compared.
        ratings: u64,
    },
    /// Answers come much sooner than others', and others seldom agree with them. Speed alone is no reason.
    Speed {
        /// The annotator's median duration in milliseconds.
        median: f64,
        /// The median of the annotators' median durations in milliseconds.
        pool: f64,
        /// The answers whose duration is known.
        answers: u64,
        /// The agreement with the others, which meets [`LowAgreement`](Self::LowAgreement) too.
        agreement: RateEvidence,
    },
    /// Many answers came sooner than a third of their task's median and than it can be read.
    Haste {
        /// Such answers.
        hasty: u64,
        /// The answers whose duration is known.
        answers: u64,
    },
}

impl Rule {
    /// The rule's name, such as `low_agreement`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::LowAgreement(_) => "low_agreement",
            Self::LowGold(_) => "low_gold",
            Self::LowConsistency(_) => "low_consistency",
            Self::PositionBias { .. } => "position_bias",
            Self::StraightLining { .. } => "straight_lining",
            Self::LongRun { .. } => "long_run",
            Self::Leniency { .. } => "leniency",
            Self::Speed { .. } => "speed",
            Self::Haste { .. } => "haste",
        }
    }
}

/// How strong the evidence is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strength {
    /// The probability that the rate is below its floor.
    Posterior(f64),
    /// The probability of such counts by chance.
    PValue {
        /// Of this annotator alone, exact.
        exact: f64,
        /// Adjusted for all annotators of the question, by Benjamini & Hochberg: what the threshold is held against.
        adjusted: f64,
    },
    /// The distance from the median of the pool in robust standard deviations; negative below it.
    RobustZ(f64),
    /// A share of answers.
    Share(f64),
}

/// What would clear a flag: a number where one can be had, counted with the pool and all thresholds as they are now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clears {
    /// So many further answers that succeed at the pool's rate.
    AnswersAtPoolRate(u64),
    /// So many further preferences, as many for each side.
    BalancedPreferences(u64),
    /// So many further answers distributed as the others' are.
    VariedAnswers(u64),
    /// So many further answers of which none is hasty.
    UnhurriedAnswers(u64),
    /// A mean residual within these bounds, in steps of the scale.
    MeanResidual {
        /// The lowest that is not flagged.
        lowest: f64,
        /// The highest that is not flagged.
        highest: f64,
    },
    /// A median duration of at least so many milliseconds, or an agreement that is no longer low.
    MedianDuration(f64),
    /// No number of answers: a person has looked and found the reason named.
    Review(&'static str),
}

/// Why no flags can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlagError {
    /// A threshold is no threshold.
    #[error(transparent)]
    Rules(#[from] OutOfRange),
    /// Two profiles are of one annotator.
    #[error("an annotator has two profiles")]
    Twice,
    /// The counts of an annotator are impossible: silence about it would say that nothing is wrong.
    #[error(transparent)]
    Counts(#[from] NoFigure),
}

/// A flag of the annotator at a place in the sorted profiles.
type Found = (usize, Rule, Strength, f64, Clears);

/// The flags of all annotators of one question, by annotator and then in the order of [`Rule`].
///
/// The same profiles in any order give the same flags. A rule for which an annotator has no counts doesn't apply.
/// What each rule asks is said at [`Rules`].
pub fn flags<A: Ord + Clone, C: Ord + Clone>(
    profiles: &[Profile<A, C>],
    rules: &Rules,
) -> Result<Vec<Flag<A>>, FlagError> {
    let rules = rules.checked()?;
    let mut sorted: Vec<&Profile<A, C>> = profiles.iter().collect();
    sorted.sort_by(|one, other| one.annotator.cmp(&other.annotator));
    if sorted.windows(2).any(|pair| pair[0].annotator == pair[1].annotator) {
        return Err(FlagError::Twice);
    }
    let mut found = rate_rules::found(&sorted, rules)?;
    found.extend(answer_rules::position_bias(&sorted, rules)?);
    found.extend(answer_rules::straight_lining(&sorted, rules)?);
    found.extend(answer_rules::long_runs(&sorted, rules)?);
    found.extend(magnitude_rules::leniency(&sorted, rules)?);
    let speed = magnitude_rules::speed(&sorted, rules, &found)?;
    found.extend(speed);
    found.extend(magnitude_rules::haste(&sorted, rules)?);
    // Stable: the flags of one annotator stay in the order of the rules.
    found.sort_by_key(|&(place, ..)| place);
    let flag = |(place, rule, strength, threshold, clears): Found| {
        let annotator = sorted[place].annotator.clone();
        Flag { annotator, rule, strength, threshold, clears }
    };
    Ok(found.into_iter().map(flag).collect())
}

/// A figure that may not apply to an annotator: nothing counted is no error, but impossible counts are.
fn if_counted<T>(figure: Result<T, NoFigure>) -> Result<Option<T>, NoFigure> {
    match figure {
        Ok(figure) => Ok(Some(figure)),
        Err(NoFigure::NothingCounted | NoFigure::NoVariation) => Ok(None),
        Err(NoFigure::Impossible) => Err(NoFigure::Impossible),
    }
}
