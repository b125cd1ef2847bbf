//! What one more label costs the view of quality, and what the figures cost to read, as a ledger grows.
//!
//! Every task gets five labels of five out of 500 annotators. At each size some tasks that have four get their fifth, and
//! what is measured is the transaction in which it is folded, alone and in batches.

mod history;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use stele_ledger::{Ledger, Position, Recorded};
use stele_projections::{
    View,
    quality::{Quality, Scope, Tally},
};

use crate::{machine, scratch::Scratch};
use history::History;

/// How many labels are folded one by one at each size, and how many in batches of ...
const ALONE: usize = 400;
const BATCHES: usize = 60;
/// ... so many.
const BATCH: usize = 100;
/// How many positions one transaction covers while a ledger grows.
const WINDOW: u64 = 2_000;
/// The bar: at the last size a label costs at most so many times what it costs at the first, alone and in a batch.
///
/// In a batch all else is shared, and what is left are the rows of pairs of annotators, at random places. A page is logged whole
/// when it is first touched after a checkpoint, of which there is one before each size; a server makes one in five minutes, so
/// that there are enough batches for the median to be one after most pages were touched.
const FLAT: f64 = 1.5;

/// How to measure views.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The sizes at which to measure, in labels, in ascending order
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
    labels: Vec<usize>,
}

/// Measures and prints; whether the bar was met.
pub(crate) async fn run(options: &Options, scratch: &Scratch) -> anyhow::Result<bool> {
    ensure!(options.labels.is_sorted(), "the sizes are in ascending order");
    let mut history = History::begin(scratch).await?;
    let mut folded = Position::START;
    let mut sizes = Vec::new();
    println!("    labels   alone: p50 us      p95   in batches of {BATCH}: us a label   agreement: ms");
    for labels in &options.labels {
        history.grow_to(*labels).await?;
        let probes = history.probes(ALONE + BATCHES * BATCH).await?;
        fold(history.ledger(), folded).await?;
        // as a server does
        history.ledger().database().analyze_outgrown_tables().await?;
        scratch.settle().await?;
        let fifth = history.answer(&probes).await?;
        let size = measure(&history, &fifth).await?;
        folded = history.ledger().head().await?.position();
        println!("{labels:>10}   {size}");
        sizes.push(size);
    }
    println!("{}", machine::load());
    let (first, last) = (sizes.first().context("no size")?, sizes.last().context("no size")?);
    let (alone, batch) = (ratio(last.alone, first.alone), ratio(last.in_batch, first.in_batch));
    let is_flat = alone <= FLAT && batch <= FLAT;
    println!(
        "At the last size a label costs {alone:.2} times as much as at the first, and in a batch {batch:.2} times; \
         the bar, {FLAT}, is {}.",
        if is_flat { "met" } else { "missed" }
    );
    Ok(is_flat)
}

/// What was measured at one size.
struct Size {
    alone: Duration,
    alone_p95: Duration,
    in_batch: Duration,
    agreement: Duration,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = |duration: Duration| duration.as_secs_f64() * 1e6;
        let (alone, p95, in_batch) = (micros(self.alone), micros(self.alone_p95), micros(self.in_batch));
        write!(f, "{alone:>13.0}   {p95:>6.0}   {in_batch:>28.0}   {:>13.1}", micros(self.agreement) / 1e3)
    }
}

/// Folds labels that are not folded yet, one by one and in batches.
async fn measure(history: &History, fifth: &[Arc<Recorded>]) -> anyhow::Result<Size> {
    let (one_by_one, rest) = fifth.split_at_checked(ALONE).context("too few labels")?;
    let mut alone = Vec::with_capacity(ALONE);
    for label in one_by_one {
        alone.push(apply(history.ledger(), std::slice::from_ref(label)).await?);
    }
    let mut batches = Vec::with_capacity(BATCHES);
    for batch in rest.chunks(BATCH) {
        batches.push(apply(history.ledger(), batch).await? / u32::try_from(batch.len())?);
    }
    alone.sort_unstable();
    batches.sort_unstable();
    let began = Instant::now();
    let tally = Tally::of(history.ledger(), &Scope::all(history.project(), history.question())).await?;
    let totals = tally.ratings().totals()?;
    let agreement = began.elapsed();
    ensure!(totals.ratings > 0, "nothing was counted");
    Ok(Size {
        alone: alone[alone.len() / 2],
        alone_p95: alone[alone.len() * 95 / 100],
        in_batch: batches[batches.len() / 2],
        agreement,
    })
}

/// How long it takes to fold some events, as a transaction that does not wait for the disk, as the runner's.
async fn apply(ledger: &Ledger, events: &[Arc<Recorded>]) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let mut rows = ledger.database().pool().begin_with("begin; set local synchronous_commit = off").await?;
    Quality.apply(&mut rows, ledger.id(), events).await?;
    rows.commit().await?;
    Ok(began.elapsed())
}

/// Folds everything after a position.
async fn fold(ledger: &Ledger, mut folded: Position) -> anyhow::Result<()> {
    let head = ledger.head().await?.position();
    while folded < head {
        let through = head.min(Position::from(folded.get() + WINDOW));
        let events = ledger.read(folded, through, &Quality.filter()).await?;
        let events: Vec<_> = events.into_iter().map(Arc::new).collect();
        apply(ledger, &events).await?;
        folded = through;
    }
    Ok(())
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
