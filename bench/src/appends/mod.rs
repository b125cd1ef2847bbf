//! Durable appends a second through Stele's ledger and through `postgres-es`, on the same server, in one run.
//!
//! Writers are closed loops: each awaits the acknowledgement of one append before it sends the next. Both stores are
//! given the same payload and metadata, as one event of a new stream. The cells are interleaved, so that whatever else
//! the machine does meets both stores.

mod closed_loop;
mod postgres_es_store;
mod report;
mod stele_store;
mod workload;

use std::time::Duration;

use closed_loop::measure;
use postgres_es_store::PostgresEsStore;
use report::{Contender, Report};
use stele_store::SteleStore;
use workload::Workload;

use crate::{machine, scratch::Scratch};

/// How many writers there are, in each cell of the table.
const WRITERS: [usize; 3] = [1, 16, 64];

/// How to measure appends.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How long each cell is measured, after a second of warm-up
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// How often each cell is measured; the table has the medians
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// The size of the pool that `postgres-es` is given; its own default is 10
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    peer_connections: u32,
    /// Name commands by random UUIDs, instead of by the time-ordered ones (UUIDv7) that the documentation recommends;
    /// `postgres-es` has no idempotency keys, so this changes nothing for it
    #[arg(long)]
    random_keys: bool,
}

/// Measures and prints; whether the bar was met.
pub(crate) async fn run(options: &Options, scratch: &Scratch) -> anyhow::Result<bool> {
    println!(
        "Each append: one event of a new stream, {} bytes of payload; {} idempotency keys. {} rounds of {} s a cell.",
        workload::PAYLOAD_BYTES,
        if options.random_keys { "random" } else { "time-ordered" },
        options.rounds,
        options.seconds
    );
    let stele = SteleStore::open(scratch).await?;
    let peer = PostgresEsStore::open(scratch, options.peer_connections).await?;
    let workload = Workload::new(stele.ledger().clone(), options.random_keys);
    let duration = Duration::from_secs(options.seconds);
    let mut report = Report::default();
    for _ in 0..options.rounds {
        for writers in WRITERS {
            scratch.settle().await?;
            report.add(writers, Contender::Stele, measure(&stele, &workload, writers, duration).await?);
            scratch.settle().await?;
            report.add(writers, Contender::PostgresEs, measure(&peer, &workload, writers, duration).await?);
        }
    }
    println!("\n{report}\n{}", machine::load());
    let verdict = report.verdict(WRITERS[WRITERS.len() - 1])?;
    println!("{verdict}");
    Ok(verdict.is_met())
}
