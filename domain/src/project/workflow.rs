//! What happens to a project's tasks between the first claim and a settled result.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Redundancy;
use crate::{
    Probability,
    form::{Form, QuestionKey},
    task::MAX_LEASE_SECONDS,
};

/// How long a lease lasts where the project does not say, in seconds.
const DEFAULT_LEASE_SECONDS: u32 = 30 * 60;

/// What happens to a project's tasks between the first claim and a settled result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workflow {
    /// How long a claimed task is kept for its annotator, in seconds: 1 to 86,400.
    pub lease_seconds: u32,
    /// The share of claims that get a gold task, as long as there is one that the annotator has not done.
    pub gold_rate: Probability,
    /// Which annotations are reviewed.
    pub review: ReviewMode,
    /// When a task's annotators agree well enough; absent where every task gets all its annotators, whatever they say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consensus: Option<ConsensusRule>,
}

/// Which annotations are reviewed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReviewMode {
    /// None of them, unless a reviewer picks one.
    #[default]
    None,
    /// A share of them, drawn at random when they are submitted.
    Sampled(Probability),
    /// Every one.
    All,
    /// Those of tasks whose annotators disagree to the end.
    Disagreement,
}

/// When a task's annotators agree well enough.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsensusRule {
    /// The question that they have to agree on: a preference, a choice, or a rating of the task.
    pub question: QuestionKey,
    /// How many annotators a task gets at least. More are added, up to its redundancy, while they disagree.
    pub min: Redundancy,
    /// How probable the answer with most votes has to be: more than 0.5.
    pub confidence: Probability,
    /// How probable it is that an annotator gives the right answer: more than that of a guess, and less than 1.
    pub accuracy: Probability,
}

/// Why a workflow does not suit its project.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WorkflowError {
    /// The lease would last no time, or too long.
    #[error("a lease lasts 1 to {MAX_LEASE_SECONDS} seconds, not {0}")]
    Lease(u32),
    /// Nobody would get any work but gold tasks.
    #[error("the share of gold tasks is 0 to 0.5, not {0}")]
    GoldRate(Probability),
    /// Disagreement is to be reviewed, and nothing says what it is.
    #[error("reviewing disagreement needs a consensus rule that says on which question")]
    DisagreementOnNothing,
    /// The consensus rule names a question that the form does not have.
    #[error("the consensus rule names the question `{0}`, which the form does not have")]
    NoSuchQuestion(QuestionKey),
    /// The consensus rule names a question whose answers can't be counted.
    #[error("the consensus rule names the question `{0}`, which is no preference, choice, or rating of the task")]
    NotCategorical(QuestionKey),
    /// A task would start with more annotators than it may have.
    #[error("the consensus rule starts with {min} annotators, more than the redundancy of {redundancy}")]
    TooMany {
        /// How many it starts with.
        min: Redundancy,
        /// How many a task may have.
        redundancy: Redundancy,
    },
    /// Any answer would do.
    #[error("the confidence of the consensus rule is more than 0.5 and less than 1, not {0}")]
    Confidence(Probability),
    /// Annotators would be no better than dice, or infallible.
    #[error(
        "the accuracy of the consensus rule is more than {chance}, that of a guess, and less than 1, not {given}"
    )]
    Accuracy {
        /// The probability that a guess is right.
        chance: f64,
        /// The accuracy given.
        given: Probability,
    },
}

impl Default for Workflow {
    fn default() -> Self {
        Self {
            lease_seconds: DEFAULT_LEASE_SECONDS,
            gold_rate: Probability::ZERO,
            review: ReviewMode::None,
            consensus: None,
        }
    }
}

impl Workflow {
    /// Whether it is the one that a project has that says nothing of it.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it suits a project with this form and this redundancy.
    pub fn check(&self, form: &Form, redundancy: Redundancy) -> Result<(), WorkflowError> {
        if !(1..=MAX_LEASE_SECONDS).contains(&self.lease_seconds) {
            return Err(WorkflowError::Lease(self.lease_seconds));
        }
        if self.gold_rate.get() > 0.5 {
            return Err(WorkflowError::GoldRate(self.gold_rate));
        }
        match &self.consensus {
            Some(rule) => rule.check(form, redundancy),
            None if self.review == ReviewMode::Disagreement => Err(WorkflowError::DisagreementOnNothing),
            None => Ok(()),
        }
    }

    /// What a task needs to know of it, given the form in force.
    #[must_use]
    pub fn standards(&self, form: &Form) -> Standards {
        let consensus = self.consensus.as_ref().and_then(|rule| {
            let answers = form.question(&rule.question)?.kind.categories()?;
            Some(ConsensusStandard { rule: rule.clone(), answers })
        });
        Standards { review: self.review, consensus }
    }
}

impl ConsensusRule {
    fn check(&self, form: &Form, redundancy: Redundancy) -> Result<(), WorkflowError> {
        let question = form.question(&self.question);
        let question = question.ok_or_else(|| WorkflowError::NoSuchQuestion(self.question.clone()))?;
        let answers = question.kind.categories();
        let answers = answers.ok_or_else(|| WorkflowError::NotCategorical(self.question.clone()))?;
        if self.min > redundancy {
            return Err(WorkflowError::TooMany { min: self.min, redundancy });
        }
        if self.confidence.get() <= 0.5 || self.confidence == Probability::ONE {
            return Err(WorkflowError::Confidence(self.confidence));
        }
        let chance = 1.0 / f64::from(answers);
        if self.accuracy.get() <= chance || self.accuracy == Probability::ONE {
            return Err(WorkflowError::Accuracy { chance, given: self.accuracy });
        }
        Ok(())
    }
}

/// What a task needs to know of its project's workflow to say what follows from an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standards {
    /// Which annotations are reviewed.
    pub review: ReviewMode,
    /// When its annotators agree well enough.
    pub consensus: Option<ConsensusStandard>,
}

/// A consensus rule, with how many answers its question has.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsensusStandard {
    /// The rule.
    pub rule: ConsensusRule,
    /// How many answers the question has.
    pub answers: u32,
}
