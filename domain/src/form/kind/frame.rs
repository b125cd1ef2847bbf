//! Places in a picture, in pixels from its upper left corner: x to the right, y downwards. A pixel is a square of side 1, so
//! that the lower right corner of a picture is at its width and height, and places may be between whole numbers.

use std::cmp::Ordering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Reason;

/// The pixels of an image or a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// How many there are in a row.
    pub width: u32,
    /// How many rows there are.
    pub height: u32,
}

/// A place in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// How far it is from the left edge, in pixels.
    pub x: f64,
    /// How far it is from the upper edge, in pixels.
    pub y: f64,
}

/// A rectangle in a picture, its sides along the picture's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rectangle {
    /// Its left edge.
    pub(super) x: f64,
    /// Its upper edge.
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Point {
    /// The point as it is recorded, if it is in the picture, whose edges belong to it. Where its size is not known, any place
    /// right of and below its upper left corner may be in it.
    pub(super) fn accept(self, frame: Option<Frame>) -> Result<Self, Reason> {
        let Self { x, y } = self;
        let (width, height) = edges(frame);
        if (0.0..=width).contains(&x) && (0.0..=height).contains(&y) {
            Ok(Self { x: unsigned(x), y: unsigned(y) })
        } else {
            Err(format!("the point ({x}, {y}) is not in the picture{}", of(frame)))
        }
    }

    /// From the top to the bottom, and from the left to the right.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        self.y.total_cmp(&other.y).then(self.x.total_cmp(&other.x))
    }
}

impl Rectangle {
    /// The rectangle as it is recorded, if it is in the picture and has an area.
    pub(super) fn accept(self, frame: Option<Frame>) -> Result<Self, Reason> {
        let Self { x, y, width, height } = self;
        let is_positive = |side: f64| side > 0.0 && side.is_finite();
        if !is_positive(width) || !is_positive(height) {
            return Err(format!("the box of {width} x {height} at ({x}, {y}) has no area"));
        }
        let (right, lower) = edges(frame);
        let is_inside = |from: f64, side: f64, edge: f64| from >= 0.0 && from + side <= edge;
        if is_inside(x, width, right) && is_inside(y, height, lower) {
            Ok(Self { x: unsigned(x), y: unsigned(y), width, height })
        } else {
            Err(format!("the box of {width} x {height} at ({x}, {y}) is not in the picture{}", of(frame)))
        }
    }

    /// From the top to the bottom, from the left to the right, from small to large.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let size = |one: f64, other: f64| one.total_cmp(&other);
        size(self.y, other.y)
            .then(size(self.x, other.x))
            .then(size(self.height, other.height))
            .then(size(self.width, other.width))
    }
}

/// The right and the lower edge of a picture. A picture of unknown size has them where numbers end.
fn edges(frame: Option<Frame>) -> (f64, f64) {
    frame.map_or((f64::MAX, f64::MAX), |frame| (frame.width.into(), frame.height.into()))
}

/// The size of a picture, for people.
fn of(frame: Option<Frame>) -> String {
    frame.map_or_else(String::new, |frame| format!(" of {} x {} pixels", frame.width, frame.height))
}

/// The number, which is not negative, without a sign: there is one zero.
fn unsigned(number: f64) -> f64 {
    number.abs()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, prop_assert, proptest};

    use super::*;

    const FRAME: Option<Frame> = Some(Frame { width: 640, height: 480 });

    #[test]
    fn the_edges_of_a_picture_belong_to_it() {
        for (x, y) in [(0.0, 0.0), (640.0, 480.0), (0.5, 479.999)] {
            assert_eq!(Point { x, y }.accept(FRAME), Ok(Point { x, y }));
        }
        let zero = Point { x: -0.0, y: 1.0 }.accept(FRAME).expect("in the picture");
        assert_eq!(zero.x.to_bits(), 0.0_f64.to_bits(), "there is one zero");
        for (x, y) in [(640.1, 0.0), (0.0, 480.1), (-0.1, 0.0), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            let error = Point { x, y }.accept(FRAME).expect_err("outside");
            assert!(error.ends_with("is not in the picture of 640 x 480 pixels"), "{error}");
        }
        assert!(Point { x: 1e9, y: 0.0 }.accept(None).is_ok(), "nobody knows where it ends");
        assert!(Point { x: f64::INFINITY, y: 0.0 }.accept(None).is_err());
    }

    #[test]
    fn a_rectangle_has_an_area_and_is_in_the_picture() {
        let at = |[x, y, width, height]: [f64; 4]| Rectangle { x, y, width, height };
        for inside in [[0.0, 0.0, 640.0, 480.0], [639.5, 479.5, 0.5, 0.5]] {
            assert_eq!(at(inside).accept(FRAME), Ok(at(inside)));
        }
        for (outside, reason) in [
            ([0.0, 0.0, 640.5, 1.0], "not in the picture of 640 x 480 pixels"),
            ([0.0, 479.5, 1.0, 1.0], "not in the picture"),
            ([-0.5, 0.0, 1.0, 1.0], "not in the picture"),
            ([f64::NAN, 0.0, 1.0, 1.0], "not in the picture"),
            ([0.0, f64::INFINITY, 1.0, 1.0], "not in the picture"),
            ([0.0, 0.0, 0.0, 1.0], "has no area"),
            ([0.0, 0.0, 1.0, -1.0], "has no area"),
            ([0.0, 0.0, f64::NAN, 1.0], "has no area"),
            ([0.0, 0.0, 1.0, f64::INFINITY], "has no area"),
        ] {
            let error = at(outside).accept(FRAME).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
        assert!(at([0.0, 0.0, f64::MAX, 1.0]).accept(None).is_ok());
        assert!(at([f64::MAX, 0.0, f64::MAX, 1.0]).accept(None).is_err(), "it ends nowhere");
    }

    proptest! {
        /// Clients that keep corners compute a width, and rounding must not push that out of the picture.
        #[test]
        fn a_rectangle_that_reaches_the_edge_is_inside(width in 1_u32.., height in 1_u32.., share in (0.0..1.0, 0.0..1.0).boxed()) {
            let (right, lower) = (f64::from(width), f64::from(height));
            let (x, y) = (right * share.0, lower * share.1);
            let rectangle = Rectangle { x, y, width: right - x, height: lower - y };
            prop_assert!(rectangle.accept(Some(Frame { width, height })).is_ok(), "{rectangle:?}");
        }
    }
}
