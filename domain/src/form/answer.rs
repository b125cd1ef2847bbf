//! Answers, and whether they answer the form that was shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Form, Question, QuestionKey, QuestionKind, Shown,
    kind::{
        BoundingBox, Keypoint, Polygon, PreferenceAnswer, PreferenceOutcome, RankingAnswer, Reason, Segment, Span,
        StepLabel, Thumb, ThumbsQuestion, Track,
    },
};
use crate::{
    personal::{Personal, PersonalField, PersonalFields},
    task::ResponseIndex,
};

/// One answer to one question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The question answered.
    pub question: QuestionKey,
    /// The answer given.
    pub value: AnswerValue,
}

/// What was answered; its kind must be the question's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerValue {
    /// To a preference question.
    Preference(PreferenceAnswer),
    /// To a ranking question.
    Ranking(RankingAnswer),
    /// To a rating question about the task.
    Rating(i32),
    /// To a rating question about each response: one rating a response, in order.
    Ratings(Vec<i32>),
    /// To a scalar question about the task.
    Scalar(f64),
    /// To a scalar question about each response: one number a response, in order.
    Scalars(Vec<f64>),
    /// To a thumbs question: one a response, in order.
    Thumbs(Vec<Thumb>),
    /// To a choice question: the option's key.
    Choice(String),
    /// To a choices question: the options' keys, in the order of the form.
    Choices(Vec<String>),
    /// To a text question; free text belongs to the person who wrote it.
    Text(Personal<String>),
    /// To a spans question: the spans, in the order of their places.
    Spans(Vec<Span>),
    /// To a steps question: for each response, in order, the labels of its steps.
    Steps(Vec<Vec<StepLabel>>),
    /// To a boxes question: the boxes, from the top to the bottom.
    Boxes(Vec<BoundingBox>),
    /// To a polygons question: the polygons, from the top to the bottom.
    Polygons(Vec<Polygon>),
    /// To a keypoints question: the points, in the order of the form.
    Keypoints(Vec<Keypoint>),
    /// To a segments question: the segments, in the order of their times.
    Segments(Vec<Segment>),
    /// To a tracks question: the tracks, the one that begins first in front.
    Tracks(Vec<Track>),
}

/// A set of answers, in the form's order once validated.
pub type Answers = Vec<Answer>;

/// Why answers don't answer their form. Each names the question and the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The form has no such question.
    #[error("question `{question}`: the form has no such question")]
    NoSuchQuestion {
        /// The key that was answered.
        question: QuestionKey,
    },
    /// The question was answered more than once.
    #[error("question `{question}`: it is answered twice")]
    AnsweredTwice {
        /// The question's key.
        question: QuestionKey,
    },
    /// The question is required, and was not answered.
    #[error("question `{question}`: an answer is required")]
    Missing {
        /// The question's key.
        question: QuestionKey,
    },
    /// The question is not asked, as the answers to earlier ones are what they are.
    #[error("question `{question}`: it is not asked where `{depends_on}` is answered as it is")]
    NotAsked {
        /// The question's key.
        question: QuestionKey,
        /// The earlier question.
        depends_on: QuestionKey,
    },
    /// The answer is not one that the question allows.
    #[error("question `{question}`: {reason}")]
    NotAllowed {
        /// The question's key.
        question: QuestionKey,
        /// Why not.
        reason: String,
    },
}

/// Checks `answers` against `form` and against what was `shown`, and gives them back as they are recorded: in the form's
/// order, each in its one form.
pub fn validate(form: &Form, answers: &[Answer], shown: &Shown) -> Result<Answers, AnswerError> {
    accepted(form, answers, shown, |question| question.required)
}

/// Checks `answers` to some of the questions of `form`, as [`validate`] does those to all of them.
pub fn validate_some(form: &Form, answers: &[Answer], shown: &Shown) -> Result<Answers, AnswerError> {
    accepted(form, answers, shown, |_| false)
}

fn accepted(
    form: &Form,
    answers: &[Answer],
    shown: &Shown,
    is_required: impl Fn(&Question) -> bool,
) -> Result<Answers, AnswerError> {
    if let Some(stray) = answers.iter().find(|answer| form.question(&answer.question).is_none()) {
        return Err(AnswerError::NoSuchQuestion { question: stray.question.clone() });
    }
    let mut accepted = Vec::with_capacity(answers.len());
    for question in &form.questions {
        let key = || question.key.clone();
        let mut given = answers.iter().filter(|answer| answer.question == question.key);
        let unmet = question.when.as_ref().filter(|condition| !condition.holds(&accepted));
        match (given.next(), given.next(), unmet) {
            (Some(_), Some(_), _) => return Err(AnswerError::AnsweredTwice { question: key() }),
            (Some(_), None, Some(condition)) => {
                let depends_on = condition.question.clone();
                return Err(AnswerError::NotAsked { question: key(), depends_on });
            }
            (Some(answer), None, None) => {
                let value = accept(question, &answer.value, shown)
                    .map_err(|reason| AnswerError::NotAllowed { question: key(), reason })?;
                accepted.push(Answer { question: key(), value });
            }
            (None, _, None) if is_required(question) => return Err(AnswerError::Missing { question: key() }),
            (None, ..) => {}
        }
    }
    Ok(accepted)
}

fn accept(question: &Question, value: &AnswerValue, shown: &Shown) -> Result<AnswerValue, Reason> {
    let responses = shown.responses.len();
    match (&question.kind, value) {
        (QuestionKind::Preference(question), AnswerValue::Preference(given)) => {
            question.accept(*given, responses).map(AnswerValue::Preference)
        }
        (QuestionKind::Ranking(question), AnswerValue::Ranking(given)) => {
            question.accept(given, responses).map(AnswerValue::Ranking)
        }
        (QuestionKind::Rating(question), AnswerValue::Rating(rating)) => {
            question.accept(*rating).map(AnswerValue::Rating)
        }
        (QuestionKind::Rating(question), AnswerValue::Ratings(ratings)) => {
            question.accept_each(ratings, responses).map(AnswerValue::Ratings)
        }
        (QuestionKind::Scalar(question), AnswerValue::Scalar(scalar)) => {
            question.accept(*scalar).map(AnswerValue::Scalar)
        }
        (QuestionKind::Scalar(question), AnswerValue::Scalars(scalars)) => {
            question.accept_each(scalars, responses).map(AnswerValue::Scalars)
        }
        (QuestionKind::Thumbs(_), AnswerValue::Thumbs(thumbs)) => {
            ThumbsQuestion::accept(thumbs, responses).map(AnswerValue::Thumbs)
        }
        (QuestionKind::Choice(question), AnswerValue::Choice(chosen)) => {
            question.accept(chosen).map(AnswerValue::Choice)
        }
        (QuestionKind::Choices(question), AnswerValue::Choices(chosen)) => {
            question.accept(chosen).map(AnswerValue::Choices)
        }
        (QuestionKind::Text(question), AnswerValue::Text(text)) => question.accept(text).map(AnswerValue::Text),
        (QuestionKind::Spans(question), AnswerValue::Spans(spans)) => {
            question.accept(spans, shown).map(AnswerValue::Spans)
        }
        (QuestionKind::Steps(question), AnswerValue::Steps(labels)) => {
            question.accept(labels, shown).map(AnswerValue::Steps)
        }
        (QuestionKind::Boxes(question), AnswerValue::Boxes(boxes)) => {
            question.accept(boxes, shown).map(AnswerValue::Boxes)
        }
        (QuestionKind::Polygons(question), AnswerValue::Polygons(polygons)) => {
            question.accept(polygons, shown).map(AnswerValue::Polygons)
        }
        (QuestionKind::Keypoints(question), AnswerValue::Keypoints(points)) => {
            question.accept(points, shown).map(AnswerValue::Keypoints)
        }
        (QuestionKind::Segments(question), AnswerValue::Segments(segments)) => {
            question.accept(segments, shown).map(AnswerValue::Segments)
        }
        (QuestionKind::Tracks(question), AnswerValue::Tracks(tracks)) => {
            question.accept(tracks, shown).map(AnswerValue::Tracks)
        }
        (kind, _) => Err(format!("it takes {}", kind.expects())),
    }
}

impl AnswerValue {
    /// The category that the answer puts its task in, if it puts the task as a whole in one.
    #[must_use]
    pub fn category(&self) -> Option<String> {
        match self {
            Self::Preference(preference) => Some(preference.outcome.as_str().to_owned()),
            Self::Rating(rating) => Some(rating.to_string()),
            Self::Choice(option) => Some(option.clone()),
            _ => None,
        }
    }

    /// The comparisons of two responses that the answer contains, with the strength where one is given: that of a
    /// preference, and every pair of a ranking.
    #[must_use]
    pub fn comparisons(&self) -> Vec<(ResponseIndex, ResponseIndex, PreferenceOutcome, Option<u8>)> {
        match self {
            Self::Preference(given) => {
                vec![(ResponseIndex::LEFT, ResponseIndex::RIGHT, given.outcome, given.strength)]
            }
            Self::Ranking(ranking) => {
                let comparisons = ranking.comparisons().into_iter();
                comparisons.map(|(left, right, outcome)| (left, right, outcome, None)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The personal fields among answers, by their path under `place`.
pub(crate) fn personal_fields<'a>(place: &str, answers: &'a mut Answers) -> PersonalFields<'a> {
    answers
        .iter_mut()
        .filter_map(|answer| match &mut answer.value {
            AnswerValue::Text(text) => Some((format!("{place}.{}", answer.question), text as &mut dyn PersonalField)),
            _ => None,
        })
        .collect()
}
