//! Named points of what an image shows, such as the joints of a body.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ChoiceOption, Point, Reason, choice};
use crate::form::Shown;

/// Named points of what an image shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeypointsQuestion {
    /// The content field with the image.
    pub content: String,
    /// The points that may be marked, each once, in the order shown.
    pub points: Vec<ChoiceOption>,
}

/// A point that was looked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keypoint {
    /// Which one.
    pub point: String,
    /// Whether it can be seen.
    pub visibility: Visibility,
    /// Where it is; absent exactly if it is not in the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Point>,
}

/// Whether a point can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// It can be seen.
    Visible,
    /// Something is in front of it; where it is can be told.
    Occluded,
    /// It is not in the image.
    Absent,
}

impl KeypointsQuestion {
    pub(in crate::form) fn check(&self) -> Result<(), Reason> {
        choice::check_labels(&self.points, "point")
    }

    /// The points in the order of the form.
    pub(in crate::form) fn accept(&self, given: &[Keypoint], shown: &Shown) -> Result<Vec<Keypoint>, Reason> {
        let frame = shown.image(&self.content)?;
        let mut points = BTreeMap::new();
        for given in given {
            let point = &given.point;
            let place = choice::place(&self.points, point)?;
            let at = match (given.visibility, given.at) {
                (Visibility::Absent, None) => None,
                (Visibility::Absent, Some(_)) => return Err(format!("`{point}` is absent, so it is nowhere")),
                (_, Some(at)) => Some(at.accept(Some(frame))?),
                (_, None) => return Err(format!("`{point}` needs a place, or is absent")),
            };
            if points.insert(place, Keypoint { at, ..given.clone() }).is_some() {
                return Err(format!("`{point}` is marked twice"));
            }
        }
        Ok(points.into_values().collect())
    }
}

#[cfg(test)]
mod tests {
    use Visibility::{Absent, Occluded, Visible};

    use super::*;
    use crate::form::{Extent, Frame, ShownField};

    fn question() -> KeypointsQuestion {
        let points = ["nose", "left_eye", "right_eye"];
        let points = points.map(|key| ChoiceOption { key: key.into(), label: key.into() }).to_vec();
        KeypointsQuestion { content: "face".into(), points }
    }

    fn face() -> Shown {
        let extent = Extent::Image(Some(Frame { width: 64, height: 64 }));
        Shown { content: vec![ShownField { name: "face".into(), extent }], responses: Vec::new() }
    }

    fn point(point: &str, visibility: Visibility, at: Option<(f64, f64)>) -> Keypoint {
        Keypoint { point: point.into(), visibility, at: at.map(|(x, y)| Point { x, y }) }
    }

    #[test]
    fn points_are_recorded_in_the_order_of_the_form() {
        let nose = point("nose", Visible, Some((32.0, 40.5)));
        let (left, right) = (point("left_eye", Occluded, Some((20.0, 20.0))), point("right_eye", Absent, None));
        let given = [right.clone(), nose.clone(), left.clone()];
        assert_eq!(question().accept(&given, &face()), Ok(vec![nose.clone(), left, right]));
        assert_eq!(question().accept(std::slice::from_ref(&nose), &face()), Ok(vec![nose]), "not all need be marked");
    }

    #[test]
    fn what_is_no_point_of_the_image_is_refused() {
        let nose = || point("nose", Visible, Some((1.0, 1.0)));
        for (given, reason) in [
            (vec![nose(), nose()], "`nose` is marked twice"),
            (vec![point("ear", Absent, None)], "`ear` is not one of its options"),
            (vec![point("nose", Visible, None)], "`nose` needs a place, or is absent"),
            (vec![point("nose", Occluded, None)], "`nose` needs a place"),
            (vec![point("nose", Absent, Some((1.0, 1.0)))], "`nose` is absent, so it is nowhere"),
            (vec![point("nose", Visible, Some((64.5, 1.0)))], "is not in the picture of 64 x 64 pixels"),
            (vec![point("nose", Visible, Some((f64::NAN, 1.0)))], "is not in the picture"),
        ] {
            let error = question().accept(&given, &face()).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
        assert!(question().accept(&[nose()], &Shown::default()).is_err());
        assert!(KeypointsQuestion { points: Vec::new(), ..question() }.check().is_err());
    }
}
