//! Rotation: the living keys under a new ledger key, and the end of the old one.
//!
//! One process rotates at a time. Every step can be done again, so a rotation that was interrupted is finished by the next one:
//!
//! 1. the new version is kept in the ring;
//! 2. the store makes it the one that wraps new keys, waiting for those who are wrapping one under the old;
//! 3. the living keys are wrapped anew, some at a time;
//! 4. the old versions are destroyed in the ring, and then noted as destroyed in the store.

use sqlx::Connection;
use zeroize::Zeroizing;

use super::{Keeper, KeyError, cipher};

/// How many keys are wrapped anew at a time.
const AT_A_TIME: i64 = 500;

/// What a rotation did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// The version that wraps the keys now.
    pub version: u32,
    /// How many keys it wraps anew; those of an earlier, interrupted run are not among them.
    pub rewrapped: u64,
    /// Whether an earlier rotation had been interrupted, and was finished.
    pub resumed: bool,
}

impl Keeper {
    /// Wraps every living key under a new ledger key, and destroys the old one.
    pub(crate) async fn rotate(&self, mut progress: impl FnMut(u64, u64)) -> Result<Rotated, KeyError> {
        let store = &self.store;
        let alone = store.lock_rotation(self.ledger_id).await?;
        let current = self.current().await?;
        let unfinished = store.versions(self.ledger_id).await?;
        let half_done = unfinished.iter().any(|version| version.retired && version.destroyed_at.is_none());
        let newest = store.ring.newest(self.ledger_id).await?.unwrap_or(current);
        let resumed = half_done || newest > current;
        let version = if half_done { current } else { newest.max(current + 1) };
        if !resumed {
            store.ring.add(self.ledger_id, version, &Zeroizing::new(self.random.bytes())).await?;
        }
        store.make_current(self.ledger_id, version).await?;
        let all = store.behind(self.ledger_id, version).await?;
        let rewrapped = self.rewrap(version, all, &mut progress).await?;
        for old in store.versions(self.ledger_id).await? {
            if old.retired && old.destroyed_at.is_none() {
                store.ring.destroy(self.ledger_id, old.number).await?;
                store.mark_destroyed(self.ledger_id, old.number).await?;
            }
        }
        alone.close().await?;
        Ok(Rotated { version: version.cast_unsigned(), rewrapped, resumed })
    }

    async fn rewrap(&self, version: i32, all: u64, progress: &mut impl FnMut(u64, u64)) -> Result<u64, KeyError> {
        let new = self.ledger_key(version).await?;
        let mut done = 0;
        loop {
            let keys = self.store.some_behind(self.ledger_id, version, AT_A_TIME).await?;
            if keys.is_empty() {
                return Ok(done);
            }
            let mut old: Option<(i32, cipher::Key)> = None;
            let mut rewrapped = Vec::with_capacity(keys.len());
            for (subject, wrapped_by, wrapped) in keys {
                let ledger_key = match old {
                    Some((known, ref key)) if known == wrapped_by => key,
                    _ => &old.insert((wrapped_by, self.ledger_key(wrapped_by).await?)).1,
                };
                let damaged = |source| KeyError::Damaged { subject, source };
                let aad = cipher::of_subject_key(self.ledger_id, subject, wrapped_by);
                let key = cipher::open_key(ledger_key, &aad, &wrapped).map_err(damaged)?;
                let aad = cipher::of_subject_key(self.ledger_id, subject, version);
                rewrapped.push((subject, cipher::seal(&new, self.random.bytes(), &aad, &*key).map_err(damaged)?));
            }
            self.store.rewrap(self.ledger_id, version, &rewrapped).await?;
            done += rewrapped.len() as u64;
            progress(done, all.max(done));
        }
    }
}
