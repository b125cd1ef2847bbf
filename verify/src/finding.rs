//! What a verification finds, and what it makes of it.

use std::fmt;

use serde::Serialize;

/// What kind of fault a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Something stored is not what it was when it was written.
    Tampered,
    /// A signed checkpoint is of another history than the rows, which agree with each other.
    Forked,
    /// Rows are missing.
    Incomplete,
}

/// One fault. It never quotes a payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The position of the event concerned, or of the first of several.
    pub position: Option<u64>,
    /// The column concerned, led by its table unless that is `event`; `leaf` for any of the hashed columns.
    pub field: &'static str,
    /// What kind of fault it is.
    pub kind: FindingKind,
    /// What was expected and what was found.
    pub detail: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            FindingKind::Tampered => "tampered",
            FindingKind::Forked => "forked",
            FindingKind::Incomplete => "incomplete",
        };
        match self.position {
            Some(position) => write!(f, "{kind} at {position}, {}: {}", self.field, self.detail),
            None => write!(f, "{kind}, {}: {}", self.field, self.detail),
        }
    }
}

/// What all findings amount to: the gravest of them decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing was found.
    Valid,
    /// Rows are missing, and the others are sound.
    Incomplete,
    /// The rows agree with each other, but not with what was signed.
    Forked,
    /// Something was changed.
    Tampered,
}

impl Verdict {
    /// The exit code of a process that came to this verdict.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Tampered => 10,
            Self::Forked => 11,
            Self::Incomplete => 12,
        }
    }
}

impl From<FindingKind> for Verdict {
    fn from(kind: FindingKind) -> Self {
        match kind {
            FindingKind::Tampered => Self::Tampered,
            FindingKind::Forked => Self::Forked,
            FindingKind::Incomplete => Self::Incomplete,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Valid => "valid",
            Self::Incomplete => "incomplete",
            Self::Forked => "forked",
            Self::Tampered => "tampered",
        })
    }
}

/// Collects findings: the first of them to be listed, all of them to be counted.
#[derive(Debug)]
pub(crate) struct Findings {
    limit: usize,
    listed: Vec<Finding>,
    count: u64,
    verdict: Verdict,
}

impl Findings {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { limit, listed: Vec::new(), count: 0, verdict: Verdict::Valid }
    }

    pub(crate) fn add(
        &mut self,
        kind: FindingKind,
        position: impl Into<Option<u64>>,
        field: &'static str,
        detail: impl Into<String>,
    ) {
        self.add_unlisted(kind, 1);
        if self.listed.len() < self.limit {
            self.listed.push(Finding { position: position.into(), field, kind, detail: detail.into() });
        }
    }

    pub(crate) fn tampered(
        &mut self,
        position: impl Into<Option<u64>>,
        field: &'static str,
        detail: impl Into<String>,
    ) {
        self.add(FindingKind::Tampered, position, field, detail);
    }

    /// Counts findings of which no more is known than how many there are.
    pub(crate) fn add_unlisted(&mut self, kind: FindingKind, count: u64) {
        if count > 0 {
            self.count += count;
            self.verdict = self.verdict.max(kind.into());
        }
    }

    /// Takes over what another check has found.
    pub(crate) fn take_over(&mut self, other: Self) {
        self.count += other.count;
        self.verdict = self.verdict.max(other.verdict);
        let room = self.limit.saturating_sub(self.listed.len());
        self.listed.extend(other.listed.into_iter().take(room));
    }

    pub(crate) const fn limit(&self) -> usize {
        self.limit
    }

    /// The verdict, how many findings there are, and those that are listed, by position.
    pub(crate) fn finish(mut self) -> (Verdict, u64, Vec<Finding>) {
        self.listed.sort_by_key(|finding| finding.position);
        (self.verdict, self.count, self.listed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_finding_decides_even_if_it_is_not_listed() {
        let mut findings = Findings::new(1);
        findings.add(FindingKind::Incomplete, 3, "position", "");
        assert_eq!(findings.verdict, Verdict::Incomplete);
        findings.add(FindingKind::Tampered, None, "leaf", "");
        findings.add(FindingKind::Forked, 1, "checkpoint.note", "");
        let (verdict, count, listed) = findings.finish();
        assert_eq!((verdict, count, listed.len()), (Verdict::Tampered, 3, 1));
        assert_eq!(listed[0].to_string(), "incomplete at 3, position: ");
    }

    #[test]
    fn counting_nothing_finds_nothing() {
        let mut findings = Findings::new(1);
        findings.add_unlisted(FindingKind::Tampered, 0);
        assert_eq!(findings.finish(), (Verdict::Valid, 0, vec![]));
    }

    #[test]
    fn verdicts_have_their_exit_codes() {
        let codes = [Verdict::Valid, Verdict::Tampered, Verdict::Forked, Verdict::Incomplete].map(Verdict::exit_code);
        assert_eq!(codes, [0, 10, 11, 12]);
    }
}
