//! The ledger: an append-only, gapless, Merkle-hashed sequence of events in PostgreSQL.
//!
//! - [`Ledger::execute`] asks an aggregate and appends its answer.
//! - [`Ledger::append`] records events durably: it returns once they are committed, and never loses one after.
//! - [`Ledger::read`], [`Ledger::read_stream`] and [`Ledger::follow`] give them back in order, without gaps.
//! - [`Ledger::as_of`] turns a time into the one position that the ledger had reached by then.
//!
//! A ledger is a tenant: positions are ordered within one ledger, and no order is offered across ledgers.

mod append;
mod batched;
pub mod clock;
mod cqrs_store;
mod database;
mod durable_file;
mod envelope;
mod erase;
mod execute;
mod follow;
mod head;
mod idempotency;
mod keys;
mod mint;
mod news;
mod position;
mod random;
mod read;
mod receipt;
mod recorded;
mod scan;
mod seal;
mod secret;
mod transparency;
mod wake;

pub use append::{Append, AppendError, Expected, MAX_BATCH_EVENTS, NewEvent};
pub use batched::{Batched, Statement, StatementError};
pub use clock::{Clock, SystemClock};
pub use cqrs_store::{LedgerEventStore, StreamContext};
pub use database::{Database, DatabaseError, MIGRATOR};
pub use envelope::leaf_hash;
pub use erase::{EraseError, Erasure};
pub use execute::{CommandContext, ExecuteError, Executed, LoadError};
pub use follow::Batch;
pub use head::Head;
pub use idempotency::{Fingerprint, IdempotencyKey, IdempotencyKeyError};
pub use keys::{
    KeyError, KeyRecord, KeyRing, KeyStore, KeyStoreError, LocalRootKey, NotAuthentic, RingError, RootKey,
    RootKeyError, Rotated,
};
pub use mint::Mint;
pub use position::{AsOf, AsOfError, Position};
pub use random::fresh_secret;
pub use read::{EventFilter, ReadError};
pub use receipt::{Receipt, StoredReceipt};
pub use recorded::{Metadata, Recorded, StreamKey, StreamKeyError};
pub use scan::{Scan, Scanned};
pub use seal::{OpenError, SealError};
pub use secret::SecretError;
pub use transparency::{
    Anchor, AnchorError, Assessment, CertificateError, ConsistencyProof, InclusionProof, LogSigner, RecoverError,
    Recovered, SignError, Standing, TreeError,
};

use std::sync::Arc;

use uuid::Uuid;

/// One open ledger: cheap to clone, shared by every task of a process.
#[derive(Clone)]
pub struct Ledger {
    inner: Arc<Inner>,
}

struct Inner {
    id: Uuid,
    name: String,
    database: Database,
    clock: Arc<dyn Clock>,
    mint: Mint,
    keeper: keys::Keeper,
    sequencer: append::Sequencer,
    wake: wake::Wake,
    news: Batched<news::News>,
    states: execute::StateCache,
}

impl Ledger {
    /// Opens the ledger called `name`, beginning it if it does not exist, and starts its sequencer.
    ///
    /// Must be called within a Tokio runtime. The background tasks end when the last clone is dropped.
    pub async fn open(
        database: Database,
        name: &str,
        clock: Arc<dyn Clock>,
        keys: KeyStore,
    ) -> Result<Self, DatabaseError> {
        let (id, pseudonym_key) = database.begin_ledger(name, clock.now()).await?;
        let head = head::read(database.pool(), id).await?;
        let wake = wake::Wake::start(database.clone(), id, head.position());
        let sequencer = append::Sequencer::start(database.clone(), id, head, Arc::clone(&clock), wake.clone());
        let news = Batched::start(database.pool().clone(), news::News::of(id), news::PACE);
        let mint = Mint::new(Arc::clone(&clock), pseudonym_key);
        let inner = Inner {
            id,
            name: name.to_owned(),
            database,
            clock,
            mint,
            keeper: keys::Keeper::start(id, keys),
            sequencer,
            wake,
            news,
            states: execute::StateCache::new(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The ledger's id, which leads every key in the database.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.inner.id
    }

    /// The ledger's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The database that holds it.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.inner.database
    }

    /// The clock that stamps its events.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        self.inner.clock.as_ref()
    }

    /// Where new ids come from.
    #[must_use]
    pub fn mint(&self) -> &Mint {
        &self.inner.mint
    }

    /// Where the keys to personal data are.
    #[must_use]
    pub fn keys(&self) -> &KeyStore {
        self.keeper().store()
    }

    /// What seals and opens personal fields.
    pub(crate) fn keeper(&self) -> &keys::Keeper {
        &self.inner.keeper
    }

    /// The head as the database has it now.
    pub async fn head(&self) -> Result<Head, DatabaseError> {
        head::read(self.database().pool(), self.id()).await
    }

    /// Appends events; returns once they are durable, or were already, or are refused.
    pub async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        self.inner.sequencer.append(append).await
    }

    /// Wakes readers after an append that did not go through the sequencer.
    fn announce(&self, newest: Position) {
        self.inner.wake.appended(newest);
    }
}
