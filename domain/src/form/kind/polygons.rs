//! Outlines of what an image shows.

use std::cmp::Ordering;

use robust::{Coord, orient2d};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ChoiceOption, Point, Reason, choice};
use crate::form::Shown;

/// The most points of one polygon. Each of its sides is held against every other.
const MAX_POINTS: usize = 1_000;

/// The most points in one answer, over all polygons.
const MAX_ALL_POINTS: usize = 10_000;

/// Outlines of what an image shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PolygonsQuestion {
    /// The content field with the image.
    pub content: String,
    /// What a polygon may be labelled as, in the order shown.
    pub labels: Vec<ChoiceOption>,
}

/// An outline: a simple polygon, whose sides meet at its corners and nowhere else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Polygon {
    /// Its corners, 3 or more. It is recorded clockwise, as one sees it, from the uppermost corner, or of several the leftmost.
    /// The last is joined to the first.
    pub points: Vec<Point>,
    /// What it is labelled as.
    pub label: String,
}

impl PolygonsQuestion {
    pub(in crate::form) fn check(&self) -> Result<(), Reason> {
        choice::check_labels(&self.labels, "label")
    }

    /// The polygons from the top to the bottom.
    pub(in crate::form) fn accept(&self, given: &[Polygon], shown: &Shown) -> Result<Vec<Polygon>, Reason> {
        let frame = shown.image(&self.content)?;
        let points: usize = given.iter().map(|polygon| polygon.points.len()).sum();
        if points > MAX_ALL_POINTS {
            return Err(format!("its polygons have at most {MAX_ALL_POINTS} points together, not {points}"));
        }
        let mut polygons = Vec::with_capacity(given.len());
        for Polygon { points, label } in given {
            choice::place(&self.labels, label)?;
            if points.len() < 3 || points.len() > MAX_POINTS {
                return Err(format!("a polygon has 3 to {MAX_POINTS} points, not {}", points.len()));
            }
            let points = points.iter().map(|point| point.accept(Some(frame))).collect::<Result<Vec<_>, _>>()?;
            check_simple(&points)?;
            polygons.push(Polygon { points: clockwise(points), label: label.clone() });
        }
        polygons.sort_by(Polygon::order);
        if let Some(twice) = polygons.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("the polygon from {} stands twice", place(twice[0].points[0])));
        }
        Ok(polygons)
    }
}

impl Polygon {
    fn order(&self, other: &Self) -> Ordering {
        let corners = self.points.iter().zip(&other.points);
        let places = corners.fold(Ordering::Equal, |order, (one, next)| order.then_with(|| one.order(next)));
        places.then(self.points.len().cmp(&other.points.len())).then_with(|| self.label.cmp(&other.label))
    }
}

/// Whether a polygon's sides meet at its corners and nowhere else.
fn check_simple(points: &[Point]) -> Result<(), Reason> {
    let sides: Vec<Side> =
        points.iter().zip(points.iter().cycle().skip(1)).map(|(from, to)| Side(*from, *to)).collect();
    for (index, side) in sides.iter().enumerate() {
        if side.0 == side.1 {
            return Err(format!("a polygon has the point {} twice in a row", place(side.0)));
        }
        for (next, other) in sides.iter().enumerate().skip(index + 1) {
            let meet = if next == index + 1 {
                side.folds_back(*other)
            } else if index == 0 && next + 1 == sides.len() {
                other.folds_back(*side)
            } else {
                side.touches(*other)
            };
            if meet {
                let [a, b, c, d] = [side.0, side.1, other.0, other.1].map(place);
                return Err(format!("a polygon's sides from {a} to {b} and from {c} to {d} meet"));
            }
        }
    }
    Ok(())
}

/// A simple polygon's corners clockwise, as one sees it, from the uppermost, or of several the leftmost.
fn clockwise(mut points: Vec<Point>) -> Vec<Point> {
    let first = points.iter().enumerate().min_by(|(_, one), (_, next)| one.order(next)).map_or(0, |(place, _)| place);
    points.rotate_left(first);
    // nothing is above the first corner, so the polygon bends there the way it runs
    if let ([first, second, ..], [.., last]) = (points.as_slice(), points.as_slice())
        && turn(*last, *first, *second) == Ordering::Less
    {
        points[1..].reverse();
    }
    points
}

/// One side of a polygon.
#[derive(Clone, Copy, Debug)]
struct Side(Point, Point);

impl Side {
    /// Whether the side that begins where this one ends runs back over it.
    fn folds_back(self, next: Self) -> bool {
        turn(self.0, self.1, next.1) == Ordering::Equal && (self.spans(next.1) || next.spans(self.0))
    }

    /// Whether two sides have a point in common.
    fn touches(self, other: Self) -> bool {
        let [a, b] = [other.0, other.1].map(|point| turn(self.0, self.1, point));
        let [c, d] = [self.0, self.1].map(|point| turn(other.0, other.1, point));
        let (zero, crosses) = (Ordering::Equal, a != b && c != d);
        crosses && [a, b, c, d].iter().all(|turn| *turn != zero)
            || a == zero && self.spans(other.0)
            || b == zero && self.spans(other.1)
            || c == zero && other.spans(self.0)
            || d == zero && other.spans(self.1)
    }

    /// Whether a point of the side's line is on the side.
    fn spans(self, point: Point) -> bool {
        let within = |from: f64, to: f64, number: f64| from.min(to) <= number && number <= from.max(to);
        within(self.0.x, self.1.x, point.x) && within(self.0.y, self.1.y, point.y)
    }
}

/// Which way one turns at `b`, coming from `a` and going to `c`: `Greater` is clockwise, as one sees it. It is exact (Shewchuk
/// 1997), so that whether sides meet does not depend on how numbers are rounded.
fn turn(a: Point, b: Point, c: Point) -> Ordering {
    let [a, b, c] = [a, b, c].map(|Point { x, y }| Coord { x, y });
    let area = orient2d(a, b, c);
    if area > 0.0 {
        Ordering::Greater
    } else if area < 0.0 {
        Ordering::Less
    } else {
        Ordering::Equal
    }
}

/// A point, for people.
fn place(Point { x, y }: Point) -> String {
    format!("({x}, {y})")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, prop, prop_assert, prop_assert_eq, proptest};

    use super::*;
    use crate::form::{Extent, Frame, ShownField};

    fn question() -> PolygonsQuestion {
        let labels = ["cat", "dog"].map(|key| ChoiceOption { key: key.into(), label: key.into() }).to_vec();
        PolygonsQuestion { content: "photo".into(), labels }
    }

    fn photo() -> Shown {
        let extent = Extent::Image(Some(Frame { width: 100, height: 100 }));
        Shown { content: vec![ShownField { name: "photo".into(), extent }], responses: Vec::new() }
    }

    fn polygon(points: &[(f64, f64)]) -> Polygon {
        Polygon { points: points.iter().map(|(x, y)| Point { x: *x, y: *y }).collect(), label: "cat".into() }
    }

    #[test]
    fn polygons_are_recorded_clockwise_from_the_top() {
        let clockwise = polygon(&[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)]);
        let lower = polygon(&[(50.0, 50.0), (60.0, 60.0), (40.0, 60.0)]);
        let accepted = Ok(vec![clockwise.clone(), lower.clone()]);
        assert_eq!(question().accept(&[lower.clone(), clockwise.clone()], &photo()), accepted);
        let otherwise = polygon(&[(10.0, 10.0), (10.0, 0.0), (0.0, 0.0), (0.0, 10.0)]);
        assert_eq!(question().accept(&[otherwise, lower], &photo()), accepted, "it is the same outline");
    }

    #[test]
    fn a_corner_may_be_straight_and_a_polygon_bent_inwards() {
        for points in [
            &[(0.0, 0.0), (5.0, 0.0), (10.0, 0.0), (10.0, 10.0)][..],
            &[(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (5.0, 1.0), (0.0, 10.0)],
        ] {
            assert!(question().accept(&[polygon(points)], &photo()).is_ok(), "{points:?}");
        }
    }

    #[test]
    fn what_is_no_simple_polygon_is_refused() {
        let many: Vec<(f64, f64)> = (0..1_001).map(|number| (f64::from(number) / 100.0, 0.0)).collect();
        for (points, reason) in [
            (&[(0.0, 0.0), (1.0, 0.0)][..], "a polygon has 3 to 1000 points, not 2"),
            (&many, "a polygon has 3 to 1000 points, not 1001"),
            (&[(0.0, 0.0), (100.5, 0.0), (1.0, 1.0)], "(100.5, 0) is not in the picture of 100 x 100 pixels"),
            (&[(0.0, 0.0), (f64::NAN, 0.0), (1.0, 1.0)], "is not in the picture"),
            (&[(0.0, 0.0), (0.0, 0.0), (1.0, 1.0)], "the point (0, 0) twice in a row"),
            (&[(0.0, 0.0), (2.0, 2.0), (1.0, 1.0)], "meet"),
            (
                &[(0.0, 0.0), (9.0, 9.0), (9.0, 0.0), (0.0, 9.0)],
                "sides from (0, 0) to (9, 9) and from (9, 0) to (0, 9) meet",
            ),
            // it touches itself: at a corner, at a side, along a side
            (&[(0.0, 0.0), (9.0, 0.0), (4.0, 4.0), (9.0, 9.0), (0.0, 9.0), (4.0, 4.0)], "meet"),
            (&[(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (5.0, 0.0), (0.0, 9.0)], "meet"),
            (&[(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (8.0, 0.0), (2.0, 0.0), (0.0, 9.0)], "meet"),
            // there and back
            (&[(0.0, 0.0), (9.0, 0.0), (5.0, 0.0), (5.0, 9.0)], "meet"),
            (&[(5.0, 0.0), (5.0, 9.0), (0.0, 9.0), (5.0, 9.0)], "meet"),
        ] {
            let error = question().accept(&[polygon(points)], &photo()).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
        let triangle = || polygon(&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]);
        let dog = Polygon { label: "dog".into(), ..triangle() };
        assert!(question().accept(&[triangle(), dog], &photo()).is_ok());
        let turned = polygon(&[(1.0, 0.0), (1.0, 1.0), (0.0, 0.0)]);
        for (given, reason) in [
            (vec![triangle(), turned], "the polygon from (0, 0) stands twice"),
            (vec![Polygon { label: "cow".into(), ..triangle() }], "`cow` is not one of its options"),
            (vec![triangle(); 3_334], "at most 10000 points together, not 10002"),
        ] {
            let error = question().accept(&given, &photo()).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
        assert!(question().accept(&[triangle()], &Shown::default()).is_err());
    }

    /// Corners around a middle, at rising angles less than a half turn apart: the polygon is simple.
    fn star() -> impl Strategy<Value = Vec<(f64, f64)>> {
        prop::collection::vec(1.0..50.0, 3..40).prop_map(|distances| {
            let corners = f64::from(u32::try_from(distances.len()).expect("few"));
            let corner = |(number, distance): (u32, f64)| {
                let angle = std::f64::consts::TAU * f64::from(number) / corners;
                (50.0 + distance * angle.cos(), 50.0 + distance * angle.sin())
            };
            (0..).zip(distances).map(corner).collect()
        })
    }

    proptest! {
        #[test]
        fn however_a_polygon_is_given_it_is_recorded_alike(points in star(), first in 0_usize..40, back: bool) {
            let recorded = question().accept(&[polygon(&points)], &photo());
            prop_assert!(recorded.is_ok(), "{recorded:?}");
            let mut other = points.clone();
            other.rotate_left(first % points.len());
            if back {
                other.reverse();
            }
            prop_assert_eq!(question().accept(&[polygon(&other)], &photo()), recorded);
        }

        /// Where two corners that are two apart change places, the sides before and after them cross.
        #[test]
        fn a_polygon_that_crosses_itself_is_refused(corners in 5_u32..40, at in 0_usize..40) {
            let corner = |number| {
                let angle = std::f64::consts::TAU * f64::from(number) / f64::from(corners);
                (50.0 + 45.0 * angle.cos(), 50.0 + 45.0 * angle.sin())
            };
            let mut points: Vec<(f64, f64)> = (0..corners).map(corner).collect();
            prop_assert!(question().accept(&[polygon(&points)], &photo()).is_ok());
            let (one, other) = (at % points.len(), (at + 2) % points.len());
            points.swap(one, other);
            let refused = question().accept(&[polygon(&points)], &photo());
            prop_assert!(refused.is_err_and(|reason| reason.ends_with("meet")));
        }
    }
}
