//! Webhooks: programs elsewhere are told of events, as [Standard Webhooks](https://www.standardwebhooks.com) has it.
//!
//! A webhook follows the ledger from a position of its own. It is told of each event at least once and in order: a message
//! that fails is sent again, later and later, before any other. What is sent names the event and says nothing of its
//! content.

mod address;
mod backoff;
mod deliver;
mod delivery;
mod lease;
mod message;
mod request;
mod secret;
mod store;

pub use deliver::Deliverer;

pub(crate) use address::check_url;
pub(crate) use delivery::{Delivery, deliveries};
pub(crate) use secret::WebhookSecret;
pub(crate) use store::{Change, Created, NewWebhook, Webhook, all, change, create, delete, find, rotate};

/// How long the old secret signs as well after a rotation, in seconds.
pub(crate) const OLD_SECRET_SECONDS: u32 = 24 * 60 * 60;

/// Why webhooks could not be kept or served.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// PostgreSQL could not be reached, or refused a statement.
    #[error("PostgreSQL: {0}")]
    Sql(#[from] sqlx::Error),
    /// The ledger's head could not be read.
    #[error(transparent)]
    Database(#[from] stele_ledger::DatabaseError),
    /// The ledger could not be read.
    #[error(transparent)]
    Read(#[from] stele_ledger::ReadError),
    /// The secret can't be had.
    #[error(transparent)]
    Secret(#[from] stele_ledger::SecretError),
    /// A secret can't sign.
    #[error("a webhook's secret has a length that no message can be signed with")]
    Length,
    /// TLS can't be spoken.
    #[error("TLS: {0}")]
    Tls(#[from] tokio_rustls::rustls::Error),
    /// A message could not be written as JSON.
    #[error("a message can't be written: {0}")]
    Json(#[from] serde_json::Error),
}
