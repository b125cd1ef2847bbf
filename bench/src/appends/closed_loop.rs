//! One cell of the table: so many writers, each awaiting its acknowledgement, for so long.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::workload::{Command, Workload};

/// How long the writers run before their appends count.
const WARM_UP: Duration = Duration::from_secs(1);

/// An event store under measurement.
pub(crate) trait Store: Clone + Send + 'static {
    /// Appends the command's answer as the one event of a new stream; returns once it is durable.
    fn append(&self, command: Command) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// What was measured in one cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measurement {
    /// Acknowledged appends a second.
    pub(crate) rate: f64,
    /// The median latency.
    pub(crate) p50: Duration,
    /// The latency that one append in a hundred exceeds.
    pub(crate) p99: Duration,
}

impl Measurement {
    fn new(mut latencies: Vec<Duration>, duration: Duration) -> anyhow::Result<Self> {
        anyhow::ensure!(!latencies.is_empty(), "not one append was acknowledged in {duration:?}");
        latencies.sort_unstable();
        let rate = latencies.len() as f64 / duration.as_secs_f64();
        Ok(Self { rate, p50: percentile(&latencies, 50), p99: percentile(&latencies, 99) })
    }
}

/// The nearest-rank percentile of sorted latencies, of which there is at least one.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted[rank.saturating_sub(1)]
}

/// Runs `writers` closed loops on a store, and counts what is acknowledged in `duration` after the warm-up.
pub(crate) async fn measure<S: Store>(
    store: &S,
    workload: &Workload,
    writers: usize,
    duration: Duration,
) -> anyhow::Result<Measurement> {
    let begin = Instant::now() + WARM_UP;
    let end = begin + duration;
    let mut loops = JoinSet::new();
    for _ in 0..writers {
        loops.spawn(write(store.clone(), workload.clone(), begin, end));
    }
    let mut latencies = Vec::new();
    while let Some(written) = loops.join_next().await {
        latencies.extend(written??);
    }
    Measurement::new(latencies, duration)
}

async fn write<S: Store>(
    store: S,
    workload: Workload,
    begin: Instant,
    end: Instant,
) -> anyhow::Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    loop {
        let command = workload.command();
        let sent = Instant::now();
        store.append(command).await?;
        let acknowledged = Instant::now();
        if acknowledged >= end {
            return Ok(latencies);
        }
        if acknowledged >= begin {
            latencies.push(acknowledged - sent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let sorted: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&sorted, 50), Duration::from_millis(100));
        assert_eq!(percentile(&sorted, 99), Duration::from_millis(198));
        assert_eq!(percentile(&sorted[..1], 99), Duration::from_millis(1));
    }
}
