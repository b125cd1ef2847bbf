//! Verification of a ledger's whole history, from what is stored and nothing else.
//!
//! It shares no code with the ledger that wrote the history: everything is derived anew from the stored bytes with the
//! hash definitions of `stele_tlog`. The history is read once and in constant memory, however long it is.
//!
//! - [`verify_ledger`] verifies a ledger in its database.
//! - [`export_bundle`] writes it to a file, which [`verify_bundle`] verifies anywhere.
//! - [`verify_certificate`] verifies an erasure's certificate, which needs neither.
//! - [`verify_events`] verifies events that came from elsewhere.

mod audit;
mod bundle;
mod certificate;
mod checkpoint;
mod command;
mod database;
mod digest;
mod error;
mod event;
mod finding;
mod head;
mod instant;
mod key;
mod leaves;
mod metadata;
mod report;
mod rows;
mod sorted;
mod stream;
mod tree;

pub use audit::Options;
pub use bundle::{export_bundle, verify_bundle};
pub use certificate::{CertificateError, ErasureCertificate, verify_certificate};
pub use database::{open_snapshot, verify_ledger};
pub use error::VerifyError;
pub use event::StoredEvent;
pub use finding::{Finding, FindingKind, Verdict};
pub use head::StoredHead;
pub use instant::Instant;
pub use report::Report;
pub use rows::verify_events;
