//! Which models' responses are preferred, where annotators are more or less reliable.

use std::collections::BTreeMap;

use async_graphql::{Enum, SimpleObject};
use stele_agreement::preference::{
    self, Elo, EloSettings, Judgments, Noise, NoisyBradleyTerry, NoisyBradleyTerryEstimate, Outcome,
};
use stele_domain::ParticipantId;
use stele_projections::quality::{Judgment, numbers};
use uuid::Uuid;

/// What an annotator does who does not judge.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoiseEnum {
    /// Takes what is seen first with a probability of their own (Bugakova and others 2019).
    Side,
    /// Prefers the weaker one as often as the stronger should have been: the model `CrowdBT` (Chen and others 2013).
    Reversal,
}

/// Which models' responses are preferred, each annotator counting for as much as they can be relied on; and, to compare, Elo's
/// ratings.
#[derive(SimpleObject, Default)]
#[graphql(name = "ReliabilityLeaderboard")]
pub(super) struct ReliabilityLeaderboard {
    /// The models, the strongest first.
    models: Vec<WeightedModel>,
    /// The annotators, in the order of their ids.
    annotators: Vec<AnnotatorSkill>,
    /// The natural logarithm of the likelihood.
    log_likelihood: Option<f64>,
    /// Whether the fit came to rest.
    converged: Option<bool>,
    /// Why there are no strengths.
    undefined_because: Option<String>,
}

/// A model, where annotators are more or less reliable.
#[derive(SimpleObject)]
struct WeightedModel {
    /// The model.
    model: String,
    /// Its strength: above 0, with a geometric mean of 1. An annotator who judges prefers it to another with the odds of their
    /// strengths.
    strength: f64,
    /// Its rating by Elo, whose last comparisons count for most: it begins with 1,000, 400 more are odds of 10 to 1, and a
    /// comparison moves it by 4 at most.
    elo: f64,
}

/// How far an annotator can be relied on in comparing models.
#[derive(SimpleObject)]
struct AnnotatorSkill {
    /// Who.
    annotator_id: Uuid,
    /// The probability that they judge by strengths, 0 to 1.
    skill: f64,
    /// The probability that they take what is seen first when they don't, 0 to 1; null where that is not the noise.
    takes_first: Option<f64>,
}

impl ReliabilityLeaderboard {
    /// Nothing where no two models were compared.
    pub(super) fn of(judgments: &[Judgment], noise: NoiseEnum) -> Option<Self> {
        let mut compared: Vec<_> =
            judgments.iter().filter_map(|judgment| Some((judgment, judgment.compared()?))).collect();
        // Elo's ratings follow the order in which answers were given
        compared.sort_by_key(|(judgment, _)| (judgment.said_at(), judgment.position));
        let compared: Vec<(ParticipantId, (String, String, Outcome))> =
            compared.into_iter().map(|(judgment, models)| (judgment.annotator(), models.as_seen())).collect();
        let annotators = numbers(compared.iter().map(|(annotator, _)| *annotator));
        let models = numbers(compared.iter().flat_map(|(_, (first, second, _))| [first.as_str(), second]));
        if models.len() < 2 {
            return None;
        }
        let numbered: Vec<preference::Judgment> = compared
            .iter()
            .map(|(annotator, (first, second, outcome))| preference::Judgment {
                annotator: annotators[annotator],
                left: models[first.as_str()],
                right: models[second.as_str()],
                outcome: *outcome,
            })
            .collect();
        let mut elo = match Elo::new(EloSettings::default()) {
            Ok(elo) => elo,
            Err(error) => return Some(Self::undefined(&error)),
        };
        numbered.iter().for_each(|one| elo.compare(one.left, one.right, one.outcome));
        let settings = NoisyBradleyTerry {
            noise: match noise {
                NoiseEnum::Side => Noise::Side,
                NoiseEnum::Reversal => Noise::Reversal,
            },
            ..NoisyBradleyTerry::default()
        };
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let fitted = match Judgments::new(count(annotators.len()), count(models.len()), &numbered) {
            Ok(judgments) => settings.fit(&judgments).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let fitted = match fitted {
            Ok(fitted) => fitted,
            Err(error) => return Some(Self::undefined(&error)),
        };
        let ranked = models.into_iter().zip(fitted.strengths());
        let mut ranked: Vec<WeightedModel> = ranked
            .map(|((model, number), strength)| WeightedModel {
                model: model.to_owned(),
                strength: *strength,
                elo: elo.rating(&number),
            })
            .collect();
        ranked.sort_by(|one, next| next.strength.total_cmp(&one.strength));
        Some(Self::new(ranked, annotators, &fitted, noise))
    }

    fn new(
        models: Vec<WeightedModel>,
        annotators: BTreeMap<ParticipantId, u32>,
        fitted: &NoisyBradleyTerryEstimate,
        noise: NoiseEnum,
    ) -> Self {
        let annotators = annotators.into_keys().zip(fitted.annotators()).map(|(annotator, known)| AnnotatorSkill {
            annotator_id: annotator.uuid(),
            skill: known.skill,
            takes_first: (noise == NoiseEnum::Side).then_some(known.left),
        });
        Self {
            models,
            annotators: annotators.collect(),
            log_likelihood: Some(fitted.log_likelihood()),
            converged: Some(fitted.converged()),
            undefined_because: None,
        }
    }

    fn undefined(reason: &impl ToString) -> Self {
        Self { undefined_because: Some(reason.to_string()), ..Self::default() }
    }
}
