//! Simulated annotators: each says the truth as often as their skill, and errs otherwise.

use rand::{RngExt, rngs::StdRng};
use stele_domain::form::{Answer, AnswerValue, PreferenceAnswer, PreferenceOutcome};

/// A simulated annotator.
pub(super) struct Annotator {
    pub(super) name: &'static str,
    /// How often they give the right answer, 0 to 1.
    pub(super) skill: f64,
}

/// The demonstration's annotators.
pub(super) const ANNOTATORS: [Annotator; 5] = [
    Annotator { name: "Amara", skill: 0.97 },
    Annotator { name: "Bjarne", skill: 0.93 },
    Annotator { name: "Chidi", skill: 0.90 },
    Annotator { name: "Dolores", skill: 0.85 },
    Annotator { name: "Emre", skill: 0.60 },
];

/// What an annotator of this skill answers where `better` is the truth.
pub(super) fn answer(better: PreferenceOutcome, skill: f64, random: &mut StdRng) -> anyhow::Result<Answer> {
    let wrong: Vec<PreferenceOutcome> = [PreferenceOutcome::Left, PreferenceOutcome::Right, PreferenceOutcome::Tie]
        .into_iter()
        .filter(|outcome| *outcome != better)
        .collect();
    let (right, which) = (random.random_bool(skill), random.random_range(0..wrong.len()));
    let outcome = if right { better } else { wrong[which] };
    let value = AnswerValue::Preference(PreferenceAnswer { outcome, strength: None });
    Ok(Answer { question: "better".try_into()?, value })
}
