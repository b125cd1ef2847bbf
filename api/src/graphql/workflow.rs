//! What happens to a project's tasks, on the wire.

use async_graphql::{Enum, InputObject, SimpleObject};
use stele_domain::{
    Probability,
    form::QuestionKey,
    project::{ConsensusRule, Redundancy, ReviewMode, Workflow},
};

use super::refusal::Refusal;

/// What happens to a project's tasks.
#[derive(InputObject)]
pub(super) struct WorkflowInput {
    /// How long a claimed task is kept for its annotator, in seconds: 1 to 86,400.
    #[graphql(default = 1800)]
    lease_seconds: u32,
    /// The share of claims that get a gold task, as long as there is one that the annotator has not done: 0 to 0.5.
    #[graphql(default = 0.0)]
    gold_rate: f64,
    /// Which annotations are reviewed.
    #[graphql(default_with = "ReviewModeEnum::None")]
    review: ReviewModeEnum,
    /// The share of annotations that is reviewed: 0 to 1. With `SAMPLED`, and only then.
    review_share: Option<f64>,
    /// When a task's annotators agree well enough; without it, every task gets all its annotators.
    consensus: Option<ConsensusRuleInput>,
}

/// When a task's annotators agree well enough.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "ConsensusRule", input_name = "ConsensusRuleInput")]
pub(super) struct ConsensusRuleInput {
    /// The key of the question that they have to agree on: a preference, a choice, or a rating of the task.
    question: String,
    /// How many annotators a task gets at least. More are added one by one, up to its redundancy, while they disagree.
    min: u16,
    /// How probable the answer with most votes has to be: more than 0.5 and less than 1.
    confidence: f64,
    /// How probable it is that an annotator gives the right answer: more than that of a guess, and less than 1.
    accuracy: f64,
}

/// Which annotations are reviewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "ReviewMode")]
pub(super) enum ReviewModeEnum {
    /// None of them, unless a reviewer picks one.
    None,
    /// A share of them, drawn at random when they are submitted.
    Sampled,
    /// Every one.
    All,
    /// Those of tasks whose annotators disagree to the end.
    Disagreement,
}

/// What happens to a project's tasks.
#[derive(SimpleObject)]
#[graphql(name = "Workflow")]
pub(super) struct WorkflowObject {
    /// How long a claimed task is kept for its annotator, in seconds.
    lease_seconds: u32,
    /// The share of claims that get a gold task.
    gold_rate: f64,
    /// Which annotations are reviewed.
    review: ReviewModeEnum,
    /// The share of annotations that is reviewed, with `SAMPLED`.
    review_share: Option<f64>,
    /// When a task's annotators agree well enough.
    consensus: Option<ConsensusRuleInput>,
}

impl Default for WorkflowInput {
    fn default() -> Self {
        let Workflow { lease_seconds, gold_rate, .. } = Workflow::default();
        let review = ReviewModeEnum::None;
        Self { lease_seconds, gold_rate: gold_rate.get(), review, review_share: None, consensus: None }
    }
}

impl WorkflowInput {
    pub(super) fn read(self) -> Result<Workflow, Refusal> {
        let review = match (self.review, self.review_share) {
            (ReviewModeEnum::Sampled, Some(share)) => ReviewMode::Sampled(probability(share)?),
            (ReviewModeEnum::Sampled, None) | (_, Some(_)) => {
                let reason = "`reviewShare` is given with the review mode SAMPLED, and only then";
                return Err(Refusal::new("BAD_WORKFLOW", &reason));
            }
            (ReviewModeEnum::None, None) => ReviewMode::None,
            (ReviewModeEnum::All, None) => ReviewMode::All,
            (ReviewModeEnum::Disagreement, None) => ReviewMode::Disagreement,
        };
        let consensus = self.consensus.map(ConsensusRuleInput::read).transpose()?;
        let (lease_seconds, gold_rate) = (self.lease_seconds, probability(self.gold_rate)?);
        Ok(Workflow { lease_seconds, gold_rate, review, consensus })
    }
}

impl ConsensusRuleInput {
    fn read(self) -> Result<ConsensusRule, Refusal> {
        Ok(ConsensusRule {
            question: QuestionKey::try_from(self.question).map_err(|error| Refusal::new("BAD_WORKFLOW", &error))?,
            min: Redundancy::try_from(self.min).map_err(|error| Refusal::new("BAD_REDUNDANCY", &error))?,
            confidence: probability(self.confidence)?,
            accuracy: probability(self.accuracy)?,
        })
    }
}

impl From<ConsensusRule> for ConsensusRuleInput {
    fn from(rule: ConsensusRule) -> Self {
        Self {
            question: rule.question.into(),
            min: rule.min.get(),
            confidence: rule.confidence.get(),
            accuracy: rule.accuracy.get(),
        }
    }
}

impl From<Workflow> for WorkflowObject {
    fn from(workflow: Workflow) -> Self {
        let (review, review_share) = match workflow.review {
            ReviewMode::None => (ReviewModeEnum::None, None),
            ReviewMode::Sampled(share) => (ReviewModeEnum::Sampled, Some(share.get())),
            ReviewMode::All => (ReviewModeEnum::All, None),
            ReviewMode::Disagreement => (ReviewModeEnum::Disagreement, None),
        };
        Self {
            lease_seconds: workflow.lease_seconds,
            gold_rate: workflow.gold_rate.get(),
            review,
            review_share,
            consensus: workflow.consensus.map(Into::into),
        }
    }
}

fn probability(number: f64) -> Result<Probability, Refusal> {
    Probability::try_from(number).map_err(|error| Refusal::new("BAD_WORKFLOW", &error))
}
