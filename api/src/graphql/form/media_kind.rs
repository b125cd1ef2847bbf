//! The kinds of question about images, sounds and videos on the wire.

use async_graphql::{InputObject, SimpleObject};
use stele_domain::form::{BoxesQuestion, KeypointsQuestion, PolygonsQuestion, SegmentsQuestion, TracksQuestion};

use super::kind::{ChoiceOption, converted};

/// Boxes around what an image shows.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "BoxesKind", input_name = "BoxesQuestionInput")]
pub(super) struct Boxes {
    /// The content field with the image.
    content: String,
    /// What a box may be labelled as, in the order shown; empty where boxes have no labels.
    #[graphql(default)]
    labels: Vec<ChoiceOption>,
}

/// Outlines of what an image shows.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "PolygonsKind", input_name = "PolygonsQuestionInput")]
pub(super) struct Polygons {
    /// The content field with the image.
    content: String,
    /// What a polygon may be labelled as, in the order shown.
    labels: Vec<ChoiceOption>,
}

/// Named points of what an image shows.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "KeypointsKind", input_name = "KeypointsQuestionInput")]
pub(super) struct Keypoints {
    /// The content field with the image.
    content: String,
    /// The points that may be marked, each once, in the order shown.
    points: Vec<ChoiceOption>,
}

/// Labelled stretches of a sound or a video.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "SegmentsKind", input_name = "SegmentsQuestionInput")]
pub(super) struct Segments {
    /// The content field with the sound or the video.
    content: String,
    /// What a segment may be labelled as, in the order shown.
    labels: Vec<ChoiceOption>,
    /// Whether segments may overlap.
    #[graphql(default)]
    overlapping: bool,
}

/// Objects that are followed through a video.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "TracksKind", input_name = "TracksQuestionInput")]
pub(super) struct Tracks {
    /// The content field with the video.
    content: String,
    /// What an object may be labelled as, in the order shown.
    labels: Vec<ChoiceOption>,
}

impl From<Boxes> for BoxesQuestion {
    fn from(Boxes { content, labels }: Boxes) -> Self {
        Self { content, labels: converted(labels) }
    }
}

impl From<BoxesQuestion> for Boxes {
    fn from(BoxesQuestion { content, labels }: BoxesQuestion) -> Self {
        Self { content, labels: converted(labels) }
    }
}

impl From<Polygons> for PolygonsQuestion {
    fn from(Polygons { content, labels }: Polygons) -> Self {
        Self { content, labels: converted(labels) }
    }
}

impl From<PolygonsQuestion> for Polygons {
    fn from(PolygonsQuestion { content, labels }: PolygonsQuestion) -> Self {
        Self { content, labels: converted(labels) }
    }
}

impl From<Keypoints> for KeypointsQuestion {
    fn from(Keypoints { content, points }: Keypoints) -> Self {
        Self { content, points: converted(points) }
    }
}

impl From<KeypointsQuestion> for Keypoints {
    fn from(KeypointsQuestion { content, points }: KeypointsQuestion) -> Self {
        Self { content, points: converted(points) }
    }
}

impl From<Segments> for SegmentsQuestion {
    fn from(Segments { content, labels, overlapping }: Segments) -> Self {
        Self { content, labels: converted(labels), overlapping }
    }
}

impl From<SegmentsQuestion> for Segments {
    fn from(SegmentsQuestion { content, labels, overlapping }: SegmentsQuestion) -> Self {
        Self { content, labels: converted(labels), overlapping }
    }
}

impl From<Tracks> for TracksQuestion {
    fn from(Tracks { content, labels }: Tracks) -> Self {
        Self { content, labels: converted(labels) }
    }
}

impl From<TracksQuestion> for Tracks {
    fn from(TracksQuestion { content, labels }: TracksQuestion) -> Self {
        Self { content, labels: converted(labels) }
    }
}
