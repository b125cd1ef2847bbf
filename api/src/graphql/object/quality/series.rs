//! Labels and agreement over time.

use std::collections::BTreeMap;

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Datelike, Days, NaiveTime, Timelike, Utc};
use stele_agreement::alpha;
use stele_projections::quality::{Judgment, Tally};

use super::coefficient::Coefficient;

/// The most periods of one answer, the latest ones.
const MOST: usize = 1_000;

/// A stretch of time, in UTC.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week, from Monday.
    Week,
}

/// What was said in a period.
#[derive(SimpleObject)]
pub(super) struct SeriesPoint {
    /// When the period begins.
    from: DateTime<Utc>,
    /// Labels that were given in it.
    labels: u64,
    /// Annotators who gave them.
    annotators: u64,
    /// Krippendorff's alpha for nominal data of these labels alone.
    nominal_alpha: Coefficient,
}

impl Period {
    fn begin(self, time: DateTime<Utc>) -> DateTime<Utc> {
        let midnight = time.date_naive().and_time(NaiveTime::MIN).and_utc();
        match self {
            Self::Hour => midnight + chrono::Duration::hours(time.hour().into()),
            Self::Day => midnight,
            Self::Week => {
                midnight.checked_sub_days(Days::new(time.weekday().num_days_from_monday().into())).unwrap_or(midnight)
            }
        }
    }
}

pub(super) fn by_period(judgments: &[Judgment], every: Period) -> Vec<SeriesPoint> {
    let mut periods: BTreeMap<DateTime<Utc>, Vec<Judgment>> = BTreeMap::new();
    for judgment in judgments {
        periods.entry(every.begin(judgment.said_at().to_utc())).or_default().push(judgment.clone());
    }
    let skipped = periods.len().saturating_sub(MOST);
    let point = |(from, said): (DateTime<Utc>, Vec<Judgment>)| {
        let tally = Tally::of_judgments(&said);
        SeriesPoint {
            from,
            labels: said.len() as u64,
            annotators: tally.profiles().len() as u64,
            nominal_alpha: alpha::nominal(&tally.ratings()).into(),
        }
    };
    periods.into_iter().skip(skipped).map(point).collect()
}
