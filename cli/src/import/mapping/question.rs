//! The questions of a mapping: what was asked, where the answers stand and how they are written.

use serde::{
    Deserialize,
    de::{self, IntoDeserializer, value},
};
use stele_domain::form::{
    ChoiceOption, ChoiceQuestion, PreferenceAnswer, PreferenceOutcome, PreferenceQuestion, QuestionKey, QuestionKind,
    RatingQuestion, TextQuestion, Thumb, ThumbsQuestion,
};

use super::shape::{Pairs, Shape};
use crate::import::source::Source;

/// A question, and where its answer stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawQuestion")]
pub(in crate::import) struct QuestionMapping {
    /// Its name within the form.
    pub(in crate::import) key: QuestionKey,
    /// What the annotator read.
    pub(in crate::import) title: String,
    /// Whether every vote answers it.
    pub(in crate::import) required: bool,
    /// Where the answer stands; absent in the wide layout, and where each response has its own place.
    pub(in crate::import) from: Option<Source>,
    /// Where the right answer stands, if it is known; it is written like any other.
    pub(in crate::import) gold: Option<Source>,
    /// What the answer may be.
    pub(in crate::import) answer: AnswerMapping,
}

/// What an answer may be, and how it is written in the data.
#[derive(Clone, Debug)]
pub(in crate::import) enum AnswerMapping {
    /// A preference, by its label.
    Preference(Vec<(String, PreferenceAnswer)>),
    /// A whole number on a scale.
    Rating {
        /// The lowest.
        min: i32,
        /// The highest.
        max: i32,
    },
    /// The key of an option; each with what was shown for it.
    Choice(Vec<(String, String)>),
    /// A thumb for each response, by its label.
    Thumbs {
        /// Where each response's stands.
        from: Vec<Source>,
        /// What labels mean.
        labels: Vec<(String, Thumb)>,
    },
    /// Free text.
    Text {
        /// The longest, in Unicode scalar values.
        max_length: u32,
    },
}

impl AnswerMapping {
    /// The field that holds it in the mapping.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Preference(_) => "preference",
            Self::Rating { .. } => "rating",
            Self::Choice(_) => "choice",
            Self::Thumbs { .. } => "thumbs",
            Self::Text { .. } => "text",
        }
    }

    pub(super) fn kind(&self) -> QuestionKind {
        match self {
            Self::Preference(labels) => {
                let has = |outcome| labels.iter().any(|(_, answer)| answer.outcome == outcome);
                QuestionKind::Preference(PreferenceQuestion {
                    strengths: labels.iter().filter_map(|(_, answer)| answer.strength).max().unwrap_or(0),
                    tie: has(PreferenceOutcome::Tie),
                    both_bad: has(PreferenceOutcome::BothBad),
                })
            }
            Self::Rating { min, max } => {
                QuestionKind::Rating(RatingQuestion { min: *min, max: *max, each_response: false })
            }
            Self::Choice(options) => {
                let option =
                    |(key, label): &(String, String)| ChoiceOption { key: key.clone(), label: label.clone() };
                QuestionKind::Choice(ChoiceQuestion { options: options.iter().map(option).collect() })
            }
            Self::Thumbs { .. } => QuestionKind::Thumbs(ThumbsQuestion {}),
            Self::Text { max_length } => QuestionKind::Text(TextQuestion { max_length: *max_length }),
        }
    }
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuestion {
    key: QuestionKey,
    title: String,
    #[serde(default = "yes")]
    required: bool,
    gold: Option<Source>,
    preference: Option<RawPreference>,
    rating: Option<RawRating>,
    choice: Option<RawChoice>,
    thumbs: Option<RawThumbs>,
    text: Option<RawText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPreference {
    from: Option<Source>,
    labels: Pairs<Label>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRating {
    from: Option<Source>,
    min: i32,
    max: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChoice {
    from: Option<Source>,
    options: Pairs<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawThumbs {
    from: Vec<Source>,
    labels: Pairs<Thumb>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawText {
    from: Option<Source>,
    max_length: u32,
}

impl TryFrom<RawQuestion> for QuestionMapping {
    type Error = &'static str;

    fn try_from(raw: RawQuestion) -> Result<Self, Self::Error> {
        let preference = raw.preference.map(|RawPreference { from, labels }| {
            let labels = labels.0.into_iter().map(|(label, Label(answer))| (label, answer)).collect();
            (from, AnswerMapping::Preference(labels))
        });
        let rating = raw.rating.map(|RawRating { from, min, max }| (from, AnswerMapping::Rating { min, max }));
        let choice = raw.choice.map(|RawChoice { from, options }| (from, AnswerMapping::Choice(options.0)));
        let thumbs =
            raw.thumbs.map(|RawThumbs { from, labels }| (None, AnswerMapping::Thumbs { from, labels: labels.0 }));
        let text = raw.text.map(|RawText { from, max_length }| (from, AnswerMapping::Text { max_length }));
        let mut kinds = [preference, rating, choice, thumbs, text].into_iter().flatten();
        let (Some((from, answer)), None) = (kinds.next(), kinds.next()) else {
            return Err("a question needs exactly one of `preference`, `rating`, `choice`, `thumbs` and `text`");
        };
        if raw.gold.is_some() {
            match answer {
                AnswerMapping::Text { .. } => return Err("a text has no right answer, so it has no `gold`"),
                AnswerMapping::Thumbs { .. } => return Err("thumbs stand in several places, so they have no `gold`"),
                _ => {}
            }
        }
        Ok(Self { key: raw.key, title: raw.title, required: raw.required, from, gold: raw.gold, answer })
    }
}

/// What a label of the data means.
#[derive(Deserialize)]
#[serde(try_from = "Shape<GradedLabel, de::IgnoredAny>")]
struct Label(PreferenceAnswer);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GradedLabel {
    prefer: PreferenceOutcome,
    strength: u8,
}

impl TryFrom<Shape<GradedLabel, de::IgnoredAny>> for Label {
    type Error = String;

    fn try_from(shape: Shape<GradedLabel, de::IgnoredAny>) -> Result<Self, Self::Error> {
        match shape {
            Shape::List(_) => Err("a label means left, right, tie, both_bad or {prefer, strength}".into()),
            Shape::Text(text) => {
                let outcome: Result<_, value::Error> = PreferenceOutcome::deserialize(text.into_deserializer());
                let outcome = outcome.map_err(|error| error.to_string())?;
                Ok(Self(PreferenceAnswer { outcome, strength: None }))
            }
            Shape::Mapping(GradedLabel { prefer, .. }) if !prefer.is_decisive() => {
                Err(format!("{} has no strength; only left and right have", prefer.as_str()))
            }
            Shape::Mapping(GradedLabel { strength: 0, .. }) => Err("strengths begin at 1, the slightest".into()),
            Shape::Mapping(GradedLabel { prefer, strength }) => {
                Ok(Self(PreferenceAnswer { outcome: prefer, strength: Some(strength) }))
            }
        }
    }
}
