//! Objects that are followed through a video: boxes around them at certain times.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ChoiceOption, Frame, Reason, choice, frame::Rectangle};
use crate::form::Shown;

/// The most boxes in one answer, over all tracks.
const MAX_BOXES: usize = 10_000;

/// Objects that are followed through a video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TracksQuestion {
    /// The content field with the video.
    pub content: String,
    /// What an object may be labelled as, in the order shown.
    pub labels: Vec<ChoiceOption>,
}

/// An object, and where it is at certain times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// What the object is labelled as.
    pub label: String,
    /// Where it is, one box a time, the earliest first; one or more. What is between two times is for readers to fill in.
    pub boxes: Vec<TrackedBox>,
}

/// Where an object is at some time, in pixels from the upper left corner of the video.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrackedBox {
    /// When, in milliseconds from 0.
    pub time_ms: u64,
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
    /// How wide it is.
    pub width: f64,
    /// How high it is.
    pub height: f64,
}

impl TracksQuestion {
    pub(in crate::form) fn check(&self) -> Result<(), Reason> {
        choice::check_labels(&self.labels, "label")
    }

    /// The tracks, the one that begins first in front.
    pub(in crate::form) fn accept(&self, given: &[Track], shown: &Shown) -> Result<Vec<Track>, Reason> {
        let (frame, duration_ms) = shown.video(&self.content)?;
        let boxes: usize = given.iter().map(|track| track.boxes.len()).sum();
        if boxes > MAX_BOXES {
            return Err(format!("its tracks have at most {MAX_BOXES} boxes together, not {boxes}"));
        }
        let mut tracks = Vec::with_capacity(given.len());
        for Track { label, boxes } in given {
            choice::place(&self.labels, label)?;
            if boxes.is_empty() {
                return Err(format!("a track of `{label}` has no box"));
            }
            if let Some(pair) = boxes.windows(2).find(|pair| pair[0].time_ms >= pair[1].time_ms) {
                let [before, after] = [pair[0].time_ms, pair[1].time_ms];
                return Err(format!("a track goes on from {before} ms to {after} ms; times grow"));
            }
            let boxes = boxes.iter().map(|tracked| tracked.accept(frame, duration_ms));
            tracks.push(Track { label: label.clone(), boxes: boxes.collect::<Result<_, _>>()? });
        }
        tracks.sort_by(Track::order);
        if let Some(twice) = tracks.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("the same track of `{}` stands twice", twice[0].label));
        }
        Ok(tracks)
    }
}

impl Track {
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        let boxes = self.boxes.iter().zip(&other.boxes);
        let places = boxes.fold(std::cmp::Ordering::Equal, |order, (one, next)| {
            order.then(one.time_ms.cmp(&next.time_ms)).then_with(|| one.rectangle().order(&next.rectangle()))
        });
        places.then(self.boxes.len().cmp(&other.boxes.len())).then_with(|| self.label.cmp(&other.label))
    }
}

impl TrackedBox {
    fn accept(self, frame: Option<Frame>, duration_ms: Option<u64>) -> Result<Self, Reason> {
        let time_ms = self.time_ms;
        if let Some(duration_ms) = duration_ms.filter(|duration_ms| time_ms > *duration_ms) {
            return Err(format!("there is a box at {time_ms} ms, and the video ends at {duration_ms} ms"));
        }
        let Rectangle { x, y, width, height } = self.rectangle().accept(frame)?;
        Ok(Self { time_ms, x, y, width, height })
    }

    const fn rectangle(&self) -> Rectangle {
        Rectangle { x: self.x, y: self.y, width: self.width, height: self.height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Extent, ShownField};

    fn question() -> TracksQuestion {
        let labels = ["car", "bus"].map(|key| ChoiceOption { key: key.into(), label: key.into() }).to_vec();
        TracksQuestion { content: "street".into(), labels }
    }

    fn shown(extent: Extent) -> Shown {
        Shown { content: vec![ShownField { name: "street".into(), extent }], responses: Vec::new() }
    }

    fn street() -> Shown {
        shown(Extent::Video(Some(Frame { width: 640, height: 480 }), Some(2_000)))
    }

    fn at(time_ms: u64, x: f64) -> TrackedBox {
        TrackedBox { time_ms, x, y: 0.0, width: 10.0, height: 10.0 }
    }

    fn track(label: &str, boxes: &[TrackedBox]) -> Track {
        Track { label: label.into(), boxes: boxes.to_vec() }
    }

    #[test]
    fn tracks_are_recorded_in_the_order_in_which_they_begin() {
        let car = track("car", &[at(0, 1.0), at(2_000, 2.5)]);
        let (bus, longer) = (track("bus", &[at(40, 1.0)]), track("bus", &[at(40, 1.0), at(41, 1.0)]));
        let given = [longer.clone(), bus.clone(), car.clone()];
        assert_eq!(question().accept(&given, &street()), Ok(vec![car.clone(), bus, longer]));
        let far = track("car", &[at(9_000_000, 9_000.0)]);
        assert!(question().accept(&[far], &shown(Extent::Video(None, None))).is_ok(), "nobody knows where it ends");
    }

    #[test]
    fn what_is_no_track_is_refused() {
        let car = || track("car", &[at(0, 1.0)]);
        let many: Vec<TrackedBox> = (0..10_001).map(|time_ms| at(time_ms, 0.0)).collect();
        for (given, shown, reason) in [
            (vec![track("car", &[])], street(), "a track of `car` has no box"),
            (vec![track("cat", &[at(0, 1.0)])], street(), "`cat` is not one of its options: car, bus"),
            (vec![track("car", &[at(5, 1.0), at(5, 2.0)])], street(), "from 5 ms to 5 ms; times grow"),
            (vec![track("car", &[at(2_001, 1.0)])], street(), "a box at 2001 ms, and the video ends at 2000 ms"),
            (vec![track("car", &[at(0, 631.0)])], street(), "is not in the picture of 640 x 480 pixels"),
            (vec![track("car", &[at(0, f64::NAN)])], street(), "is not in the picture"),
            (vec![track("car", &[TrackedBox { height: 0.0, ..at(0, 1.0) }])], street(), "has no area"),
            (vec![car(), car()], street(), "the same track of `car` stands twice"),
            (vec![track("car", &many)], street(), "at most 10000 boxes together, not 10001"),
            (vec![car()], shown(Extent::Image(None)), "about a video, and the content field `street` is an image"),
            (vec![car()], shown(Extent::Audio(None)), "is a sound"),
            (vec![car()], Shown::default(), "`street`, which this task does not have"),
        ] {
            let error = question().accept(&given, &shown).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
        assert!(TracksQuestion { labels: Vec::new(), ..question() }.check().is_err());
    }
}
