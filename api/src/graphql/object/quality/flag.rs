//! Whom a person should look at, and on what evidence.

use async_graphql::{Enum, SimpleObject};
use stele_agreement::annotator::flag::{Clears, Flag, FlagError, RateEvidence, Rule, Rules, Strength, flags};
use stele_domain::ParticipantId;
use stele_projections::quality::{Judgment, profiles};
use uuid::Uuid;

/// A reason to look at what an annotator does. It excludes nobody's answers, and says that they are unusual, not why.
#[derive(SimpleObject)]
pub(super) struct OutlierFlag {
    /// Who.
    annotator_id: Uuid,
    /// The rule that was met.
    rule: OutlierRule,
    /// What it was met by, in words.
    evidence: String,
    /// The probability that a rate is below its floor, where the rule is of a rate.
    posterior: Option<f64>,
    /// The exact probability of such counts by chance, where the rule is a test.
    p_value: Option<f64>,
    /// The same, adjusted for all annotators of the question (Benjamini & Hochberg): what the threshold is held against.
    adjusted_p_value: Option<f64>,
    /// The distance from the median annotator in robust standard deviations, where the rule is of a size.
    robust_z: Option<f64>,
    /// A share of answers, where the rule is of one.
    share: Option<f64>,
    /// What the figure was held against.
    threshold: f64,
    /// What would clear the flag, in words, if all else stays.
    cleared_by: String,
}

/// A rule by which annotators are flagged.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum OutlierRule {
    /// Others agree too seldom.
    LowAgreement,
    /// Too few gold tasks are answered rightly.
    LowGoldAccuracy,
    /// The same content is too seldom answered the same way again.
    LowConsistency,
    /// One side is preferred.
    PositionBias,
    /// Nearly all answers are the same.
    StraightLining,
    /// The same answer was given many times in a row.
    LongRun,
    /// Ratings are much higher or lower than others' of the same.
    Leniency,
    /// Answers come much sooner than others', and others seldom agree with them.
    Speed,
    /// Many answers came sooner than the task can be read.
    Haste,
}

pub(super) fn raised(judgments: &[Judgment]) -> Result<Vec<OutlierFlag>, FlagError> {
    let raised = flags(&profiles(judgments), &Rules::default())?;
    Ok(raised.into_iter().map(Into::into).collect())
}

impl From<Flag<ParticipantId>> for OutlierFlag {
    fn from(flag: Flag<ParticipantId>) -> Self {
        let (rule, evidence) = told(flag.rule);
        let mut told = Self {
            annotator_id: flag.annotator.uuid(),
            rule,
            evidence,
            posterior: None,
            p_value: None,
            adjusted_p_value: None,
            robust_z: None,
            share: None,
            threshold: flag.threshold,
            cleared_by: cleared_by(flag.clears),
        };
        match flag.strength {
            Strength::Posterior(posterior) => told.posterior = Some(posterior),
            Strength::PValue { exact, adjusted } => {
                told.p_value = Some(exact);
                told.adjusted_p_value = Some(adjusted);
            }
            Strength::RobustZ(z) => told.robust_z = Some(z),
            Strength::Share(share) => told.share = Some(share),
        }
        told
    }
}

fn told(rule: Rule) -> (OutlierRule, String) {
    match rule {
        Rule::LowAgreement(rate) => (OutlierRule::LowAgreement, of_rate("others agree on", &rate)),
        Rule::LowGold(rate) => (OutlierRule::LowGoldAccuracy, of_rate("right are", &rate)),
        Rule::LowConsistency(rate) => (OutlierRule::LowConsistency, of_rate("said again are", &rate)),
        Rule::PositionBias { left, right } => (
            OutlierRule::PositionBias,
            format!("the response seen first is preferred {left} times, and the one seen second {right} times"),
        ),
        Rule::StraightLining { modal, answers } => {
            (OutlierRule::StraightLining, format!("{modal} of {answers} answers are the same"))
        }
        Rule::LongRun { run, answers } => {
            (OutlierRule::LongRun, format!("{run} of {answers} answers in a row are the same"))
        }
        Rule::Leniency { mean, pool, ratings } => (
            OutlierRule::Leniency,
            format!(
                "{ratings} ratings differ by {mean:.3} in the mean from others' of the same; the median annotator's by {pool:.3}"
            ),
        ),
        Rule::Speed { median, pool, answers, agreement } => (
            OutlierRule::Speed,
            format!(
                "{answers} answers took {:.1} s in the median, and {:.1} s with the median annotator; {}",
                median / 1_000.0,
                pool / 1_000.0,
                of_rate("others agree on", &agreement)
            ),
        ),
        Rule::Haste { hasty, answers } => (
            OutlierRule::Haste,
            format!(
                "{hasty} of {answers} answers took less than a third of their task's median, and than it takes to read it"
            ),
        ),
    }
}

fn of_rate(what: &str, rate: &RateEvidence) -> String {
    format!(
        "{what} {:.1} of {:.1}; the rate is believed to be between {:.3} and {:.3}, and {:.3} would be enough",
        rate.observed.successes(),
        rate.observed.trials(),
        rate.interval.0,
        rate.interval.1,
        rate.floor
    )
}

fn cleared_by(clears: Clears) -> String {
    match clears {
        Clears::AnswersAtPoolRate(more) => {
            format!("{more} more answers that succeed as often as the other annotators'")
        }
        Clears::BalancedPreferences(more) => format!("{more} more preferences, as many for each side"),
        Clears::VariedAnswers(more) => format!("{more} more answers that vary as others' do"),
        Clears::UnhurriedAnswers(more) => format!("{more} more answers without haste"),
        Clears::MeanResidual { lowest, highest } => {
            format!("a mean difference from others between {lowest:.3} and {highest:.3}")
        }
        Clears::MedianDuration(milliseconds) => {
            format!("a median of at least {:.1} s, or an agreement that is no longer low", milliseconds / 1_000.0)
        }
        Clears::Review(reason) => format!("a person's review: {reason}"),
    }
}
