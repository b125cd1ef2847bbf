//! How long calls took.

use std::{fmt, time::Duration};

/// How long calls took, in no order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures(Vec<Duration>);

impl Figures {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub(crate) fn with(mut self, others: &Self) -> Self {
        self.0.extend_from_slice(&others.0);
        self
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = |share: usize| {
            let place = (sorted.len() * share / 1_000).min(sorted.len().saturating_sub(1));
            sorted.get(place).map_or(0.0, |took| took.as_secs_f64() * 1_000.0)
        };
        let (p50, p95, p99, calls) = (at(500), at(950), at(990), sorted.len());
        write!(f, "{calls} calls, p50 {p50:.1} ms, p95 {p95:.1} ms, p99 {p99:.1} ms")
    }
}
