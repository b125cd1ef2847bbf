//! Boxes around what an image shows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ChoiceOption, Reason, choice, frame::Rectangle};
use crate::form::Shown;

/// The most boxes in one answer.
const MAX_BOXES: usize = 10_000;

/// Boxes around what an image shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoxesQuestion {
    /// The content field with the image.
    pub content: String,
    /// What a box may be labelled as, in the order shown; empty where boxes have no labels.
    pub labels: Vec<ChoiceOption>,
}

/// A box whose sides are along the image's, in pixels from the image's upper left corner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BoundingBox {
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
    /// What it is labelled as: there exactly if the question has labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl BoxesQuestion {
    pub(in crate::form) fn check(&self) -> Result<(), Reason> {
        choice::check_options(&self.labels)
    }

    /// The boxes from the top to the bottom.
    pub(in crate::form) fn accept(&self, given: &[BoundingBox], shown: &Shown) -> Result<Vec<BoundingBox>, Reason> {
        let frame = shown.image(&self.content)?;
        if given.len() > MAX_BOXES {
            return Err(format!("it takes at most {MAX_BOXES} boxes, not {}", given.len()));
        }
        let mut boxes = Vec::with_capacity(given.len());
        for given in given {
            match &given.label {
                Some(label) => choice::place(&self.labels, label).map(|_| ())?,
                None if self.labels.is_empty() => {}
                None => return Err("a box needs one of its labels".into()),
            }
            let Rectangle { x, y, width, height } = given.rectangle().accept(Some(frame))?;
            boxes.push(BoundingBox { x, y, width, height, label: given.label.clone() });
        }
        boxes.sort_by(|one, next| one.rectangle().order(&next.rectangle()).then_with(|| one.label.cmp(&next.label)));
        if let Some(twice) = boxes.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("the box at ({}, {}) stands twice", twice[0].x, twice[0].y));
        }
        Ok(boxes)
    }
}

impl BoundingBox {
    const fn rectangle(&self) -> Rectangle {
        Rectangle { x: self.x, y: self.y, width: self.width, height: self.height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Extent, Frame, ShownField};

    fn question(labels: &[&str]) -> BoxesQuestion {
        let label = |key: &&str| ChoiceOption { key: (*key).into(), label: (*key).into() };
        BoxesQuestion { content: "photo".into(), labels: labels.iter().map(label).collect() }
    }

    fn shown(extent: Extent) -> Shown {
        Shown { content: vec![ShownField { name: "photo".into(), extent }], responses: Vec::new() }
    }

    fn photo() -> Shown {
        shown(Extent::Image(Some(Frame { width: 640, height: 480 })))
    }

    fn at(x: f64, y: f64, label: Option<&str>) -> BoundingBox {
        BoundingBox { x, y, width: 10.0, height: 10.0, label: label.map(Into::into) }
    }

    #[test]
    fn boxes_are_recorded_from_the_top_to_the_bottom() {
        let (upper, lower, other) =
            (at(9.5, 0.0, Some("cat")), at(0.0, 20.0, Some("cat")), at(9.5, 0.0, Some("dog")));
        let given = [lower.clone(), other.clone(), upper.clone()];
        assert_eq!(question(&["dog", "cat"]).accept(&given, &photo()), Ok(vec![upper, other, lower]));
        assert_eq!(question(&[]).accept(&[at(0.0, 0.0, None)], &photo()), Ok(vec![at(0.0, 0.0, None)]));
        assert_eq!(question(&[]).accept(&[], &photo()), Ok(vec![]), "nothing is there to see");
    }

    #[test]
    fn what_is_no_box_of_the_image_is_refused() {
        let cat = || at(0.0, 0.0, Some("cat"));
        for (labels, given, shown, reason) in [
            (&["cat"][..], vec![at(0.0, 0.0, None)], photo(), "a box needs one of its labels"),
            (&["cat"], vec![at(0.0, 0.0, Some("dog"))], photo(), "`dog` is not one of its options: cat"),
            (&[], vec![cat()], photo(), "`cat` is not one of its options"),
            (&["cat"], vec![cat(), cat()], photo(), "the box at (0, 0) stands twice"),
            (&["cat"], vec![at(631.0, 0.0, Some("cat"))], photo(), "is not in the picture of 640 x 480 pixels"),
            (&["cat"], vec![BoundingBox { width: 0.0, ..cat() }], photo(), "has no area"),
            (&["cat"], vec![cat(); MAX_BOXES + 1], photo(), "at most 10000 boxes, not 10001"),
            (
                &["cat"],
                vec![cat()],
                shown(Extent::Chat),
                "it is about an image, and the content field `photo` is a chat",
            ),
            (&["cat"], vec![cat()], shown(Extent::Image(None)), "the size of `photo` is not on record"),
            (&["cat"], vec![cat()], Shown::default(), "`photo`, which this task does not have"),
        ] {
            let error = question(labels).accept(&given, &shown).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
    }
}
