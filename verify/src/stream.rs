//! Every stream's versions count up from 1, in the order of positions.

use std::io;

use crate::{
    digest::Digested,
    finding::{FindingKind, Findings},
    sorted::Sorter,
};

/// Rows that are missing from the history, as far as is known.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Missing {
    /// The position of the first of them.
    pub(crate) first: Option<u64>,
    pub(crate) rows: u64,
}

impl Missing {
    /// Whether so many events before a position may be among the missing ones.
    const fn may_explain(self, events: u64, position: u64) -> bool {
        matches!(self.first, Some(first) if first < position) && events <= self.rows
    }
}

/// Remembers every event's stream, position and version.
pub(crate) struct Streams(Sorter<48>);

impl Streams {
    pub(crate) const fn new() -> Self {
        Self(Sorter::new())
    }

    pub(crate) fn event(&mut self, position: u64, event: &Digested) -> io::Result<()> {
        let mut record = [0; 48];
        record[..32].copy_from_slice(&event.stream);
        record[32..40].copy_from_slice(&position.to_be_bytes());
        record[40..].copy_from_slice(&event.stream_version.to_be_bytes());
        self.0.push(record)
    }

    pub(crate) fn finish(self, missing: Missing, findings: &mut Findings) -> io::Result<()> {
        let mut stream = None;
        let mut versions = Versions::default();
        for record in self.0.sorted()? {
            let record = record?;
            let (of, position, version) = parts(&record);
            if stream != Some(of) {
                (stream, versions) = (Some(of), Versions::default());
            }
            let expected = versions.expected;
            if !versions.accept(version) {
                let ahead = version.checked_sub(expected).and_then(|ahead| u64::try_from(ahead).ok());
                let explained = ahead.is_some_and(|ahead| missing.may_explain(ahead, position));
                let kind = if explained { FindingKind::Incomplete } else { FindingKind::Tampered };
                findings.add(kind, position, "stream_version", format!("it is {version}, expected was {expected}"));
            }
        }
        Ok(())
    }
}

/// What versions a stream may have next.
struct Versions {
    expected: i64,
    /// After a wrong version: the one that follows it, should it be the others that are wrong.
    alternative: Option<i64>,
}

impl Default for Versions {
    fn default() -> Self {
        Self { expected: 1, alternative: None }
    }
}

impl Versions {
    /// Whether the version is in order; if not, the next one may go on from either.
    fn accept(&mut self, version: i64) -> bool {
        let accepted = version == self.expected || self.alternative == Some(version);
        let alternative = version.wrapping_add(1);
        if accepted {
            (self.expected, self.alternative) = (alternative, None);
        } else {
            (self.expected, self.alternative) = (self.expected.wrapping_add(1), Some(alternative));
        }
        accepted
    }
}

/// A record's stream, position and version.
fn parts(record: &[u8; 48]) -> ([u8; 32], u64, i64) {
    let (mut stream, mut position, mut version) = ([0; 32], [0; 8], [0; 8]);
    stream.copy_from_slice(&record[..32]);
    position.copy_from_slice(&record[32..40]);
    version.copy_from_slice(&record[40..]);
    (stream, u64::from_be_bytes(position), i64::from_be_bytes(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found in streams whose versions come in this order.
    fn check(versions: &[(u8, i64)], missing: Missing) -> Vec<(Option<u64>, FindingKind)> {
        let (mut streams, mut findings) = (Streams::new(), Findings::new(10));
        for (position, (stream, version)) in (1..).zip(versions) {
            let event = Digested { stream: [*stream; 32], stream_version: *version, ..Digested::sound([0; 32]) };
            streams.event(position, &event).expect("kept");
        }
        streams.finish(missing, &mut findings).expect("sorted");
        findings.finish().2.into_iter().map(|finding| (finding.position, finding.kind)).collect()
    }

    #[test]
    fn only_the_version_that_is_out_of_order_is_found() {
        let none = Missing::default();
        assert_eq!(check(&[(1, 1), (2, 1), (1, 2), (2, 2), (1, 3)], none), []);
        for wrong in [i64::MIN, 0, 2, 4, 9, i64::MAX] {
            let found = check(&[(1, 1), (1, 2), (1, wrong), (1, 4), (1, 5)], none);
            assert_eq!(found, [(Some(3), FindingKind::Tampered)], "{wrong}");
        }
        assert_eq!(check(&[(1, 1), (1, 2), (1, 4), (1, 5)], none), [(Some(3), FindingKind::Tampered)]);
    }

    #[test]
    fn a_jump_is_explained_by_as_many_missing_rows_before_it() {
        let jump = [(1, 1), (1, 4)];
        for (first, rows, kind) in [
            (Some(1), 2, FindingKind::Incomplete),
            (Some(1), 1, FindingKind::Tampered),
            (Some(2), 2, FindingKind::Tampered),
        ] {
            assert_eq!(check(&jump, Missing { first, rows }), [(Some(2), kind)]);
        }
    }
}
