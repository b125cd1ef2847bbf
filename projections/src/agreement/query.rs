//! Asking how far annotators agree.

use stele_agreement::{Cell, Coincidences, PairCount, Undefined, nominal_alpha, observed_agreement};
use stele_domain::{ParticipantId, ProjectId, form::QuestionKey};
use stele_ledger::Ledger;

use crate::{ProjectionError, ViewName};

/// Agreement on one question of a project. A figure that is undefined says why.
#[derive(Clone, Debug, PartialEq)]
pub struct AgreementFigures {
    /// Labels that count.
    pub labels: u64,
    /// Units (tasks) with at least one label.
    pub units: u64,
    /// Units with at least two, which are what agreement is about.
    pub pairable_units: u64,
    /// Krippendorff's alpha for nominal data.
    pub nominal_alpha: Result<f64, Undefined>,
    /// The mean share of agreeing pairs, 0 to 1.
    pub percent_agreement: Result<f64, Undefined>,
}

/// How often two annotators gave the same label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairFigures {
    /// The one with the lesser id.
    pub annotator_a: ParticipantId,
    /// The other.
    pub annotator_b: ParticipantId,
    /// Units that both labelled, and those on which they agree.
    pub count: PairCount,
}

/// Agreement on one question of a project.
pub async fn figures(
    ledger: &Ledger,
    project: ProjectId,
    question: &QuestionKey,
) -> Result<AgreementFigures, ProjectionError> {
    let cells = sqlx::query!(
        "select ratings, first_value, second_value, pairs from agreement_coincidence
        where ledger_id = $1 and project_id = $2 and question = $3",
        ledger.id(),
        project.uuid(),
        question.as_str()
    )
    .fetch_all(ledger.database().pool())
    .await?;
    let mut coincidences = Coincidences::new();
    for row in cells {
        let ratings = u32::try_from(row.ratings).map_err(|_| ProjectionError::Damaged {
            view: ViewName::Agreement,
            reason: format!("a unit has {} ratings", row.ratings),
        })?;
        let cell = Cell { ratings, first: row.first_value, second: row.second_value };
        coincidences.extend([(cell, row.pairs)]);
    }
    let units = sqlx::query!(
        r#"select coalesce(sum(labels), 0)::bigint as "labels!", count(*) as "units!",
            count(*) filter (where labels > 1) as "pairable!"
        from (
            select count(*) as labels from agreement_label
            where ledger_id = $1 and project_id = $2 and question = $3 group by task_id
        ) as unit"#,
        ledger.id(),
        project.uuid(),
        question.as_str()
    )
    .fetch_one(ledger.database().pool())
    .await?;
    Ok(AgreementFigures {
        labels: units.labels.cast_unsigned(),
        units: units.units.cast_unsigned(),
        pairable_units: units.pairable.cast_unsigned(),
        nominal_alpha: nominal_alpha(&coincidences),
        percent_agreement: observed_agreement(&coincidences),
    })
}

/// Every two annotators who labelled the same unit, those with the most units first; at most `limit` pairs.
pub async fn pairs(
    ledger: &Ledger,
    project: ProjectId,
    question: &QuestionKey,
    limit: i64,
) -> Result<Vec<PairFigures>, ProjectionError> {
    let rows = sqlx::query!(
        "select annotator_a, annotator_b, both_labelled, same_label from agreement_annotators
        where ledger_id = $1 and project_id = $2 and question = $3
        order by both_labelled desc, annotator_a, annotator_b limit $4",
        ledger.id(),
        project.uuid(),
        question.as_str(),
        limit
    )
    .fetch_all(ledger.database().pool())
    .await?;
    Ok(rows
        .iter()
        .map(|row| PairFigures {
            annotator_a: row.annotator_a.into(),
            annotator_b: row.annotator_b.into(),
            count: PairCount { both: row.both_labelled.cast_unsigned(), same: row.same_label.cast_unsigned() },
        })
        .collect())
}
