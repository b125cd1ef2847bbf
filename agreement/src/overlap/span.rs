//! Stretches of a text, or of time.

use super::Mark;

/// A labelled stretch from `start` up to, but without, `end`: in characters, milliseconds or whatever is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span<L> {
    start: u64,
    end: u64,
    label: L,
}

/// A span that ends where it starts, or before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a span ends after its start")]
pub struct NotASpan;

impl<L> Span<L> {
    /// Checks that it ends after its start.
    pub fn new(label: L, start: u64, end: u64) -> Result<Self, NotASpan> {
        if start < end { Ok(Self { start, end, label }) } else { Err(NotASpan) }
    }
}

impl<L: Ord> Mark for Span<L> {
    fn overlap(&self, other: &Self) -> f64 {
        let common = self.end.min(other.end).saturating_sub(self.start.max(other.start));
        if common == 0 || self.label != other.label {
            return 0.0;
        }
        // They overlap, so that from the first start to the last end everything is covered.
        common as f64 / (self.end.max(other.end) - self.start.min(other.start)) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(label: char, start: u64, end: u64) -> Span<char> {
        Span::new(label, start, end).expect("not empty")
    }

    #[track_caller]
    fn assert_overlap(first: &Span<char>, second: &Span<char>, expected: f64) {
        assert!((first.overlap(second) - expected).abs() < 1e-15);
        assert!((second.overlap(first) - expected).abs() < 1e-15);
    }

    #[test]
    fn overlap_is_intersection_over_union() {
        assert_overlap(&span('a', 0, 4), &span('a', 0, 4), 1.0);
        assert_overlap(&span('a', 0, 4), &span('a', 2, 6), 2.0 / 6.0);
        assert_overlap(&span('a', 0, 10), &span('a', 4, 6), 0.2);
        assert_overlap(&span('a', 0, 4), &span('a', 4, 6), 0.0);
        assert_overlap(&span('a', 0, 4), &span('b', 0, 4), 0.0);
        assert_overlap(&span('a', 0, u64::MAX), &span('a', 0, u64::MAX), 1.0);
    }

    #[test]
    fn an_empty_span_is_none() {
        assert_eq!(Span::new('a', 3, 3), Err(NotASpan));
        assert_eq!(Span::new('a', 3, 2), Err(NotASpan));
    }
}
