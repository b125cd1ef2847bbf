//! What a question's labels add up to, ready for the statistics.

use std::collections::BTreeMap;

use stele_agreement::{
    ReliabilityData, Unit,
    annotator::{self, Compared, flag::Profile},
    kappa::PairTable,
    preference::Outcome,
};
use stele_domain::{ParticipantId, form::PreferenceOutcome};
use stele_ledger::Ledger;

use uuid::Uuid;

use super::{
    counter::Counter,
    counts,
    judgment::{Judgment, Scope},
    statistics::tally,
};
use crate::ProjectionError;

/// Counts of a question's labels: those that are stored, or, for a scope of its own, counted anew in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally(BTreeMap<Counter, i64>);

/// Counts of the labels that two annotators gave the same unit. There may be far more of them than of everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairs(BTreeMap<Counter, i64>);

/// How comparisons of two models came out, the one that its task names first being on the left.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ComparedModels {
    /// The model on the left, in the task.
    pub left: String,
    /// The model on the right.
    pub right: String,
    /// Whether the annotator saw the left one first.
    pub in_order: bool,
    /// How the annotator put it: see [`PreferenceOutcome`](stele_domain::form::PreferenceOutcome).
    pub outcome: String,
}

impl ComparedModels {
    /// The models in the order in which they were seen, and the outcome in this order.
    #[must_use]
    pub fn as_seen(self) -> (String, String, Outcome) {
        let outcome = match (self.outcome.parse(), self.in_order) {
            (Ok(PreferenceOutcome::Left), true) | (Ok(PreferenceOutcome::Right), false) => Outcome::Left,
            (Ok(PreferenceOutcome::Right), true) | (Ok(PreferenceOutcome::Left), false) => Outcome::Right,
            // that both are bad prefers neither
            (Ok(PreferenceOutcome::Tie | PreferenceOutcome::BothBad) | Err(_), _) => Outcome::Tie,
        };
        let (first, second) = if self.in_order { (self.left, self.right) } else { (self.right, self.left) };
        (first, second, outcome)
    }
}

impl Pairs {
    /// What the labels of a scope add up to.
    pub async fn of(ledger: &Ledger, scope: &Scope) -> Result<Self, ProjectionError> {
        if scope.is_everything_now() {
            return Ok(Self(counts::load(ledger, scope.project, &scope.question, Counter::OF_PAIRS).await?));
        }
        Ok(Self::of_judgments(&scope.judgments(ledger).await?))
    }

    /// What these labels add up to, those of a unit being beside each other.
    #[must_use]
    pub fn of_judgments(judgments: &[Judgment]) -> Self {
        let mut counts = tally(judgments);
        counts.retain(|counter, _| counter.is_of_pair());
        Self(counts)
    }

    /// How often two annotators put the same unit into which categories, by pair, the lesser id first.
    #[must_use]
    pub fn tables(&self) -> BTreeMap<[ParticipantId; 2], PairTable<String>> {
        let mut pairs: BTreeMap<_, PairTable<String>> = BTreeMap::new();
        for (counter, count) in &self.0 {
            if let Counter::Pair { annotators, categories: [of_a, of_b] } = counter {
                pairs.entry(annotators.map(ParticipantId::from)).or_default().add_times(of_a, of_b, *count);
            }
        }
        pairs
    }
}

impl Tally {
    /// What the labels of a scope add up to.
    pub async fn of(ledger: &Ledger, scope: &Scope) -> Result<Self, ProjectionError> {
        if scope.is_everything_now() {
            return Ok(Self(counts::load(ledger, scope.project, &scope.question, Counter::OF_ONE).await?));
        }
        Ok(Self::of_judgments(&scope.judgments(ledger).await?))
    }

    /// What these labels add up to, those of a unit being beside each other.
    #[must_use]
    pub fn of_judgments(judgments: &[Judgment]) -> Self {
        let mut counts = tally(judgments);
        counts.retain(|counter, _| !counter.is_of_pair());
        Self(counts)
    }

    /// How many units have exactly which ratings.
    #[must_use]
    pub fn ratings(&self) -> ReliabilityData<String> {
        let units = self.0.iter().filter_map(|(counter, count)| match counter {
            Counter::Unit { ratings } => Some((ratings.iter().cloned().collect::<Unit<_>>(), *count)),
            _ => None,
        });
        units.collect()
    }

    /// What is counted of each annotator: agreement, gold, sides and answers.
    #[must_use]
    pub fn profiles(&self) -> BTreeMap<ParticipantId, Profile<ParticipantId, String>> {
        let mut profiles = BTreeMap::new();
        for (counter, count) in &self.0 {
            match counter {
                Counter::Said { annotator, category } => {
                    profile(&mut profiles, *annotator).answers.count(category.clone(), *count);
                }
                Counter::Alike { annotator, ratings, alike } => {
                    let compared = Compared { others: ratings - 1, agreeing: *alike };
                    profile(&mut profiles, *annotator).agreement.count(compared, *count);
                }
                Counter::Preferred { annotator, side } => {
                    profile(&mut profiles, *annotator).position.count(*side, *count);
                }
                Counter::Gold { annotator, answer } => {
                    profile(&mut profiles, *annotator).gold.count(*answer, *count);
                }
                Counter::Unit { .. } | Counter::Pair { .. } | Counter::Compared { .. } | Counter::Rated { .. } => {}
            }
        }
        profiles
    }

    /// The sides that all annotators preferred.
    #[must_use]
    pub fn position(&self) -> annotator::Position {
        let mut position = annotator::Position::new();
        for (counter, count) in &self.0 {
            if let Counter::Preferred { side, .. } = counter {
                position.count(*side, *count);
            }
        }
        position
    }

    /// Labels by category.
    #[must_use]
    pub fn distribution(&self) -> BTreeMap<String, u64> {
        let mut distribution = BTreeMap::new();
        for (counter, count) in &self.0 {
            if let Counter::Said { category, .. } = counter {
                *distribution.entry(category.clone()).or_default() += count.cast_unsigned();
            }
        }
        distribution
    }

    /// Labels of single responses by their model and category.
    #[must_use]
    pub fn rated(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        let mut rated: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for (counter, count) in &self.0 {
            if let Counter::Rated { model, category } = counter {
                rated.entry(model.clone()).or_default().insert(category.clone(), count.cast_unsigned());
            }
        }
        rated
    }

    /// How comparisons of models came out, and how often.
    pub fn compared(&self) -> impl Iterator<Item = (ComparedModels, u64)> {
        self.0.iter().filter_map(|(counter, count)| match counter {
            Counter::Compared { models: [left, right], in_order, outcome } => {
                let (left, right, outcome) = (left.clone(), right.clone(), outcome.clone());
                Some((ComparedModels { left, right, in_order: *in_order, outcome }, count.cast_unsigned()))
            }
            _ => None,
        })
    }
}

pub(super) fn profile(
    profiles: &mut BTreeMap<ParticipantId, Profile<ParticipantId, String>>,
    annotator: Uuid,
) -> &mut Profile<ParticipantId, String> {
    profiles.entry(annotator.into()).or_insert_with_key(|annotator| Profile::new(*annotator))
}
