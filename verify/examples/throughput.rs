//! Events verified a second, once they have been read: `cargo run --release -p stele-verify --example throughput`.
#![expect(clippy::print_stdout, reason = "the figure is what this program is for")]

use std::time::Instant as Clock;

use sha2::{Digest, Sha256};
use stele_tlog::{Frontier, LogEntry};
use stele_verify::{Instant, Options, StoredEvent, StoredHead, Verdict, verify_events};
use uuid::Uuid;

const PAGES: u64 = 256;
const PAGE: u64 = 8192;
const PAYLOAD: usize = 700;
const LEDGER: Uuid = Uuid::from_u128(1);

fn event(position: u64) -> StoredEvent {
    let number = position.cast_signed();
    let key = Uuid::from_u128(u128::from(position)).to_string();
    let metadata = format!(
        r#"{{"actor":"{}","command_id":"{key}","fingerprint":"000102030405060708090a0b0c0d0e0f"}}"#,
        Uuid::from_u128(2)
    );
    let mut event = StoredEvent {
        position: number,
        event_id: Uuid::from_u128(u128::from(position)),
        stream_type: "task".into(),
        stream_id: Uuid::from_u128(u128::from(position / 8)),
        stream_version: if position < 8 { number } else { number % 8 + 1 },
        name: "AnnotationSubmitted".into(),
        schema_version: 1,
        payload: format!(r#"{{"text":"{}"}}"#, "x".repeat(PAYLOAD - 11)),
        metadata,
        occurred_at: Instant::from_micros(number * 40),
        recorded_at: Instant::from_micros(number / 16 * 700),
        leaf_hash: Vec::new(),
        idempotency_key: Some(key),
        command_events: Some(1),
    };
    event.leaf_hash = leaf(&event).to_vec();
    event
}

fn leaf(event: &StoredEvent) -> [u8; 32] {
    LogEntry {
        event_id: event.event_id,
        ledger_id: LEDGER,
        metadata_sha256: Sha256::digest(&event.metadata).into(),
        name: &event.name,
        occurred_at: &event.occurred_at.to_text().unwrap_or_default(),
        payload_sha256: Sha256::digest(&event.payload).into(),
        recorded_at: &event.recorded_at.to_text().unwrap_or_default(),
        schema_version: 1,
        stream_id: event.stream_id,
        stream_type: &event.stream_type,
        stream_version: event.stream_version.cast_unsigned(),
    }
    .leaf_hash()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut frontier = Frontier::default();
    let pages: Vec<Vec<StoredEvent>> =
        (0..PAGES).map(|page| (1 + page * PAGE..=(page + 1) * PAGE).map(event).collect()).collect();
    for event in pages.iter().flatten() {
        frontier.push(event.leaf_hash.as_slice().try_into()?);
    }
    let events = PAGES * PAGE;
    let recorded_at = Instant::from_micros(events.cast_signed() / 16 * 700);
    let head = StoredHead { size: events.cast_signed(), epoch: 1, recorded_at, frontier: frontier.to_bytes() };
    let start = Clock::now();
    let report = verify_events(LEDGER, "measured", pages.into_iter(), &head, &Options::default())?;
    let seconds = start.elapsed().as_secs_f64();
    if report.verdict != Verdict::Valid {
        return Err(report.to_string().into());
    }
    println!("{events} events of {PAYLOAD} bytes in {seconds:.2} s: {:.0} events/s", events as f64 / seconds);
    Ok(())
}
