//! The kinds of question: one file each, with what may be asked, what may be answered, and what makes an answer valid.
//!
//! `check` says whether a question can be asked at all. `accept` holds an answer against the question and against what the
//! task shows, and gives it back in the one form in which it is recorded.

mod boxes;
mod choice;
mod frame;
mod keypoints;
mod polygons;
mod preference;
mod ranking;
mod scale;
mod segments;
mod spans;
mod steps;
mod text;
mod thumbs;
mod tracks;

pub use boxes::{BoundingBox, BoxesQuestion};
pub use choice::{ChoiceOption, ChoiceQuestion, ChoicesQuestion};
pub use frame::{Frame, Point};
pub use keypoints::{Keypoint, KeypointsQuestion, Visibility};
pub use polygons::{Polygon, PolygonsQuestion};
pub use preference::{PreferenceAnswer, PreferenceOutcome, PreferenceQuestion};
pub use ranking::{RankingAnswer, RankingQuestion};
pub use scale::{RatingQuestion, ScalarQuestion};
pub use segments::{Segment, SegmentsQuestion};
pub use spans::{Span, SpanText, SpansQuestion};
pub use steps::{StepLabel, StepsQuestion};
pub use text::{MAX_TEXT_LENGTH, TextQuestion};
pub use thumbs::{Thumb, ThumbsQuestion};
pub use tracks::{Track, TrackedBox, TracksQuestion};

/// Why a question can't be asked, or an answer is none: for people, without the question's name.
pub(super) type Reason = String;

/// Whether there is a value for each of a task's responses.
fn one_a_response(values: usize, responses: usize) -> Result<(), Reason> {
    match responses {
        0 => Err("it asks about responses, and this task has none".into()),
        _ if values != responses => Err(format!("it takes one value a response: {responses}, not {values}")),
        _ => Ok(()),
    }
}
