//! Verifying a history that the caller has read.

use std::{panic, thread};

use uuid::Uuid;

use crate::{
    audit::{Audit, Options},
    digest::{Digested, Done, on_every_core},
    error::VerifyError,
    event::StoredEvent,
    head::StoredHead,
    report::Report,
};

/// Verifies events that come in pages, in the order of positions, and the head that they should have led to.
pub fn verify_events(
    ledger_id: Uuid,
    ledger: &str,
    pages: impl Iterator<Item = Vec<StoredEvent>>,
    head: &StoredHead,
    options: &Options,
) -> Result<Report, VerifyError> {
    let mut audit = Audit::new(ledger_id, ledger, options)?;
    let mut digesting: Option<thread::JoinHandle<Done<Digested>>> = None;
    // the page after the last lets that one be waited for
    for page in pages.map(Some).chain([None]) {
        let digest = |page: Vec<StoredEvent>| {
            thread::spawn(move || on_every_core(ledger_id, page, |digester, event| digester.digest(&event)))
        };
        if let Some(digested) = std::mem::replace(&mut digesting, page.map(digest)) {
            for event in digested.join().unwrap_or_else(|cause| panic::resume_unwind(cause)) {
                audit.event(&event)?;
            }
            drop(audit.leaves.take_complete());
        }
    }
    Ok(audit.finish(Some(head))?)
}
