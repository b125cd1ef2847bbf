//! What answers say of the parts of a task, as categories that can be counted.

use std::{fmt, str::FromStr};

use super::{AnswerValue, PreferenceOutcome, StepLabel, Thumb};
use crate::task::ResponseIndex;

/// What a label is about: the task as a whole, or something in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The task.
    Task,
    /// One of its responses.
    Response(ResponseIndex),
    /// Two of its responses beside each other, the one with the lower index first.
    Pair(ResponseIndex, ResponseIndex),
    /// A step of a response, from 0.
    Step(ResponseIndex, u32),
}

/// That an answer puts a part of its task into a category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The part.
    pub part: Part,
    /// The category: an option, an outcome, or a number as it is written.
    pub category: String,
}

impl Label {
    fn new(part: Part, category: impl Into<String>) -> Self {
        Self { part, category: category.into() }
    }
}

impl AnswerValue {
    /// The labels that the answer consists of; none for texts and for what is marked in texts and media.
    ///
    /// Options that were chosen together are one category, written with `|` between them.
    #[must_use]
    pub fn labels(&self) -> Vec<Label> {
        match self {
            Self::Preference(_) | Self::Ranking(_) => {
                let comparisons = self.comparisons().into_iter();
                comparisons
                    .map(|(left, right, outcome, _)| Label::new(Part::Pair(left, right), outcome.as_str()))
                    .collect()
            }
            Self::Rating(rating) => vec![Label::new(Part::Task, rating.to_string())],
            Self::Ratings(ratings) => of_each(ratings, ToString::to_string),
            Self::Scalar(scalar) => vec![Label::new(Part::Task, number(*scalar))],
            Self::Scalars(scalars) => of_each(scalars, |scalar| number(*scalar)),
            Self::Thumbs(thumbs) => of_each(thumbs, |thumb| thumb.as_str().to_owned()),
            Self::Choice(option) => vec![Label::new(Part::Task, option)],
            Self::Choices(options) => vec![Label::new(Part::Task, options.join("|"))],
            Self::Steps(responses) => {
                responses.iter().zip(0..).flat_map(|(steps, response)| of_steps(steps, response)).collect()
            }
            Self::Text(_)
            | Self::Spans(_)
            | Self::Boxes(_)
            | Self::Polygons(_)
            | Self::Keypoints(_)
            | Self::Segments(_)
            | Self::Tracks(_) => Vec::new(),
        }
    }
}

fn of_each<T>(values: &[T], category: impl Fn(&T) -> String) -> Vec<Label> {
    values
        .iter()
        .zip(0..)
        .map(|(value, response)| Label::new(Part::Response(ResponseIndex(response)), category(value)))
        .collect()
}

fn of_steps(steps: &[StepLabel], response: u8) -> impl Iterator<Item = Label> {
    let part = move |step| Part::Step(ResponseIndex(response), step);
    steps.iter().zip(0..).map(move |(label, step)| Label::new(part(step), label.as_str()))
}

/// The shortest text that is read as the same number; zero has no sign.
fn number(value: f64) -> String {
    if value == 0.0 { "0".to_owned() } else { value.to_string() }
}

impl Thumb {
    /// The verdict as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

impl StepLabel {
    /// The verdict as text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Incorrect => "incorrect",
            Self::Neutral => "neutral",
        }
    }
}

impl PreferenceOutcome {
    /// Every outcome, in order.
    pub const ALL: [Self; 4] = [Self::Left, Self::Right, Self::Tie, Self::BothBad];
}

/// A text that is no outcome of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an outcome of a comparison")]
pub struct UnknownOutcome(String);

impl FromStr for PreferenceOutcome {
    type Err = UnknownOutcome;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text).ok_or_else(|| UnknownOutcome(text.to_owned()))
    }
}

/// `task`, or the numbers of a response (`2`), of two (`0:1`), or of a response and its step (`0.3`).
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task => f.write_str("task"),
            Self::Response(response) => response.fmt(f),
            Self::Pair(left, right) => write!(f, "{left}:{right}"),
            Self::Step(response, step) => write!(f, "{response}.{step}"),
        }
    }
}

/// A text that names no part of a task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a part of a task")]
pub struct UnknownPart(String);

impl FromStr for Part {
    type Err = UnknownPart;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let response = |text: &str| text.parse().ok().map(ResponseIndex);
        let part = match (text, text.split_once(':'), text.split_once('.')) {
            ("task", ..) => Some(Self::Task),
            (_, Some((left, right)), _) => {
                response(left).zip(response(right)).map(|(left, right)| Self::Pair(left, right))
            }
            (_, _, Some((whose, step))) => {
                response(whose).zip(step.parse().ok()).map(|(whose, step)| Self::Step(whose, step))
            }
            _ => response(text).map(Self::Response),
        };
        part.ok_or_else(|| UnknownPart(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{PreferenceAnswer, RankingAnswer};

    fn labels(value: &AnswerValue) -> Vec<(String, String)> {
        let labels = value.labels().into_iter();
        let labels: Vec<_> = labels.map(|label| (label.part.to_string(), label.category)).collect();
        for (part, _) in &labels {
            assert_eq!(part.parse::<Part>().map(|part| part.to_string()).as_ref(), Ok(part));
        }
        labels
    }

    #[track_caller]
    fn assert_labels(value: &AnswerValue, expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected.iter().map(|(part, category)| ((*part).into(), (*category).into())).collect();
        assert_eq!(labels(value), expected);
    }

    #[test]
    fn a_comparison_is_about_a_pair() {
        let preference = PreferenceAnswer { outcome: PreferenceOutcome::BothBad, strength: Some(2) };
        assert_labels(&AnswerValue::Preference(preference), &[("0:1", "both_bad")]);
        let ranking = RankingAnswer(vec![vec![ResponseIndex(2)], vec![ResponseIndex(0), ResponseIndex(1)]]);
        assert_labels(&AnswerValue::Ranking(ranking), &[("0:1", "tie"), ("0:2", "right"), ("1:2", "right")]);
    }

    #[test]
    fn what_is_said_of_each_response_is_apart() {
        assert_labels(&AnswerValue::Rating(-3), &[("task", "-3")]);
        assert_labels(&AnswerValue::Ratings(vec![5, 1]), &[("0", "5"), ("1", "1")]);
        assert_labels(&AnswerValue::Scalars(vec![-0.0, 0.1, 3.0]), &[("0", "0"), ("1", "0.1"), ("2", "3")]);
        assert_labels(&AnswerValue::Thumbs(vec![Thumb::Down]), &[("0", "down")]);
        let steps = vec![vec![StepLabel::Correct, StepLabel::Neutral], vec![], vec![StepLabel::Incorrect]];
        assert_labels(&AnswerValue::Steps(steps), &[("0.0", "correct"), ("0.1", "neutral"), ("2.0", "incorrect")]);
        assert_labels(&AnswerValue::Choices(vec!["a".into(), "b".into()]), &[("task", "a|b")]);
        assert_labels(&AnswerValue::Spans(Vec::new()), &[]);
    }

    #[test]
    fn other_texts_name_no_part() {
        for text in ["", "tasks", "0:", ":1", "0.", "256", "-1", "0:1:2"] {
            assert_eq!(text.parse::<Part>(), Err(UnknownPart(text.into())));
        }
    }
}
