//! The most memory that verifying a history of so many events takes:
//! `cargo run --release -p stele-verify --example memory -- 2000000`.
#![expect(clippy::print_stdout, reason = "the figure is what this program is for")]

#[path = "../tests/support/history.rs"]
mod history;

use std::fs;

use history::{LEDGER, event, head};
use stele_tlog::Frontier;
use stele_verify::{Options, StoredEvent, Verdict, verify_events};

const PAGE: u64 = 8192;
const PAYLOAD: usize = 700;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let events: u64 = std::env::args().nth(1).ok_or("how many events?")?.parse()?;
    let mut frontier = Frontier::default();
    for position in 1..=events {
        frontier.push(event(position, PAYLOAD).leaf_hash.as_slice().try_into()?);
    }
    // made up again as it is read, so that no more of it is in memory than of a history in a database
    let pages = (1..=events).step_by(usize::try_from(PAGE)?).map(|first| {
        (first..=events.min(first + PAGE - 1)).map(|position| event(position, PAYLOAD)).collect::<Vec<StoredEvent>>()
    });
    let report = verify_events(LEDGER, "measured", pages, &head(&frontier), &Options::default())?;
    if report.verdict != Verdict::Valid {
        return Err(report.to_string().into());
    }
    // proc(5): the peak resident set size
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    println!("{events} events of {PAYLOAD} bytes: at most {}", peak.trim());
    Ok(())
}
