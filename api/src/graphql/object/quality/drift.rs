//! Whether an annotator's answers leave the others' in the course of time.

use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use stele_agreement::annotator::{Chart, drift, drift::agreement_residual};
use stele_projections::quality::Judgment;
use uuid::Uuid;

/// Whether an annotator's answers leave the others' in the course of time: cumulative sums (Page 1954) of how much more, or less, others
/// agree with them than with each other, in standard deviations of all annotators'. Units with two others or more count.
#[derive(SimpleObject)]
pub(super) struct Drift {
    /// Who.
    annotator_id: Uuid,
    /// Their answers in the order in which they were recorded: the last 1,000.
    points: Vec<DriftPoint>,
    /// The first answer after which a sum exceeds 5.
    alarm: Option<DriftAlarm>,
}

/// An answer, and how far the sums have come with it.
#[derive(SimpleObject)]
struct DriftPoint {
    /// When it was given.
    said_at: DateTime<Utc>,
    /// How far others agree more than expected, in the sum; at least 0.
    above: f64,
    /// How far they agree less, in the sum; at least 0.
    below: f64,
}

/// Where a drift showed.
#[derive(SimpleObject)]
struct DriftAlarm {
    /// When the answer was given after which a sum exceeded 5.
    at: DateTime<Utc>,
    /// When about the shift began.
    since: DateTime<Utc>,
    /// Whether others came to agree more.
    upwards: bool,
}

/// The most points of one answer.
const MOST: usize = 1_000;

/// The drift of an annotator; nothing if they have no answer that could tell, or if all are alike.
pub(super) fn of(judgments: &[Judgment], annotator: Uuid) -> Option<Drift> {
    let (mut all, mut theirs) = (Vec::new(), Vec::new());
    for unit in judgments.chunk_by(|one, next| (one.task, one.part) == (next.task, next.part)) {
        for (place, judgment) in unit.iter().enumerate() {
            let others: Vec<&str> = unit[..place].iter().chain(&unit[place + 1..]).map(Judgment::category).collect();
            let Some(residual) = agreement_residual(&judgment.category(), &others) else { continue };
            all.push(residual);
            if judgment.annotator().uuid() == annotator {
                theirs.push((judgment.position, judgment.said_at().to_utc(), residual));
            }
        }
    }
    theirs.sort_by_key(|(position, ..)| *position);
    all.sort_by(f64::total_cmp);
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    let variance = all.iter().map(|residual| (residual - mean).powi(2)).sum::<f64>() / all.len() as f64;
    let residuals: Vec<f64> = theirs.iter().map(|(.., residual)| *residual).collect();
    let found = drift(&residuals, Chart::new(mean, variance.sqrt())).ok().filter(|_| !theirs.is_empty())?;
    let when = |place: usize| theirs.get(place).map(|(_, said_at, _)| *said_at);
    let alarm = found.alarm.and_then(|alarm| {
        Some(DriftAlarm { at: when(alarm.at)?, since: when(alarm.since)?, upwards: alarm.upwards })
    });
    let sums = theirs.iter().zip(found.above.iter().zip(&found.below));
    let points = sums.skip(theirs.len().saturating_sub(MOST)).map(|((_, said_at, _), (above, below))| DriftPoint {
        said_at: *said_at,
        above: *above,
        below: *below,
    });
    Some(Drift { annotator_id: annotator, points: points.collect(), alarm })
}
