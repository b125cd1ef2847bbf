//! Labelled stretches of a sound or a video: who speaks when, where a scene begins.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ChoiceOption, Reason, choice};
use crate::form::Shown;

/// The most segments in one answer.
const MAX_SEGMENTS: usize = 10_000;

/// Labelled stretches of a sound or a video.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentsQuestion {
    /// The content field with the sound or the video.
    pub content: String,
    /// What a segment may be labelled as, in the order shown.
    pub labels: Vec<ChoiceOption>,
    /// Whether segments may overlap.
    pub overlapping: bool,
}

/// A labelled stretch of a sound or a video. It is ordered as it is recorded: by time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// When it begins, in milliseconds from 0.
    pub start_ms: u64,
    /// When it ends: the first millisecond that is no longer in it.
    pub end_ms: u64,
    /// What it is labelled as.
    pub label: String,
}

impl SegmentsQuestion {
    pub(in crate::form) fn check(&self) -> Result<(), Reason> {
        choice::check_labels(&self.labels, "label")
    }

    /// The segments in the order of their times.
    pub(in crate::form) fn accept(&self, given: &[Segment], shown: &Shown) -> Result<Vec<Segment>, Reason> {
        let duration_ms = shown.duration_ms(&self.content)?;
        if given.len() > MAX_SEGMENTS {
            return Err(format!("it takes at most {MAX_SEGMENTS} segments, not {}", given.len()));
        }
        let mut segments = given.to_vec();
        segments.sort();
        for Segment { start_ms, end_ms, label } in &segments {
            choice::place(&self.labels, label)?;
            if start_ms >= end_ms {
                return Err(format!("the segment from {start_ms} ms to {end_ms} ms ends before it begins"));
            }
            if let Some(duration_ms) = duration_ms.filter(|duration_ms| end_ms > duration_ms) {
                return Err(format!("the segment from {start_ms} ms to {end_ms} ms ends after {duration_ms} ms"));
            }
        }
        for pair in segments.windows(2) {
            let [one, next] = pair else { continue };
            let [a, b, c, d] = [one.start_ms, one.end_ms, next.start_ms, next.end_ms];
            if one == next {
                return Err(format!("the segment from {a} ms to {b} ms stands twice"));
            }
            if !self.overlapping && c < b {
                return Err(format!("the segments from {a} ms to {b} ms and from {c} ms to {d} ms overlap"));
            }
        }
        Ok(segments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Extent, ShownField};

    fn question(overlapping: bool) -> SegmentsQuestion {
        let labels = ["ada", "grace"].map(|key| ChoiceOption { key: key.into(), label: key.into() }).to_vec();
        SegmentsQuestion { content: "talk".into(), labels, overlapping }
    }

    fn shown(extent: Extent) -> Shown {
        Shown { content: vec![ShownField { name: "talk".into(), extent }], responses: Vec::new() }
    }

    fn segment(start_ms: u64, end_ms: u64, label: &str) -> Segment {
        Segment { start_ms, end_ms, label: label.into() }
    }

    #[test]
    fn segments_are_recorded_in_the_order_of_their_times() {
        let (first, second) = (segment(0, 1_500, "grace"), segment(1_500, 2_000, "ada"));
        for extent in [Extent::Audio(Some(2_000)), Extent::Audio(None), Extent::Video(None, Some(2_000))] {
            let accepted = question(false).accept(&[second.clone(), first.clone()], &shown(extent));
            assert_eq!(accepted, Ok(vec![first.clone(), second.clone()]));
        }
    }

    #[test]
    fn segments_overlap_only_where_they_may() {
        let segments = [segment(0, 1_500, "ada"), segment(1_499, 2_000, "grace")];
        let talk = shown(Extent::Audio(None));
        let error = question(false).accept(&segments, &talk).expect_err("overlap");
        assert_eq!(error, "the segments from 0 ms to 1500 ms and from 1499 ms to 2000 ms overlap");
        assert_eq!(question(true).accept(&segments, &talk), Ok(segments.to_vec()));
    }

    #[test]
    fn what_is_no_segment_is_refused() {
        let ada = || segment(0, 1_000, "ada");
        let talk = || shown(Extent::Audio(Some(1_000)));
        for (given, shown, reason) in [
            (vec![segment(5, 5, "ada")], talk(), "from 5 ms to 5 ms ends before it begins"),
            (vec![segment(6, 5, "ada")], talk(), "ends before it begins"),
            (vec![segment(0, 1_001, "ada")], talk(), "from 0 ms to 1001 ms ends after 1000 ms"),
            (vec![segment(0, 1, "eve")], talk(), "`eve` is not one of its options: ada, grace"),
            (vec![ada(), ada()], talk(), "from 0 ms to 1000 ms stands twice"),
            (vec![ada(); MAX_SEGMENTS + 1], talk(), "at most 10000 segments, not 10001"),
            (
                vec![ada()],
                shown(Extent::Text(Some(9))),
                "about a sound or a video, and the content field `talk` is a text",
            ),
            (vec![ada()], Shown::default(), "`talk`, which this task does not have"),
        ] {
            let error = question(true).accept(&given, &shown).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
        assert!(SegmentsQuestion { labels: Vec::new(), ..question(true) }.check().is_err());
    }
}
