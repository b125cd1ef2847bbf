//! Two annotators beside each other.

use std::cmp::Reverse;

use async_graphql::SimpleObject;
use stele_agreement::{Confidence, PairCount, kappa::cohen};
use stele_projections::quality::Pairs;
use uuid::Uuid;

use super::coefficient::Coefficient;

/// From so many common units on a kappa says something.
const ENOUGH: u64 = 20;

/// How often two annotators gave the same label.
#[derive(SimpleObject)]
pub(super) struct AnnotatorPair {
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
    /// Cohen's kappa: 1 is perfect agreement, 0 what chance would give. Undefined below 20 common units.
    kappa: Coefficient,
    /// The standard error of kappa, by Fleiss, Cohen & Everitt.
    kappa_standard_error: Option<f64>,
    /// The lower end of kappa's 95 % interval.
    kappa_low: Option<f64>,
    /// The upper end.
    kappa_high: Option<f64>,
}

pub(super) fn most_shared(pairs: &Pairs, first: usize) -> Vec<AnnotatorPair> {
    let pairs = pairs.tables().into_iter().map(|(annotators, table)| (annotators, PairCount::from(&table), table));
    let mut pairs: Vec<_> = pairs.collect();
    // stable, so among equals the lesser ids come first
    pairs.sort_by_key(|(_, count, _)| Reverse(count.both));
    let shown = pairs.into_iter().take(first).map(|([a, b], count, table)| {
        let kappa = if count.both < ENOUGH {
            Err(format!("they have {} units in common, and it takes {ENOUGH}", count.both))
        } else {
            cohen(&table).map_err(|reason| reason.to_string())
        };
        let interval = kappa.as_ref().ok().map(|kappa| kappa.interval(Confidence::NINETY_FIVE));
        AnnotatorPair {
            annotator_a: a.uuid(),
            annotator_b: b.uuid(),
            both: count.both,
            same: count.same,
            percent_agreement: count.agreement().into(),
            kappa_standard_error: kappa.as_ref().ok().map(|kappa| kappa.standard_error),
            kappa_low: interval.map(|interval| interval.low),
            kappa_high: interval.map(|interval| interval.high),
            kappa: kappa.map(|kappa| kappa.value).into(),
        }
    });
    shown.collect()
}
