//! Events verified a second, once they have been read: `cargo run --release -p stele-verify --example throughput`.
#![expect(clippy::print_stdout, reason = "the figure is what this program is for")]

#[path = "../tests/support/history.rs"]
mod history;

use std::time::Instant as Clock;

use history::{LEDGER, event, head};
use stele_tlog::Frontier;
use stele_verify::{Options, StoredEvent, Verdict, verify_events};

const PAGES: u64 = 256;
const PAGE: u64 = 8192;
const PAYLOAD: usize = 700;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut frontier = Frontier::default();
    let page = |page: u64| (1 + page * PAGE..=(page + 1) * PAGE).map(|position| event(position, PAYLOAD)).collect();
    let pages: Vec<Vec<StoredEvent>> = (0..PAGES).map(page).collect();
    for event in pages.iter().flatten() {
        frontier.push(event.leaf_hash.as_slice().try_into()?);
    }
    let events = PAGES * PAGE;
    let start = Clock::now();
    let report = verify_events(LEDGER, "measured", pages.into_iter(), &head(&frontier), &Options::default())?;
    let seconds = start.elapsed().as_secs_f64();
    if report.verdict != Verdict::Valid {
        return Err(report.to_string().into());
    }
    println!("{events} events of {PAYLOAD} bytes in {seconds:.2} s: {:.0} events/s", events as f64 / seconds);
    Ok(())
}
