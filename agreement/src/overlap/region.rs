//! Boxes in an image.

use super::Mark;
use crate::Value;

/// A labelled box: left edge, upper edge, width and height, in pixels or whatever is measured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region<L> {
    left: Value,
    top: Value,
    width: Value,
    height: Value,
    label: L,
}

/// A box without an area, or one that no finite numbers describe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a box has a finite position and a finite area above zero")]
pub struct NotARegion;

impl<L> Region<L> {
    /// Checks that the position, the edges beyond and the area are finite, and the area isn't 0.
    pub fn new(label: L, left: f64, top: f64, width: f64, height: f64) -> Result<Self, NotARegion> {
        let area = width * height;
        let sound = width > 0.0 && height > 0.0 && area > 0.0 && (area * 4.0).is_finite();
        if !sound || !(left + width).is_finite() || !(top + height).is_finite() {
            return Err(NotARegion);
        }
        let value = |number| Value::new(number).map_err(|_| NotARegion);
        Ok(Self { left: value(left)?, top: value(top)?, width: value(width)?, height: value(height)?, label })
    }

    fn area(&self) -> f64 {
        self.width.get() * self.height.get()
    }
}

impl<L: Ord> Mark for Region<L> {
    fn overlap(&self, other: &Self) -> f64 {
        if self.label != other.label {
            return 0.0;
        }
        // Two equal boxes: an edge that was added up might be a little off.
        if self == other {
            return 1.0;
        }
        let common = common(self.left, self.width, other.left, other.width)
            * common(self.top, self.height, other.top, other.height);
        let union = self.area() + other.area() - common;
        (common / union).clamp(0.0, 1.0)
    }
}

/// The length that two stretches have in common.
fn common(first: Value, length: Value, second: Value, of_second: Value) -> f64 {
    let end = (first.get() + length.get()).min(second.get() + of_second.get());
    let least = length.min(of_second).get();
    (end - first.max(second).get()).clamp(0.0, least)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(left: f64, top: f64, width: f64, height: f64) -> Region<char> {
        Region::new('a', left, top, width, height).expect("an area")
    }

    #[track_caller]
    fn assert_overlap(first: &Region<char>, second: &Region<char>, expected: f64) {
        assert!((first.overlap(second) - expected).abs() < 1e-15, "{}", first.overlap(second));
        assert!((second.overlap(first) - expected).abs() < 1e-15, "{}", second.overlap(first));
    }

    #[test]
    fn overlap_is_intersection_over_union() {
        let square = region(0.0, 0.0, 2.0, 2.0);
        assert_overlap(&square, &square, 1.0);
        assert_overlap(&square, &region(1.0, 1.0, 2.0, 2.0), 1.0 / 7.0);
        assert_overlap(&square, &region(-1.0, 0.5, 4.0, 1.0), 2.0 / 6.0);
        assert_overlap(&square, &region(2.0, 0.0, 2.0, 2.0), 0.0);
        assert_overlap(&square, &region(0.0, -5.0, 2.0, 2.0), 0.0);
        assert_overlap(&square, &Region::new('b', 0.0, 0.0, 2.0, 2.0).expect("an area"), 0.0);
        let decimal = region(0.1, 0.2, 0.3, 0.7);
        assert!(decimal.overlap(&decimal).to_bits() == 1f64.to_bits());
    }

    #[test]
    fn a_box_has_an_area() {
        for (left, width, height) in [(0.0, 0.0, 1.0), (0.0, -1.0, -1.0), (f64::NAN, 1.0, 1.0), (0.0, 1e300, 1e300)] {
            assert_eq!(Region::new('a', left, 0.0, width, height), Err(NotARegion));
        }
        assert_eq!(Region::new('a', f64::MAX, 0.0, f64::MAX, 1e-300), Err(NotARegion));
    }
}
