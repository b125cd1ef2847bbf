//! How good the answers to a question are: how far annotators agree, what they say together, and whom to look at.

mod agreement;
mod annotator;
mod coefficient;
mod consensus;
mod distribution;
mod drift;
mod flag;
mod group;
mod leaderboard;
mod pair;
mod position;
mod reliability;
mod series;
mod stand_in;

use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use stele_domain::form::QuestionKind;
use stele_projections::{
    directory,
    quality::{AnnotatorKind, Judgment, Only, Pairs, Scope, Tally},
};
use tokio::sync::{OnceCell, OwnedSemaphorePermit};
use uuid::Uuid;

use self::{
    agreement::AgreementObject,
    annotator::AnnotatorProfile,
    consensus::{ConsensusMethod, ConsensusObject, TiePolicyEnum},
    distribution::{CategoryCount, ModelRatings},
    drift::Drift,
    flag::OutlierFlag,
    group::GroupsObject,
    leaderboard::Leaderboard,
    pair::AnnotatorPair,
    position::PositionObject,
    reliability::{NoiseEnum, ReliabilityLeaderboard},
    series::{Period, SeriesPoint},
    stand_in::StandInObject,
};
use crate::{
    Api,
    graphql::{fault, position::PositionScalar},
};

/// Of which labels the figures are: those that meet all that is asked for.
#[derive(InputObject, Default)]
pub(in crate::graphql) struct LabelFilter {
    /// Of tasks with this tag.
    tag: Option<String>,
    /// Of tasks with a response of this model.
    model: Option<String>,
    /// That answer this version of the form.
    #[graphql(validator(minimum = 1))]
    form_version: Option<u32>,
    /// Given at this time or later; of imported answers it is when they were given, not when they were imported.
    said_from: Option<DateTime<Utc>>,
    /// Given before this time.
    said_before: Option<DateTime<Utc>>,
    /// Of people, or of machines.
    annotators: Option<AnnotatorKindEnum>,
}

/// What gives labels.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "AnnotatorKind")]
enum AnnotatorKindEnum {
    /// People.
    Human,
    /// Models and other programs.
    Machine,
}

impl From<LabelFilter> for Only {
    fn from(filter: LabelFilter) -> Self {
        Self {
            tag: filter.tag,
            model: filter.model,
            form_version: filter.form_version,
            said_from: filter.said_from.map(Into::into),
            said_before: filter.said_before.map(Into::into),
            annotators: filter.annotators.map(|kind| match kind {
                AnnotatorKindEnum::Human => AnnotatorKind::Human,
                AnnotatorKindEnum::Machine => AnnotatorKind::Machine,
            }),
        }
    }
}

/// The quality of the answers to one question.
pub(super) struct QualityObject {
    scope: Scope,
    kind: QuestionKind,
    tally: OnceCell<Arc<Tally>>,
    judgments: OnceCell<Labels>,
}

/// Every label, and the place among those who look at every label.
struct Labels {
    judgments: Arc<Vec<Judgment>>,
    _place: OwnedSemaphorePermit,
}

impl QualityObject {
    pub(super) fn new(scope: Scope, kind: QuestionKind) -> Self {
        Self { scope, kind, tally: OnceCell::new(), judgments: OnceCell::new() }
    }

    async fn tally(&self, context: &Context<'_>) -> Result<Arc<Tally>> {
        let counted = self.tally.get_or_try_init(async || {
            if self.scope.is_everything_now() {
                let ledger = &context.data::<Api>()?.ledger;
                return match Tally::of(ledger, &self.scope).await {
                    Ok(tally) => Ok(Arc::new(tally)),
                    Err(error) => Err(fault::internal(context, &error)),
                };
            }
            let judgments = self.judgments(context).await?;
            calculate(context, move || Arc::new(Tally::of_judgments(&judgments))).await
        });
        counted.await.cloned()
    }

    async fn counted_pairs(&self, context: &Context<'_>) -> Result<Pairs> {
        if self.scope.is_everything_now() {
            let ledger = &context.data::<Api>()?.ledger;
            return Pairs::of(ledger, &self.scope).await.map_err(|error| fault::internal(context, &error));
        }
        let judgments = self.judgments(context).await?;
        calculate(context, move || Pairs::of_judgments(&judgments)).await
    }

    /// Every label: what some figures take a look at each of.
    async fn judgments(&self, context: &Context<'_>) -> Result<Arc<Vec<Judgment>>> {
        let read = self.judgments.get_or_try_init(async || {
            let Api { ledger, label_readers, .. } = context.data::<Api>()?;
            let place = label_readers.place().await.map_err(|error| fault::internal(context, &error))?;
            let judgments = self.scope.judgments(ledger).await.map_err(|error| fault::internal(context, &error))?;
            Ok(Labels { judgments: Arc::new(judgments), _place: place })
        });
        read.await.map(|labels| Arc::clone(&labels.judgments))
    }
}

/// Calculates where it keeps nobody waiting.
async fn calculate<T: Send + 'static>(context: &Context<'_>, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| fault::internal(context, &error))
}

/// How good the answers to a question are. A unit is what is labelled: a task; for questions about each response, a response;
/// for comparisons, two of them; for steps, a step. Its labels are the answers of annotations that count, as categories: an
/// outcome, a number, an option.
#[Object(name = "Quality")]
impl QualityObject {
    /// The question.
    async fn question(&self) -> &str {
        self.scope.question.as_str()
    }

    /// As of which position the figures are; null for now.
    async fn known_at(&self) -> Option<PositionScalar> {
        self.scope.known_at.map(PositionScalar)
    }

    /// How far annotators agree.
    async fn agreement(&self, context: &Context<'_>) -> Result<AgreementObject> {
        let tally = self.tally(context).await?;
        AgreementObject::new(context, &tally, &self.kind)
    }

    /// Every two annotators who labelled the same unit, those with the most units first.
    #[graphql(complexity = "20 + usize::try_from(first).unwrap_or(0) * child_complexity")]
    async fn pairs(
        &self,
        context: &Context<'_>,
        #[graphql(default = 20, validator(minimum = 1, maximum = 100))] first: i32,
    ) -> Result<Vec<AnnotatorPair>> {
        let pairs = self.counted_pairs(context).await?;
        let first = usize::try_from(first).unwrap_or(0);
        calculate(context, move || pair::most_shared(&pairs, first)).await
    }

    /// What each annotator's answers are like, those with the most labels first.
    #[graphql(complexity = "50 + usize::try_from(first).unwrap_or(0) * child_complexity")]
    async fn annotators(
        &self,
        context: &Context<'_>,
        #[graphql(default = 20, validator(minimum = 1, maximum = 100))] first: i32,
    ) -> Result<Vec<AnnotatorProfile>> {
        let judgments = self.judgments(context).await?;
        let first = usize::try_from(first).unwrap_or(0);
        calculate(context, move || annotator::most_active(&judgments, first)).await
    }

    /// Whether an annotator's answers leave the others' in the course of time; null where no answer of theirs could tell.
    #[graphql(complexity = "50 + 20 * child_complexity")]
    async fn drift(&self, context: &Context<'_>, annotator_id: Uuid) -> Result<Option<Drift>> {
        let judgments = self.judgments(context).await?;
        calculate(context, move || drift::of(&judgments, annotator_id)).await
    }

    /// Annotators that a person should look at, and why. A flag is for review: it excludes nobody's answers.
    #[graphql(complexity = "100 + 20 * child_complexity")]
    async fn flags(&self, context: &Context<'_>) -> Result<Vec<OutlierFlag>> {
        let judgments = self.judgments(context).await?;
        let flags = calculate(context, move || flag::raised(&judgments)).await?;
        flags.map_err(|error| fault::internal(context, &error))
    }

    /// Whether groups of annotators agree with themselves and with each other. A group is whoever has a skill now, such as
    /// `community:nurses`; somebody with several of these skills is of the first one's group.
    #[graphql(complexity = "50 + 10 * child_complexity")]
    async fn groups(
        &self,
        context: &Context<'_>,
        #[graphql(validator(min_items = 1, max_items = 20))] skills: Vec<String>,
    ) -> Result<GroupsObject> {
        let ledger = &context.data::<Api>()?.ledger;
        let groups =
            directory::holders_of(ledger, &skills).await.map_err(|error| fault::internal(context, &error))?;
        let judgments = self.judgments(context).await?;
        calculate(context, move || GroupsObject::of(&judgments, &groups)).await
    }

    /// Which side is preferred, where a question compares responses.
    async fn position(&self, context: &Context<'_>) -> Result<PositionObject> {
        Ok(self.tally(context).await?.position().into())
    }

    /// How often each category was chosen, the most frequent first.
    async fn distribution(&self, context: &Context<'_>) -> Result<Vec<CategoryCount>> {
        let tally = self.tally(context).await?;
        Ok(distribution::by_category(&tally))
    }

    /// How the responses of each model were rated, where a question is about each response.
    async fn models(&self, context: &Context<'_>) -> Result<Vec<ModelRatings>> {
        let tally = self.tally(context).await?;
        Ok(distribution::by_model(&tally))
    }

    /// Which models' responses are preferred, where a question compares responses. Null where no two models were compared.
    #[graphql(complexity = "50 + 20 * child_complexity")]
    async fn leaderboard(&self, context: &Context<'_>) -> Result<Option<Leaderboard>> {
        let tally = self.tally(context).await?;
        calculate(context, move || Leaderboard::of(&tally)).await
    }

    /// The same where annotators are more or less reliable, and count for as much. Null where no two models were compared.
    #[graphql(complexity = "100 + 50 * child_complexity")]
    async fn reliability_leaderboard(
        &self,
        context: &Context<'_>,
        #[graphql(default_with = "NoiseEnum::Side", desc = "What an annotator does who does not judge.")]
        noise: NoiseEnum,
    ) -> Result<Option<ReliabilityLeaderboard>> {
        let judgments = self.judgments(context).await?;
        calculate(context, move || ReliabilityLeaderboard::of(&judgments, noise)).await
    }

    /// What annotators say together of each unit.
    #[graphql(complexity = "100 + child_complexity")]
    async fn consensus(
        &self,
        context: &Context<'_>,
        method: ConsensusMethod,
        #[graphql(
            default_with = "TiePolicyEnum::Shared",
            desc = "What becomes of a unit for which several categories have the most votes. Models know no ties."
        )]
        ties: TiePolicyEnum,
        #[graphql(
            default = 50,
            validator(minimum = 1, maximum = 200),
            desc = "How many rounds a model is fitted in at most. With few labels an annotator, fewer rounds may be nearer to the truth."
        )]
        rounds: u32,
    ) -> Result<ConsensusObject> {
        let judgments = self.judgments(context).await?;
        calculate(context, move || ConsensusObject::of(&judgments, method, ties, rounds)).await
    }

    /// Labels and agreement over time, by when the labels were given: periods with a label, in order, 1,000 at most.
    #[graphql(complexity = "50 + 20 * child_complexity")]
    async fn series(&self, context: &Context<'_>, every: Period) -> Result<Vec<SeriesPoint>> {
        let judgments = self.judgments(context).await?;
        calculate(context, move || series::by_period(&judgments, every)).await
    }

    /// Whether each machine among the annotators could stand in for a person: the alternative annotator test.
    #[graphql(complexity = "100 + 5 * child_complexity")]
    async fn stand_ins(
        &self,
        context: &Context<'_>,
        #[graphql(
            default = 0.2,
            validator(minimum = 0, maximum = 1),
            desc = "How much worse than a person a machine may be, for being cheaper: 0.2 where people are experts, 0.1 in a crowd."
        )]
        epsilon: f64,
    ) -> Result<Vec<StandInObject>> {
        let judgments = self.judgments(context).await?;
        calculate(context, move || stand_in::tested(&judgments, epsilon)).await
    }
}
