//! How one verdict comes of several judgments: which of two responses is the better one, which category something is of.

mod panel;
mod scores;
mod votes;

use std::{
    cmp::Ordering,
    collections::{BTreeSet, HashMap},
    fmt,
};

use stele_agreement::{
    annotator::{FlagError, NoFigure},
    consensus::{DawidSkeneError, LabelsError},
    preference::Unfit,
    probability::OutOfRange,
};
use stele_domain::{
    ParticipantId,
    form::{Part, PreferenceOutcome},
    task::ResponseIndex,
};
use stele_recipe::{FlagRule, Method, Ties};
use uuid::Uuid;

use self::{
    panel::{Panel, Posteriors},
    votes::{Outcomes, majority_of},
};
use crate::replay::{JudgedTask, Judgment};

/// Why judgments could not be put together.
#[derive(Debug, thiserror::Error)]
#[error("the judgments can't be put together: {0}")]
pub struct VerdictError(String);

macro_rules! from {
    ($($error:ty),+) => {$(
        impl From<$error> for VerdictError {
            fn from(error: $error) -> Self {
                Self(error.to_string())
            }
        }
    )+};
}

from!(NoFigure, OutOfRange, FlagError, LabelsError, DawidSkeneError);

impl<I: fmt::Debug> From<Unfit<I>> for VerdictError
where
    Unfit<I>: fmt::Display,
{
    fn from(error: Unfit<I>) -> Self {
        Self(error.to_string())
    }
}

/// By what verdicts are reached, fitted to all judgments of a question where the method is of that kind.
pub(crate) enum Verdicts {
    /// By votes of one weight.
    Majority,
    /// By votes that weigh as much as their annotators agree with others.
    Weighted(HashMap<ParticipantId, f64>),
    /// By the probabilities that a model finds.
    Model(Posteriors),
    /// By the strengths of a task's responses.
    Strengths,
    /// By the means of numbers.
    Means,
}

/// Which of two responses is the better one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Comparative {
    /// What won, if anything did.
    pub(crate) outcome: Option<PreferenceOutcome>,
    /// How probable it is that the left one is the better one, from 0 to 1, by the method's own measure.
    pub(crate) left_probability: f64,
}

/// Which category something is of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Categorised {
    pub(crate) category: String,
    /// How probable it is, from 0 to 1, by the method's own measure.
    pub(crate) probability: f64,
}

impl Verdicts {
    /// Fits a method to the judgments of all tasks, which come in the order of the tasks' ids.
    pub(crate) fn by<'a>(
        method: Method,
        judged: impl Iterator<Item = (Uuid, &'a [Judgment])>,
    ) -> Result<Self, VerdictError> {
        Ok(match method {
            Method::Majority => Self::Majority,
            Method::Weighted => Self::Weighted(Panel::of(judged).weights()?),
            Method::DawidSkene => Self::Model(Panel::of(judged).posteriors()?),
            Method::BradleyTerry => Self::Strengths,
            Method::Mean => Self::Means,
        })
    }

    /// A number for each response of a task, the greater the better, where the method is of that kind.
    pub(crate) fn scores(&self, task: &JudgedTask) -> Result<Vec<f64>, VerdictError> {
        match self {
            Self::Strengths => scores::strengths(task),
            Self::Means => Ok(scores::means(task)),
            Self::Majority | Self::Weighted(_) | Self::Model(_) => Ok(Vec::new()),
        }
    }

    /// Which of two responses of a task its annotators find better; `scores` are those of the task.
    pub(crate) fn compare(
        &self,
        task: &JudgedTask,
        scores: &[f64],
        (left, right): (ResponseIndex, ResponseIndex),
        ties: Ties,
    ) -> Comparative {
        let mut outcomes = Outcomes::default();
        match self {
            Self::Majority | Self::Weighted(_) => {
                let compared = task.compared(left, right);
                compared.for_each(|(annotator, of)| outcomes.add(of.outcome, self.weight(annotator)));
                Comparative::of(outcomes.by(ties).majority(), outcomes.left_share())
            }
            Self::Model(posteriors) => {
                for (category, probability) in posteriors.of(task.id, Part::Pair(left, right)) {
                    category.parse().into_iter().for_each(|outcome| outcomes.add(outcome, rounded(probability)));
                }
                Comparative::of(outcomes.by(ties).greatest(), outcomes.left_share())
            }
            Self::Strengths | Self::Means => by_score(scores, left, right),
        }
    }

    /// Which category a part of a task is of, by what was said of it by whom.
    pub(crate) fn categorise(&self, task: Uuid, part: Part, said: &[(ParticipantId, String)]) -> Option<Categorised> {
        if let Self::Model(posteriors) = self {
            let each = posteriors.of(task, part).map(|(category, probability)| (category, rounded(probability)));
            let each: Vec<(&str, f64)> = each.collect();
            let greatest = each.iter().map(|(_, probability)| *probability).fold(0.0, f64::max);
            let mut leading = each.iter().filter(|(_, probability)| *probability >= greatest);
            return match (leading.next(), leading.next()) {
                (Some((category, probability)), None) => {
                    Some(Categorised { category: (*category).to_owned(), probability: *probability })
                }
                _ => None,
            };
        }
        let (category, share) =
            majority_of(said.iter().map(|(annotator, category)| (category, self.weight(*annotator))))?;
        Some(Categorised { category: category.clone(), probability: rounded(share) })
    }

    fn weight(&self, annotator: ParticipantId) -> f64 {
        match self {
            Self::Weighted(weights) => weights.get(&annotator).copied().unwrap_or(0.0),
            _ => 1.0,
        }
    }
}

impl Comparative {
    fn of(outcome: Option<PreferenceOutcome>, left_probability: f64) -> Self {
        Self { outcome, left_probability: rounded(left_probability) }
    }

    /// What was decided over the annotators' heads.
    pub(crate) fn decided(outcome: PreferenceOutcome) -> Self {
        let left_probability = match outcome {
            PreferenceOutcome::Left => 1.0,
            PreferenceOutcome::Right => 0.0,
            PreferenceOutcome::Tie | PreferenceOutcome::BothBad => 0.5,
        };
        Self { outcome: Some(outcome), left_probability }
    }
}

/// By the greater score. The share is a probability where scores are strengths.
fn by_score(scores: &[f64], left: ResponseIndex, right: ResponseIndex) -> Comparative {
    let of = |index: ResponseIndex| scores.get(usize::from(index.0)).copied();
    let Some((left, right)) = of(left).zip(of(right)) else { return Comparative::of(None, 0.5) };
    let outcome = match left.total_cmp(&right) {
        Ordering::Greater => PreferenceOutcome::Left,
        Ordering::Less => PreferenceOutcome::Right,
        Ordering::Equal => PreferenceOutcome::Tie,
    };
    Comparative::of(Some(outcome), left / (left + right))
}

/// A probability to nine decimal places: the last bits of a logarithm are another's on another machine.
fn rounded(probability: f64) -> f64 {
    (probability * 1e9).round() / 1e9
}

/// The annotators that one of these rules flags, by the judgments of all tasks.
pub(crate) fn flagged<'a>(
    judged: impl Iterator<Item = (Uuid, &'a [Judgment])>,
    by: &BTreeSet<FlagRule>,
) -> Result<BTreeSet<ParticipantId>, VerdictError> {
    Panel::of(judged).flagged(by)
}
