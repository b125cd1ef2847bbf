//! Shapes, stretches and tracks on the wire: what is answered about images, sounds and videos.

use async_graphql::{Enum, InputObject, SimpleObject};
use stele_domain::form;

use super::form::converted;

/// A box whose sides are along the image's, in pixels from the image's upper left corner.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "BoundingBox", input_name = "BoundingBoxInput")]
pub(super) struct BoundingBoxObject {
    /// Its left edge.
    x: f64,
    /// Its upper edge.
    y: f64,
    /// How wide it is.
    width: f64,
    /// How high it is.
    height: f64,
    /// The key of its label: there exactly if the question has labels.
    label: Option<String>,
}

/// A place in a picture, in pixels from its upper left corner.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "Point", input_name = "PointInput")]
struct PointObject {
    /// How far it is from the left edge.
    x: f64,
    /// How far it is from the upper edge.
    y: f64,
}

/// An outline: a polygon whose sides meet at its corners and nowhere else.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "Polygon", input_name = "PolygonInput")]
pub(super) struct PolygonObject {
    /// Its corners, 3 to 1,000; the last is joined to the first. It is recorded clockwise from the uppermost corner.
    points: Vec<PointObject>,
    /// The key of its label.
    label: String,
}

/// A point that was looked for.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "Keypoint", input_name = "KeypointInput")]
pub(super) struct KeypointObject {
    /// The point's key.
    point: String,
    /// Whether it can be seen.
    visibility: VisibilityEnum,
    /// Where it is; null exactly if it is absent.
    at: Option<PointObject>,
}

/// Whether a point can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "Visibility", remote = "stele_domain::form::Visibility")]
enum VisibilityEnum {
    /// It can be seen.
    Visible,
    /// Something is in front of it; where it is can be told.
    Occluded,
    /// It is not in the image.
    Absent,
}

/// A labelled stretch of a sound or a video.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "Segment", input_name = "SegmentInput")]
pub(super) struct SegmentObject {
    /// When it begins, in milliseconds from 0.
    start_ms: u64,
    /// When it ends: the first millisecond that is no longer in it.
    end_ms: u64,
    /// The key of its label.
    label: String,
}

/// An object, and where it is at certain times.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "Track", input_name = "TrackInput")]
pub(super) struct TrackObject {
    /// The key of the object's label.
    label: String,
    /// Where it is, one box a time, the earliest first.
    boxes: Vec<TrackedBoxObject>,
}

/// Where an object is at some time, in pixels from the upper left corner of the video.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "TrackedBox", input_name = "TrackedBoxInput")]
struct TrackedBoxObject {
    /// When, in milliseconds from 0.
    time_ms: u64,
    /// Its left edge.
    x: f64,
    /// Its upper edge.
    y: f64,
    /// How wide it is.
    width: f64,
    /// How high it is.
    height: f64,
}

impl From<BoundingBoxObject> for form::BoundingBox {
    fn from(BoundingBoxObject { x, y, width, height, label }: BoundingBoxObject) -> Self {
        Self { x, y, width, height, label }
    }
}

impl From<form::BoundingBox> for BoundingBoxObject {
    fn from(form::BoundingBox { x, y, width, height, label }: form::BoundingBox) -> Self {
        Self { x, y, width, height, label }
    }
}

impl From<PointObject> for form::Point {
    fn from(PointObject { x, y }: PointObject) -> Self {
        Self { x, y }
    }
}

impl From<form::Point> for PointObject {
    fn from(form::Point { x, y }: form::Point) -> Self {
        Self { x, y }
    }
}

impl From<PolygonObject> for form::Polygon {
    fn from(PolygonObject { points, label }: PolygonObject) -> Self {
        Self { points: converted(points), label }
    }
}

impl From<form::Polygon> for PolygonObject {
    fn from(form::Polygon { points, label }: form::Polygon) -> Self {
        Self { points: converted(points), label }
    }
}

impl From<KeypointObject> for form::Keypoint {
    fn from(KeypointObject { point, visibility, at }: KeypointObject) -> Self {
        Self { point, visibility: visibility.into(), at: at.map(Into::into) }
    }
}

impl From<form::Keypoint> for KeypointObject {
    fn from(form::Keypoint { point, visibility, at }: form::Keypoint) -> Self {
        Self { point, visibility: visibility.into(), at: at.map(Into::into) }
    }
}

impl From<SegmentObject> for form::Segment {
    fn from(SegmentObject { start_ms, end_ms, label }: SegmentObject) -> Self {
        Self { start_ms, end_ms, label }
    }
}

impl From<form::Segment> for SegmentObject {
    fn from(form::Segment { start_ms, end_ms, label }: form::Segment) -> Self {
        Self { start_ms, end_ms, label }
    }
}

impl From<TrackObject> for form::Track {
    fn from(TrackObject { label, boxes }: TrackObject) -> Self {
        Self { label, boxes: converted(boxes) }
    }
}

impl From<form::Track> for TrackObject {
    fn from(form::Track { label, boxes }: form::Track) -> Self {
        Self { label, boxes: converted(boxes) }
    }
}

impl From<TrackedBoxObject> for form::TrackedBox {
    fn from(TrackedBoxObject { time_ms, x, y, width, height }: TrackedBoxObject) -> Self {
        Self { time_ms, x, y, width, height }
    }
}

impl From<form::TrackedBox> for TrackedBoxObject {
    fn from(form::TrackedBox { time_ms, x, y, width, height }: form::TrackedBox) -> Self {
        Self { time_ms, x, y, width, height }
    }
}
