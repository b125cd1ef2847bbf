//! How far annotators agree.

use async_graphql::{Context, Enum, Object, Result};
use stele_agreement::{
    Level, NotAValue, ReliabilityData, Value, alpha,
    kappa::{Scale, Weighting, fleiss, gwet},
    percent,
    reliability_data::Totals,
};
use stele_domain::form::QuestionKind;
use stele_projections::quality::Tally;

use super::{calculate, coefficient::EstimatedCoefficient};
use crate::graphql::fault;

/// How far annotators agree on a question.
pub(super) struct AgreementObject {
    data: ReliabilityData<String>,
    totals: Totals,
    level: LevelEnum,
}

/// What the distance of two categories is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "LevelOfMeasurement")]
enum LevelEnum {
    /// Categories are the same or not.
    Nominal,
    /// Numbers whose order counts.
    Ordinal,
    /// Numbers whose differences count.
    Interval,
    /// Amounts, whose ratios count: from zero upwards.
    Ratio,
}

/// How much two numbers agree, from 1 for the same down to 0.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "AgreementWeights")]
enum WeightsEnum {
    /// By their distance.
    Linear,
    /// By the square of their distance.
    Quadratic,
    /// By how many of the numbers that were chosen lie between them.
    Ordinal,
}

impl AgreementObject {
    pub(super) fn new(context: &Context<'_>, tally: &Tally, kind: &QuestionKind) -> Result<Self> {
        let data = tally.ratings();
        let totals = data.totals().map_err(|error| fault::internal(context, &error))?;
        let level = match kind {
            QuestionKind::Rating(_) => LevelEnum::Ordinal,
            QuestionKind::Scalar(_) => LevelEnum::Interval,
            _ => LevelEnum::Nominal,
        };
        Ok(Self { data, totals, level })
    }
}

/// How far annotators agree on a question.
#[Object(name = "Agreement")]
impl AgreementObject {
    /// Labels that count.
    async fn labels(&self) -> u32 {
        self.totals.ratings
    }

    /// Units with at least one label.
    async fn units(&self) -> u32 {
        self.totals.units
    }

    /// Units with at least two labels, which are what agreement is about.
    async fn pairable_units(&self) -> u32 {
        self.totals.pairable_units
    }

    /// Krippendorff's alpha: 1 is perfect agreement, 0 what chance would give. The level is by default that of the question:
    /// ordinal for ratings, interval for scalars, else nominal.
    async fn alpha(&self, context: &Context<'_>, level: Option<LevelEnum>) -> Result<EstimatedCoefficient> {
        let (data, level) = (self.data.clone(), level.unwrap_or(self.level));
        calculate(context, move || alpha_of(&data, level)).await
    }

    /// The mean share of a label's unit's other labels that are the same, 0 to 1.
    async fn percent_agreement(&self, context: &Context<'_>) -> Result<EstimatedCoefficient> {
        let data = self.data.clone();
        calculate(context, move || EstimatedCoefficient::of(&data, percent::of_values)).await
    }

    /// Fleiss's kappa, generalised to units with different numbers of labels.
    async fn fleiss_kappa(&self, context: &Context<'_>) -> Result<EstimatedCoefficient> {
        let data = self.data.clone();
        calculate(context, move || EstimatedCoefficient::of(&data, fleiss)).await
    }

    /// Gwet's AC1, which stays meaningful where nearly all labels are of one category. Categories that nobody chose are
    /// not counted.
    async fn gwet_ac1(&self, context: &Context<'_>) -> Result<EstimatedCoefficient> {
        let data = self.data.clone();
        calculate(context, move || {
            let scale = Scale::of(&data);
            EstimatedCoefficient::of(&data, |data| gwet(data, &scale, Weighting::Identity))
        })
        .await
    }

    /// Gwet's AC2: the same for numbers, where labels that are near each other agree in part. Numbers that nobody chose are not
    /// counted.
    async fn gwet_ac2(
        &self,
        context: &Context<'_>,
        #[graphql(default_with = "WeightsEnum::Ordinal", desc = "How much two numbers agree.")] weights: WeightsEnum,
    ) -> Result<EstimatedCoefficient> {
        let data = self.data.clone();
        calculate(context, move || gwet_ac2_of(&data, weights)).await
    }
}

fn gwet_ac2_of(data: &ReliabilityData<String>, weights: WeightsEnum) -> EstimatedCoefficient {
    let weighting = match weights {
        WeightsEnum::Linear => Weighting::Linear,
        WeightsEnum::Quadratic => Weighting::Quadratic,
        WeightsEnum::Ordinal => Weighting::Ordinal,
    };
    let values: Result<ReliabilityData<Value>, NotAValue> = data.try_map(|category| category.parse());
    let values = match values {
        Ok(values) => values,
        Err(error) => return EstimatedCoefficient::undefined(&error),
    };
    match Scale::of_numbers(values.categories().into_iter().copied()) {
        Ok(scale) => EstimatedCoefficient::of(&values, |data| gwet(data, &scale, weighting)),
        Err(error) => EstimatedCoefficient::undefined(&error),
    }
}

fn alpha_of(data: &ReliabilityData<String>, level: LevelEnum) -> EstimatedCoefficient {
    let level = match level {
        LevelEnum::Nominal => return EstimatedCoefficient::of(data, alpha::nominal),
        LevelEnum::Ordinal => Level::Ordinal,
        LevelEnum::Interval => Level::Interval,
        LevelEnum::Ratio => Level::Ratio,
    };
    let values: Result<ReliabilityData<Value>, NotAValue> = data.try_map(|category| category.parse());
    match values {
        Ok(values) => EstimatedCoefficient::of(&values, |data| alpha::alpha(data, level)),
        Err(error) => EstimatedCoefficient::undefined(&error),
    }
}
