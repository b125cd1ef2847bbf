//! The kinds of question on the wire.

use async_graphql::{Enum, InputObject, OneofObject, SimpleObject, Union};
use stele_domain::form::{
    self, ChoiceQuestion, ChoicesQuestion, PreferenceQuestion, QuestionKind, RankingQuestion, RatingQuestion,
    ScalarQuestion, SpanText, SpansQuestion, StepsQuestion, TextQuestion, ThumbsQuestion,
};

use super::media_kind::{Boxes, Keypoints, Polygons, Segments, Tracks};

/// Exactly one kind of question.
#[derive(OneofObject)]
pub(super) enum QuestionKindInput {
    /// Which of two responses is better.
    Preference(PreferenceQuestionInput),
    /// In which order the responses stand.
    Ranking(Ranking),
    /// An integer on a scale.
    Rating(Rating),
    /// A real number in a range.
    Scalar(Scalar),
    /// Whether each response is good or bad.
    Thumbs(Thumbs),
    /// One of several options.
    Choice(Choice),
    /// Several of some options.
    Choices(Choices),
    /// Free text.
    Text(Text),
    /// Labelled stretches of a text.
    Spans(Spans),
    /// Whether each step of each response is correct.
    Steps(Steps),
    /// Boxes around what an image shows.
    Boxes(Boxes),
    /// Outlines of what an image shows.
    Polygons(Polygons),
    /// Named points of what an image shows.
    Keypoints(Keypoints),
    /// Labelled stretches of a sound or a video.
    Segments(Segments),
    /// Objects that are followed through a video.
    Tracks(Tracks),
}

/// What a question asks, and what may be answered.
#[derive(Union)]
#[graphql(name = "QuestionKind")]
pub(super) enum QuestionKindObject {
    Preference(PreferenceKind),
    Ranking(Ranking),
    Rating(Rating),
    Scalar(Scalar),
    Thumbs(Thumbs),
    Choice(Choice),
    Choices(Choices),
    Text(Text),
    Spans(Spans),
    Steps(Steps),
    Boxes(Boxes),
    Polygons(Polygons),
    Keypoints(Keypoints),
    Segments(Segments),
    Tracks(Tracks),
}

/// Which of two responses is better.
#[derive(InputObject)]
pub(super) struct PreferenceQuestionInput {
    /// How many degrees of strength there are; 0 if strength is not asked. At most 10.
    #[graphql(default, validator(minimum = 0, maximum = 10))]
    strengths: u8,
    /// Whether "equally good" is an answer.
    #[graphql(default)]
    tie: bool,
    /// Whether "both are bad" is an answer.
    #[graphql(default)]
    both_bad: bool,
}

/// Which of two responses is better.
#[derive(SimpleObject)]
pub(super) struct PreferenceKind {
    /// How many degrees of strength there are; 0 if strength is not asked.
    strengths: u8,
    /// Which outcomes are possible.
    outcomes: Vec<Outcome>,
}

/// The outcome of comparing two responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "PreferenceOutcome", remote = "stele_domain::form::PreferenceOutcome")]
pub(in crate::graphql) enum Outcome {
    /// The first of the two responses.
    Left,
    /// The second of the two responses.
    Right,
    /// Equally good.
    Tie,
    /// Neither will do.
    BothBad,
}

/// A verdict on one response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "Thumb", remote = "stele_domain::form::Thumb")]
pub(in crate::graphql) enum ThumbEnum {
    /// It is good.
    Up,
    /// It is bad.
    Down,
}

/// A verdict on one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "StepLabel", remote = "stele_domain::form::StepLabel")]
pub(in crate::graphql) enum StepLabelEnum {
    /// It follows and is right.
    Correct,
    /// It is wrong, or does not follow.
    Incorrect,
    /// It is neither, such as a restatement of the problem.
    Neutral,
}

/// What thumbs are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum ThumbsOf {
    /// Each response by itself.
    EachResponse,
}

/// In which order the responses stand, from the best to the worst.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "RankingKind", input_name = "RankingQuestionInput")]
pub(super) struct Ranking {
    /// Whether several responses may share a rank.
    #[graphql(default)]
    ties: bool,
}

/// An integer on a scale.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "RatingKind", input_name = "RatingQuestionInput")]
pub(super) struct Rating {
    /// The lowest answer.
    min: i32,
    /// The highest answer.
    max: i32,
    /// Whether each response is rated, and not the task.
    #[graphql(default)]
    each_response: bool,
}

/// A real number in a range.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "ScalarKind", input_name = "ScalarQuestionInput")]
pub(super) struct Scalar {
    /// The lowest answer.
    min: f64,
    /// The highest answer.
    max: f64,
    /// Whether each response gets a number, and not the task.
    #[graphql(default)]
    each_response: bool,
}

/// Whether each response is good or bad.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "ThumbsKind", input_name = "ThumbsQuestionInput")]
pub(super) struct Thumbs {
    /// What they are of.
    #[graphql(default_with = "ThumbsOf::EachResponse")]
    of: ThumbsOf,
}

/// One of several options.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "ChoiceKind", input_name = "ChoiceQuestionInput")]
pub(super) struct Choice {
    /// The options, in the order shown; two or more.
    options: Vec<ChoiceOption>,
}

/// Several of some options.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "ChoicesKind", input_name = "ChoicesQuestionInput")]
pub(super) struct Choices {
    /// The options, in the order shown.
    options: Vec<ChoiceOption>,
    /// The fewest that can be chosen; 0 lets "none of them" be an answer.
    #[graphql(default)]
    min: u32,
    /// The most that can be chosen; null for all of them.
    max: Option<u32>,
}

/// One option of a choice, or one label.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "ChoiceOption", input_name = "ChoiceOptionInput")]
pub(super) struct ChoiceOption {
    /// What is recorded.
    key: String,
    /// What is shown.
    label: String,
}

/// Free text.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "TextKind", input_name = "TextQuestionInput")]
pub(super) struct Text {
    /// The longest answer, in Unicode scalar values.
    #[graphql(default = 5000)]
    max_length: u32,
}

/// Labelled stretches of a text.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "SpansKind", input_name = "SpansQuestionInput")]
pub(super) struct Spans {
    /// The content field that they are in; null if they are in the responses.
    content: Option<String>,
    /// What a stretch may be labelled as, in the order shown.
    labels: Vec<ChoiceOption>,
    /// Whether stretches may overlap.
    #[graphql(default)]
    overlapping: bool,
}

/// Whether each step of each response is correct.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "StepsKind", input_name = "StepsQuestionInput")]
pub(super) struct Steps {
    /// Whether judging may stop at the first incorrect step.
    #[graphql(default)]
    until_incorrect: bool,
}

impl From<QuestionKindInput> for QuestionKind {
    fn from(input: QuestionKindInput) -> Self {
        match input {
            QuestionKindInput::Preference(PreferenceQuestionInput { strengths, tie, both_bad }) => {
                Self::Preference(PreferenceQuestion { strengths, tie, both_bad })
            }
            QuestionKindInput::Ranking(Ranking { ties }) => Self::Ranking(RankingQuestion { ties }),
            QuestionKindInput::Rating(Rating { min, max, each_response }) => {
                Self::Rating(RatingQuestion { min, max, each_response })
            }
            QuestionKindInput::Scalar(Scalar { min, max, each_response }) => {
                Self::Scalar(ScalarQuestion { min, max, each_response })
            }
            QuestionKindInput::Thumbs(Thumbs { of: ThumbsOf::EachResponse }) => Self::Thumbs(ThumbsQuestion {}),
            QuestionKindInput::Choice(Choice { options }) => {
                Self::Choice(ChoiceQuestion { options: converted(options) })
            }
            QuestionKindInput::Choices(Choices { options, min, max }) => {
                Self::Choices(ChoicesQuestion { options: converted(options), min, max })
            }
            QuestionKindInput::Text(Text { max_length }) => Self::Text(TextQuestion { max_length }),
            QuestionKindInput::Spans(Spans { content, labels, overlapping }) => Self::Spans(SpansQuestion {
                over: content.map_or(SpanText::Responses, SpanText::Content),
                labels: converted(labels),
                overlapping,
            }),
            QuestionKindInput::Steps(Steps { until_incorrect }) => Self::Steps(StepsQuestion { until_incorrect }),
            QuestionKindInput::Boxes(boxes) => Self::Boxes(boxes.into()),
            QuestionKindInput::Polygons(polygons) => Self::Polygons(polygons.into()),
            QuestionKindInput::Keypoints(keypoints) => Self::Keypoints(keypoints.into()),
            QuestionKindInput::Segments(segments) => Self::Segments(segments.into()),
            QuestionKindInput::Tracks(tracks) => Self::Tracks(tracks.into()),
        }
    }
}

impl From<QuestionKind> for QuestionKindObject {
    fn from(kind: QuestionKind) -> Self {
        match kind {
            QuestionKind::Preference(PreferenceQuestion { strengths, tie, both_bad }) => {
                let (tie, both_bad) = (tie.then_some(Outcome::Tie), both_bad.then_some(Outcome::BothBad));
                let outcomes = [Outcome::Left, Outcome::Right].into_iter().chain(tie).chain(both_bad).collect();
                Self::Preference(PreferenceKind { strengths, outcomes })
            }
            QuestionKind::Ranking(RankingQuestion { ties }) => Self::Ranking(Ranking { ties }),
            QuestionKind::Rating(RatingQuestion { min, max, each_response }) => {
                Self::Rating(Rating { min, max, each_response })
            }
            QuestionKind::Scalar(ScalarQuestion { min, max, each_response }) => {
                Self::Scalar(Scalar { min, max, each_response })
            }
            QuestionKind::Thumbs(ThumbsQuestion {}) => Self::Thumbs(Thumbs { of: ThumbsOf::EachResponse }),
            QuestionKind::Choice(ChoiceQuestion { options }) => Self::Choice(Choice { options: converted(options) }),
            QuestionKind::Choices(ChoicesQuestion { options, min, max }) => {
                Self::Choices(Choices { options: converted(options), min, max })
            }
            QuestionKind::Text(TextQuestion { max_length }) => Self::Text(Text { max_length }),
            QuestionKind::Spans(SpansQuestion { over, labels, overlapping }) => {
                let content = match over {
                    SpanText::Content(name) => Some(name),
                    SpanText::Responses => None,
                };
                Self::Spans(Spans { content, labels: converted(labels), overlapping })
            }
            QuestionKind::Steps(StepsQuestion { until_incorrect }) => Self::Steps(Steps { until_incorrect }),
            QuestionKind::Boxes(boxes) => Self::Boxes(boxes.into()),
            QuestionKind::Polygons(polygons) => Self::Polygons(polygons.into()),
            QuestionKind::Keypoints(keypoints) => Self::Keypoints(keypoints.into()),
            QuestionKind::Segments(segments) => Self::Segments(segments.into()),
            QuestionKind::Tracks(tracks) => Self::Tracks(tracks.into()),
        }
    }
}

pub(in crate::graphql) fn converted<A, B: From<A>>(items: Vec<A>) -> Vec<B> {
    items.into_iter().map(B::from).collect()
}

impl From<ChoiceOption> for form::ChoiceOption {
    fn from(option: ChoiceOption) -> Self {
        Self { key: option.key, label: option.label }
    }
}

impl From<form::ChoiceOption> for ChoiceOption {
    fn from(option: form::ChoiceOption) -> Self {
        Self { key: option.key, label: option.label }
    }
}
