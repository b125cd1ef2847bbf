//! The HTTP edge: GraphQL, accounts and tokens, health and metrics.

// a schema of many mutations is a deeply nested type
#![recursion_limit = "256"]

pub mod account;
mod claims;
mod draft;
mod graphql;
mod http;
mod label_readers;
mod live;
mod media;
mod metrics;
mod seat;
mod statements;
mod tls;
mod webhook;

pub use claims::Claims;
pub use graphql::{Schema, Unclassified, authorisation, sdl};
pub use http::{MediaSettings, Settings, SocketSettings, router};
pub use label_readers::LabelReaders;
pub use live::Live;
pub use media::{Media, MediaFile, MediaRecordError, SignedUrl, UrlSigner};
pub use metrics::Metrics;
pub use statements::Statements;
pub use webhook::{Deliverer, WebhookError};

use std::{sync::Arc, time::Duration};

use stele_ledger::Ledger;

/// What every request needs.
#[derive(Clone)]
pub struct Api {
    /// The ledger served.
    pub ledger: Ledger,
    /// What is asked at nearly every request, by many at once.
    pub statements: Arc<Statements>,
    /// Signs and checks access tokens.
    pub tokens: Arc<account::Tokens>,
    /// Signs the ledger's checkpoints, and certificates of erasures.
    pub log_key: stele_tlog::Signer,
    /// Checks passwords, a few at a time.
    pub passwords: Arc<account::Passwords>,
    /// The tasks that are being claimed.
    pub claims: Arc<Claims>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Tells whoever is connected what has changed.
    pub live: Live,
    /// Sends messages to webhooks.
    pub deliverer: Arc<Deliverer>,
    /// The files that tasks show.
    pub media: Arc<Media>,
    /// Those who look at every label of a question, which takes memory for each.
    pub label_readers: Arc<LabelReaders>,
    /// How long a query with `atLeast` waits for the views.
    pub patience: Duration,
}
