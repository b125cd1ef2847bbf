//! The keys that a process has at hand.
//!
//! They may be used for a little while only after the store was last asked whether keys have been destroyed. A process
//! that can't ask stops using its cache, so a destroyed key is used nowhere a second later, whatever has happened to
//! that process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use stele_domain::SubjectId;
use tokio::time::Instant;

use super::cipher::Key;

/// How often the store is asked.
pub(super) const ASK_EVERY: Duration = Duration::from_millis(250);
/// For how long after it was asked the keys may be used.
const LEASE: Duration = Duration::from_millis(750);
/// How many keys are kept; at one more, all go. It is far beyond the people at work at one time.
const MOST: usize = 100_000;

#[derive(Debug)]
pub(super) struct Cache {
    inner: Mutex<Inner>,
}

struct Inner {
    keys: HashMap<SubjectId, Arc<Key>>,
    /// How many keys had been destroyed when the store was last asked.
    destructions: i64,
    usable_until: Option<Instant>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

impl Cache {
    pub(super) fn new() -> Self {
        Self { inner: Mutex::new(Inner { keys: HashMap::new(), destructions: 0, usable_until: None }) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key, if it is here and may be used.
    pub(super) fn get(&self, subject: SubjectId) -> Option<Arc<Key>> {
        let inner = self.lock();
        inner.usable_until.filter(|until| Instant::now() < *until)?;
        inner.keys.get(&subject).cloned()
    }

    /// How many destructions are known of.
    pub(super) fn destructions(&self) -> i64 {
        self.lock().destructions
    }

    /// Keeps a key that was fetched when `destructions` were known of. If there were more since, it may be one of them.
    pub(super) fn put(&self, subject: SubjectId, key: &Arc<Key>, destructions: i64) {
        let mut inner = self.lock();
        if inner.destructions == destructions {
            if inner.keys.len() >= MOST {
                inner.keys.clear();
            }
            inner.keys.insert(subject, Arc::clone(key));
        }
    }

    /// Takes note of what the store said when it was asked at `asked`.
    pub(super) fn renew(&self, destructions: i64, destroyed: &[SubjectId], asked: Instant) {
        let mut inner = self.lock();
        for subject in destroyed {
            inner.keys.remove(subject);
        }
        inner.destructions = destructions;
        inner.usable_until = Some(asked + LEASE);
    }
}
