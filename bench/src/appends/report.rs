//! The table, and the bar that it is held against.

use std::{collections::BTreeMap, fmt, time::Duration};

use anyhow::Context;

use super::closed_loop::Measurement;

/// The bar: at the most writers, Stele appends at least so many times as much ...
const LEAST_RATIO: f64 = 6.0;
/// ... and one append in a hundred takes this long at most.
const WORST_P99: Duration = Duration::from_millis(15);

/// Whose numbers they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Contender {
    /// Stele's ledger.
    Stele,
    /// The crate `postgres-es`.
    PostgresEs,
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Stele => "stele",
            Self::PostgresEs => "postgres-es",
        })
    }
}

/// Everything measured: by the number of writers and contender, one measurement a round.
#[derive(Debug, Default)]
pub(crate) struct Report {
    cells: BTreeMap<(usize, Contender), Vec<Measurement>>,
}

impl Report {
    /// Adds what one round measured in a cell.
    pub(crate) fn add(&mut self, writers: usize, contender: Contender, measurement: Measurement) {
        self.cells.entry((writers, contender)).or_default().push(measurement);
    }

    /// How the contenders compare at so many writers, which must have been measured.
    pub(crate) fn verdict(&self, writers: usize) -> anyhow::Result<Verdict> {
        let cell = |contender| self.cells.get(&(writers, contender)).context("a cell was not measured");
        let (ours, theirs) = (cell(Contender::Stele)?, cell(Contender::PostgresEs)?);
        let ratio = spread(ours, rate).median / spread(theirs, rate).median;
        Ok(Verdict { writers, ratio, p99: spread(ours, p99).median })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [rates, halves, tails] = ["appends/s (min-max)", "p50 ms (min-max)", "p99 ms (min-max)"];
        writeln!(f, "writers  store        {rates:>25}  {halves:>22}  {tails:>22}")?;
        for ((writers, contender), cell) in &self.cells {
            let (rates, halves, tails) = (spread(cell, rate), spread(cell, p50), spread(cell, p99));
            writeln!(f, "{writers:>7}  {contender:<11}  {rates:>25.0}  {halves:>22.2}  {tails:>22.2}")?;
        }
        Ok(())
    }
}

/// The outcome, against the bar.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    writers: usize,
    ratio: f64,
    /// Stele's, in milliseconds.
    p99: f64,
}

impl Verdict {
    /// Whether the bar was met.
    pub(crate) fn is_met(&self) -> bool {
        self.ratio >= LEAST_RATIO && self.p99 < milliseconds(WORST_P99)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "At {} writers Stele appends {:.1} times as much as postgres-es, with a p99 of {:.2} ms; \
             the bar, {LEAST_RATIO} times and less than {:.0} ms, is {}.",
            self.writers,
            self.ratio,
            self.p99,
            milliseconds(WORST_P99),
            if self.is_met() { "met" } else { "missed" }
        )
    }
}

/// The rounds of a cell in one quantity.
struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { median, least, most } = self;
        let digits = f.precision().unwrap_or(0);
        let text = format!("{median:.digits$} ({least:.digits$}-{most:.digits$})");
        let width = f.width().unwrap_or(0);
        write!(f, "{text:>width$}")
    }
}

fn spread(cell: &[Measurement], quantity: fn(&Measurement) -> f64) -> Spread {
    let mut values: Vec<f64> = cell.iter().map(quantity).collect();
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    };
    Spread { median, least: values[0], most: values[values.len() - 1] }
}

fn rate(measurement: &Measurement) -> f64 {
    measurement.rate
}

fn p50(measurement: &Measurement) -> f64 {
    milliseconds(measurement.p50)
}

fn p99(measurement: &Measurement) -> f64 {
    milliseconds(measurement.p99)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(rate: f64, p99: u64) -> Measurement {
        Measurement { rate, p50: Duration::from_millis(1), p99: Duration::from_millis(p99) }
    }

    fn verdict(ours: [Measurement; 3], theirs: Measurement) -> Verdict {
        let mut report = Report::default();
        report.add(64, Contender::PostgresEs, theirs);
        for measurement in ours {
            report.add(64, Contender::Stele, measurement);
        }
        report.verdict(64).expect("both cells are measured")
    }

    #[test]
    fn the_bar_is_about_medians() {
        let met = verdict([at(900.0, 90), at(600.0, 14), at(1.0, 1)], at(100.0, 90));
        assert!(met.is_met(), "{met}");
    }

    #[test]
    fn the_bar_asks_for_both_rate_and_latency() {
        assert!(!verdict([at(599.0, 14); 3], at(100.0, 1)).is_met());
        assert!(!verdict([at(600.0, 15); 3], at(100.0, 1)).is_met());
    }

    #[test]
    fn an_unmeasured_cell_is_an_error() {
        assert!(Report::default().verdict(64).is_err());
    }
}
