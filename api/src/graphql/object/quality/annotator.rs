//! What an annotator's answers are like.

use std::cmp::Reverse;

use async_graphql::SimpleObject;
use stele_agreement::{
    annotator::{NoFigure, Observed, Pool, flag::Profile},
    probability::Beta,
};
use stele_domain::ParticipantId;
use stele_projections::quality::{Judgment, profiles};
use uuid::Uuid;

use super::coefficient::Coefficient;

/// What an annotator's answers to a question are like.
#[derive(SimpleObject)]
pub(super) struct AnnotatorProfile {
    /// Who.
    annotator_id: Uuid,
    /// Their labels.
    labels: u64,
    /// How often others say the same of the same unit.
    agreement: Rate,
    /// How often they answer gold tasks rightly.
    gold_accuracy: Rate,
    /// How often they say the same again of the same content in another task.
    consistency: Rate,
    /// The share of what they saw first among what they preferred, 0 to 1.
    left_share: Coefficient,
    /// How probable so uneven a share is where no side is preferred, by the exact binomial distribution; 0 to 1.
    left_share_p_value: Coefficient,
    /// The share of their most frequent answer, 0 to 1.
    modal_share: Coefficient,
    /// The entropy of their answers in bits: 0 where all are the same.
    entropy: Coefficient,
    /// How long they take in the median, in seconds, from the claim of a task to its answers.
    median_seconds: Coefficient,
    /// How much higher than others they rate the same, in steps of the scale.
    leniency: Coefficient,
}

/// A rate as observed, and what is known of it: few observations are drawn to what is usual among the annotators of the question
/// (empirical Bayes, beta-binomial).
#[derive(SimpleObject)]
struct Rate {
    /// How often it was so; of several others the share counts, so it may be a fraction.
    successes: f64,
    /// Of how many times.
    trials: f64,
    /// The mean of what is known of it, 0 to 1; null where nobody was observed.
    mean: Option<f64>,
    /// With a probability of 0.95 it is not below this.
    low: Option<f64>,
    /// Nor above this.
    high: Option<f64>,
}

type Of = Profile<ParticipantId, String>;

pub(super) fn most_active(judgments: &[Judgment], first: usize) -> Vec<AnnotatorProfile> {
    let mut profiles = profiles(judgments);
    let pool = |read: fn(&Of) -> Result<Observed, NoFigure>| {
        Pool::of(&profiles.iter().filter_map(|profile| read(profile).ok()).collect::<Vec<_>>())
    };
    let agreement = Pool::of_agreement(profiles.iter().map(|profile| &profile.agreement)).ok();
    let gold = Some(pool(|profile| profile.gold.observed()));
    let consistency = Some(pool(|profile| profile.repeats.observed()));
    let labels = |profile: &Of| profile.answers.total().unwrap_or(0);
    profiles.sort_by_key(|profile| (Reverse(labels(profile)), profile.annotator));
    let shown = profiles.iter().take(first).map(|profile| AnnotatorProfile {
        annotator_id: profile.annotator.uuid(),
        labels: labels(profile),
        agreement: Rate::new(agreement, profile.agreement.observed()),
        gold_accuracy: Rate::new(gold, profile.gold.observed()),
        consistency: Rate::new(consistency, profile.repeats.observed()),
        left_share: profile.position.left_share().into(),
        left_share_p_value: profile.position.p_value().into(),
        modal_share: profile.answers.modal_share().into(),
        entropy: profile.answers.entropy().into(),
        median_seconds: profile.durations.median().map(|milliseconds| milliseconds / 1_000.0).into(),
        leniency: profile.leniency.mean().into(),
    });
    shown.collect()
}

impl Rate {
    fn new(pool: Option<Pool>, observed: Result<Observed, NoFigure>) -> Self {
        let Ok(observed) = observed else {
            return Self { successes: 0.0, trials: 0.0, mean: None, low: None, high: None };
        };
        let posterior = pool.and_then(|pool| pool.posterior(observed).ok());
        let interval = posterior.and_then(|posterior| posterior.interval(0.95).ok());
        Self {
            successes: observed.successes(),
            trials: observed.trials(),
            mean: posterior.map(Beta::mean),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
        }
    }
}
