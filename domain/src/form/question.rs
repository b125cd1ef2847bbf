//! Questions: what they are called, when they are asked, and of which kind they are.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Condition, FormError,
    kind::{
        BoxesQuestion, ChoiceQuestion, ChoicesQuestion, KeypointsQuestion, PolygonsQuestion, PreferenceOutcome,
        PreferenceQuestion, RankingQuestion, RatingQuestion, Reason, ScalarQuestion, SegmentsQuestion, SpansQuestion,
        StepsQuestion, TextQuestion, ThumbsQuestion, TracksQuestion,
    },
};

/// One question of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its name within the form.
    pub key: QuestionKey,
    /// What the annotator reads.
    pub title: String,
    /// Whether an annotation without an answer to it is refused, where it is asked.
    pub required: bool,
    /// When it is asked; absent for always. Where it is not asked, an answer to it is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Condition>,
    /// What is asked, and what may be answered.
    pub kind: QuestionKind,
}

/// What a question asks, and what may be answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// Which of two responses is better.
    Preference(PreferenceQuestion),
    /// In which order the responses stand.
    Ranking(RankingQuestion),
    /// An integer on a scale.
    Rating(RatingQuestion),
    /// A real number in a range.
    Scalar(ScalarQuestion),
    /// Whether each response is good or bad.
    Thumbs(ThumbsQuestion),
    /// One of several options.
    Choice(ChoiceQuestion),
    /// Several of some options.
    Choices(ChoicesQuestion),
    /// Free text.
    Text(TextQuestion),
    /// Labelled stretches of a text.
    Spans(SpansQuestion),
    /// Whether each step of each response is correct.
    Steps(StepsQuestion),
    /// Boxes around what an image shows.
    Boxes(BoxesQuestion),
    /// Outlines of what an image shows.
    Polygons(PolygonsQuestion),
    /// Named points of what an image shows.
    Keypoints(KeypointsQuestion),
    /// Labelled stretches of a sound or a video.
    Segments(SegmentsQuestion),
    /// Objects that are followed through a video.
    Tracks(TracksQuestion),
}

impl Question {
    pub(super) fn check(&self, earlier: &[Self]) -> Result<(), FormError> {
        let checked = if self.title.trim().is_empty() {
            Err("its title is empty".into())
        } else {
            let condition = self.when.as_ref().map_or(Ok(()), |condition| condition.check(earlier));
            condition.and_then(|()| self.kind.check())
        };
        checked.map_err(|reason| FormError::Question { question: self.key.clone(), reason })
    }
}

impl QuestionKind {
    fn check(&self) -> Result<(), Reason> {
        match self {
            Self::Preference(question) => question.check(),
            Self::Rating(question) => question.check(),
            Self::Scalar(question) => question.check(),
            Self::Choice(question) => question.check(),
            Self::Choices(question) => question.check(),
            Self::Text(question) => question.check(),
            Self::Spans(question) => question.check(),
            Self::Boxes(question) => question.check(),
            Self::Polygons(question) => question.check(),
            Self::Keypoints(question) => question.check(),
            Self::Segments(question) => question.check(),
            Self::Tracks(question) => question.check(),
            Self::Ranking(_) | Self::Thumbs(_) | Self::Steps(_) => Ok(()),
        }
    }

    /// Whether answers to both are of the same kind.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.expects() == other.expects()
    }

    /// The answers that are words, where there is a list of them.
    pub(super) fn values(&self) -> Vec<&str> {
        match self {
            Self::Preference(question) => {
                let tie = question.tie.then_some(PreferenceOutcome::Tie);
                let both_bad = question.both_bad.then_some(PreferenceOutcome::BothBad);
                let decisive = [PreferenceOutcome::Left, PreferenceOutcome::Right];
                decisive.into_iter().chain(tie).chain(both_bad).map(PreferenceOutcome::as_str).collect()
            }
            Self::Choice(ChoiceQuestion { options }) | Self::Choices(ChoicesQuestion { options, .. }) => {
                options.iter().map(|option| option.key.as_str()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// How many categories its answers can put a task in, if they put the task as a whole in one.
    #[must_use]
    pub fn categories(&self) -> Option<u32> {
        match self {
            Self::Preference(_) | Self::Choice(_) => u32::try_from(self.values().len()).ok(),
            Self::Rating(RatingQuestion { min, max, each_response: false }) => max.abs_diff(*min).checked_add(1),
            _ => None,
        }
    }

    /// What an answer to it is, for people.
    pub(super) const fn expects(&self) -> &'static str {
        match self {
            Self::Preference(_) => "a preference",
            Self::Ranking(_) => "a ranking",
            Self::Rating(RatingQuestion { each_response: false, .. }) => "a rating",
            Self::Rating(_) => "a rating of each response",
            Self::Scalar(ScalarQuestion { each_response: false, .. }) => "a number",
            Self::Scalar(_) => "a number for each response",
            Self::Thumbs(_) => "a thumb for each response",
            Self::Choice(_) => "one of its options",
            Self::Choices(_) => "some of its options",
            Self::Text(_) => "a text",
            Self::Spans(_) => "spans",
            Self::Steps(_) => "a label for each step",
            Self::Boxes(_) => "boxes",
            Self::Polygons(_) => "polygons",
            Self::Keypoints(_) => "keypoints",
            Self::Segments(_) => "segments",
            Self::Tracks(_) => "tracks",
        }
    }
}

/// A question's name: a lower-case letter, then up to 63 lower-case letters, digits and underscores.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct QuestionKey(String);

/// A text that can't name a question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` can't name a question: it takes a lower-case letter, then up to 63 of a-z, 0-9 and _")]
pub struct QuestionKeyError(String);

impl QuestionKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for QuestionKey {
    type Error = QuestionKeyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut characters = text.chars();
        let valid = characters.next().is_some_and(|first| first.is_ascii_lowercase())
            && text.len() <= 64
            && characters.all(|rest| rest.is_ascii_lowercase() || rest.is_ascii_digit() || rest == '_');
        if valid { Ok(Self(text)) } else { Err(QuestionKeyError(text)) }
    }
}

impl TryFrom<&str> for QuestionKey {
    type Error = QuestionKeyError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.to_owned().try_into()
    }
}

impl From<QuestionKey> for String {
    fn from(key: QuestionKey) -> Self {
        key.0
    }
}

impl fmt::Display for QuestionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
