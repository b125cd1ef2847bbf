//! The keys to personal data: one a data subject, wrapped by the ledger's key, which is wrapped by the root key.
//!
//! A key that can't be had right now is an error. A key that was destroyed is an answer.

mod cache;
mod cipher;
mod ring;
mod rotate;
mod store;

pub use cipher::NotAuthentic;
pub use ring::{KeyRing, LocalRootKey, RingError, RootKey, RootKeyError};
pub use rotate::Rotated;
pub use store::{KeyStore, KeyStoreError};

use std::sync::Arc;

use stele_domain::{SubjectId, Timestamp};
use stele_tlog::Hash;
use tokio::{task::AbortHandle, time::Instant};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{random::Random, seal::SealContext};
use cache::Cache;
use cipher::Key;

/// Why a key can't be had. None of it means that the key was destroyed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key store can't be reached.
    #[error("the key store can't be reached: {0}")]
    Store(#[from] sqlx::Error),
    /// The ledger keys can't be used.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// The ledger key that wraps the subject's key is not in the ring.
    #[error("version {version} of the ledger's key is not among the ledger keys in {ring}; are they this ledger's?")]
    NoLedgerKey {
        /// The version.
        version: i32,
        /// Where the ledger keys are.
        ring: String,
    },
    /// The key store has never heard of a subject who has sealed fields.
    #[error("the key store has no key of subject {0}; is it this ledger's, and as new as the ledger?")]
    Unknown(SubjectId),
    /// The stored key does not open.
    #[error("the stored key of subject {subject} is damaged: {source}")]
    Damaged {
        /// The subject.
        subject: SubjectId,
        /// What is wrong with it.
        source: NotAuthentic,
    },
}

/// What there is to know of a subject's key without using it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The key's SHA-256; `None` if the subject never had one.
    pub fingerprint: Option<Hash>,
    /// When it was destroyed, if it was.
    pub destroyed_at: Option<Timestamp>,
    /// Since when no backup of the key store opens it: the ledger key that wrapped it last was destroyed then.
    pub beyond_backups_since: Option<Timestamp>,
}

/// A subject's key, as far as there is one.
enum Found {
    Living(Arc<Key>),
    Destroyed,
    Unknown,
}

/// Opens and closes one ledger's personal fields.
#[derive(Debug)]
pub(crate) struct Keeper {
    ledger_id: Uuid,
    store: KeyStore,
    cache: Arc<Cache>,
    random: Random,
    renewing: AbortHandle,
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}

impl Keeper {
    /// A keeper of one ledger's keys; it keeps its cache honest in the background.
    pub(crate) fn start(ledger_id: Uuid, store: KeyStore) -> Self {
        let cache = Arc::new(Cache::new());
        let renewing = tokio::spawn(renew(ledger_id, store.clone(), Arc::clone(&cache))).abort_handle();
        Self { ledger_id, store, cache, random: Random::from_system(), renewing }
    }

    /// Where the keys are.
    pub(crate) const fn store(&self) -> &KeyStore {
        &self.store
    }

    /// Seals a text in its place; `None` if the subject's key has been destroyed. The first text makes the key.
    pub(crate) async fn seal(
        &self,
        context: SealContext<'_>,
        subject: SubjectId,
        clear: &[u8],
    ) -> Result<Option<Vec<u8>>, KeyError> {
        let key = match self.find(subject).await? {
            Found::Living(key) => key,
            Found::Destroyed => return Ok(None),
            Found::Unknown => match self.create(subject).await? {
                Some(key) => key,
                None => return Ok(None),
            },
        };
        let sealed = cipher::seal(&key, self.random.bytes(), &cipher::of_field(context, subject), clear);
        sealed.map(Some).map_err(|source| KeyError::Damaged { subject, source })
    }

    /// The key that opens a subject's fields; `None` if it has been destroyed.
    pub(crate) async fn opener(&self, subject: SubjectId) -> Result<Option<Opener>, KeyError> {
        match self.find(subject).await? {
            Found::Living(key) => Ok(Some(Opener { subject, key })),
            Found::Destroyed => Ok(None),
            Found::Unknown => Err(KeyError::Unknown(subject)),
        }
    }

    /// Whether a subject's key has been destroyed.
    pub(crate) async fn is_destroyed(&self, subject: SubjectId) -> Result<bool, KeyError> {
        let stored = self.store.find(self.ledger_id, subject).await?;
        Ok(stored.is_some_and(|stored| stored.destroyed_at.is_some()))
    }

    /// What there is to know of a subject's key without using it.
    pub(crate) async fn record(&self, subject: SubjectId) -> Result<Option<KeyRecord>, KeyError> {
        let Some(stored) = self.store.find(self.ledger_id, subject).await? else { return Ok(None) };
        let versions = self.store.versions(self.ledger_id).await?;
        let wrapping = versions.iter().find(|version| Some(version.number) == stored.ledger_key_version);
        Ok(Some(KeyRecord {
            fingerprint: stored.fingerprint,
            destroyed_at: stored.destroyed_at,
            beyond_backups_since: wrapping.and_then(|version| version.destroyed_at),
        }))
    }

    /// Destroys a subject's key, in the store and in this process at once, in others within a second.
    pub(crate) async fn destroy(&self, subject: SubjectId) -> Result<(), KeyError> {
        self.store.destroy(self.ledger_id, subject).await?;
        ask(self.ledger_id, &self.store, &self.cache).await?;
        Ok(())
    }

    async fn find(&self, subject: SubjectId) -> Result<Found, KeyError> {
        if let Some(key) = self.cache.get(subject) {
            return Ok(Found::Living(key));
        }
        let mut missing = None;
        loop {
            let destructions = self.cache.destructions();
            let Some(stored) = self.store.find(self.ledger_id, subject).await? else { return Ok(Found::Unknown) };
            let Some((version, wrapped)) = stored.wrapped else { return Ok(Found::Destroyed) };
            let Some(ledger_key) = self.ledger_key_unless_rotated(version, &mut missing).await? else { continue };
            let aad = cipher::of_subject_key(self.ledger_id, subject, version);
            let key = cipher::open_key(&ledger_key, &aad, &wrapped)
                .map_err(|source| KeyError::Damaged { subject, source })?;
            let key = Arc::new(key);
            self.cache.put(subject, &key, destructions);
            return Ok(Found::Living(key));
        }
    }

    /// A subject's first key, or the one that another process has made first; `None` if it is destroyed already.
    async fn create(&self, subject: SubjectId) -> Result<Option<Arc<Key>>, KeyError> {
        let key: Arc<Key> = Arc::new(Zeroizing::new(self.random.bytes()));
        let fingerprint = cipher::fingerprint(&key);
        let mut missing = None;
        loop {
            let destructions = self.cache.destructions();
            let version = self.current().await?;
            let Some(ledger_key) = self.ledger_key_unless_rotated(version, &mut missing).await? else { continue };
            let aad = cipher::of_subject_key(self.ledger_id, subject, version);
            let wrapped = cipher::seal(&ledger_key, self.random.bytes(), &aad, &**key)
                .map_err(|source| KeyError::Damaged { subject, source })?;
            if self.store.create(self.ledger_id, subject, version, &wrapped, &fingerprint).await? {
                self.cache.put(subject, &key, destructions);
                return Ok(Some(key));
            }
            match self.find(subject).await? {
                Found::Living(key) => return Ok(Some(key)),
                Found::Destroyed => return Ok(None),
                // the ledger key has been retired in the meantime: wrap it under the next one
                Found::Unknown => {}
            }
        }
    }

    /// The version of the ledger's key that wraps new keys; the first one is made when it is first needed.
    async fn current(&self) -> Result<i32, KeyError> {
        loop {
            let versions = self.store.versions(self.ledger_id).await?;
            if let Some(current) = versions.iter().find(|version| !version.retired) {
                return Ok(current.number);
            }
            let first = versions.last().map_or(1, |last| last.number + 1);
            self.store.ring.add(self.ledger_id, first, &Zeroizing::new(self.random.bytes())).await?;
            self.store.make_current(self.ledger_id, first).await?;
        }
    }

    /// A version of the ledger's key that the store has just named. `None` if a rotation may have destroyed it since:
    /// then the store names another. If it names the same again, the key is not there.
    async fn ledger_key_unless_rotated(
        &self,
        version: i32,
        missing: &mut Option<i32>,
    ) -> Result<Option<Key>, KeyError> {
        match self.ledger_key(version).await {
            Err(KeyError::NoLedgerKey { .. }) if *missing != Some(version) => {
                *missing = Some(version);
                Ok(None)
            }
            found => found.map(Some),
        }
    }

    async fn ledger_key(&self, version: i32) -> Result<Key, KeyError> {
        let key = self.store.ring.get(self.ledger_id, version).await?;
        key.ok_or_else(|| KeyError::NoLedgerKey { version, ring: self.store.ring.place() })
    }
}

/// Opens one subject's fields.
pub(crate) struct Opener {
    subject: SubjectId,
    key: Arc<Key>,
}

impl Opener {
    /// The text that was sealed in this place.
    pub(crate) fn open(&self, context: SealContext<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotAuthentic> {
        cipher::open(&self.key, &cipher::of_field(context, self.subject), sealed)
    }
}

/// Asks the store for ever whether keys have been destroyed. While it can't be asked, the cache can't be used.
async fn renew(ledger_id: Uuid, store: KeyStore, cache: Arc<Cache>) {
    let mut reachable = true;
    loop {
        match ask(ledger_id, &store, &cache).await {
            Ok(()) => reachable = true,
            Err(error) => {
                if std::mem::take(&mut reachable) {
                    tracing::error!(%error, "the key store can't be reached: personal data can't be read or written");
                }
            }
        }
        tokio::time::sleep(cache::ASK_EVERY).await;
    }
}

async fn ask(ledger_id: Uuid, store: &KeyStore, cache: &Cache) -> Result<(), sqlx::Error> {
    let asked = Instant::now();
    let (count, destroyed) = store.destroyed_since(ledger_id, cache.destructions()).await?;
    cache.renew(count, &destroyed, asked);
    Ok(())
}
