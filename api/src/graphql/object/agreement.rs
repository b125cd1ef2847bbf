//! How far annotators agree.

use async_graphql::{Context, Object, Result, SimpleObject};
use stele_domain::{ProjectId, form::QuestionKey};
use stele_projections::agreement::{self, AgreementFigures, PairFigures};
use uuid::Uuid;

use super::MAX_PAGE;
use crate::{Api, graphql::fault};

pub(super) struct AgreementObject {
    pub(super) project: ProjectId,
    pub(super) question: QuestionKey,
    pub(super) figures: AgreementFigures,
}

/// A figure, or why it is undefined.
#[derive(SimpleObject)]
struct Coefficient {
    /// The figure.
    value: Option<f64>,
    /// Why there is none.
    undefined_because: Option<String>,
}

impl Coefficient {
    fn new<E: ToString>(figure: &Result<f64, E>) -> Self {
        Self {
            value: figure.as_ref().ok().copied(),
            undefined_because: figure.as_ref().err().map(ToString::to_string),
        }
    }
}

/// How far annotators agree on one question. A unit is a task; its values are the annotations that count: a
/// preference's outcome without its strength, a rating's number, a choice's option.
#[Object(name = "Agreement")]
impl AgreementObject {
    /// The question.
    async fn question(&self) -> &str {
        self.question.as_str()
    }

    /// Labels that count.
    async fn labels(&self) -> u64 {
        self.figures.labels
    }

    /// Units with at least one label.
    async fn units(&self) -> u64 {
        self.figures.units
    }

    /// Units with at least two labels, which are what agreement is about.
    async fn pairable_units(&self) -> u64 {
        self.figures.pairable_units
    }

    /// Krippendorff's alpha for nominal data: 1 is perfect agreement, 0 what chance would give.
    async fn nominal_alpha(&self) -> Coefficient {
        Coefficient::new(&self.figures.nominal_alpha)
    }

    /// The mean share of agreeing pairs within a unit, 0 to 1.
    async fn percent_agreement(&self) -> Coefficient {
        Coefficient::new(&self.figures.percent_agreement)
    }

    /// Every two annotators who labelled the same unit, those with the most units first; at most 100.
    #[graphql(complexity = "usize::try_from(first).unwrap_or(0) * child_complexity")]
    async fn pairs(
        &self,
        context: &Context<'_>,
        #[graphql(default = 20, validator(minimum = 1, maximum = 100))] first: i32,
    ) -> Result<Vec<PairObject>> {
        debug_assert!(usize::try_from(first).is_ok_and(|first| first <= MAX_PAGE));
        let ledger = &context.data::<Api>()?.ledger;
        let pairs = agreement::pairs(ledger, self.project, &self.question, first.into())
            .await
            .map_err(|error| fault::internal(context, &error))?;
        Ok(pairs.into_iter().map(Into::into).collect())
    }
}

/// How often two annotators gave the same label.
#[derive(SimpleObject)]
#[graphql(name = "AnnotatorPair")]
struct PairObject {
    /// The one with the lesser id.
    annotator_a: Uuid,
    /// The other.
    annotator_b: Uuid,
    /// Units that both labelled.
    both: u64,
    /// Units on which they agree.
    same: u64,
    /// The share of the two, 0 to 1.
    percent_agreement: Coefficient,
}

impl From<PairFigures> for PairObject {
    fn from(pair: PairFigures) -> Self {
        Self {
            annotator_a: pair.annotator_a.uuid(),
            annotator_b: pair.annotator_b.uuid(),
            both: pair.count.both,
            same: pair.count.same,
            percent_agreement: Coefficient::new(&pair.count.agreement()),
        }
    }
}
