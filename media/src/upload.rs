//! Taking a file as it comes.

use std::{fmt, mem};

use object_store::{MultipartUpload, ObjectStoreExt, PutPayload, path::Path};
use sha2::{Digest, Sha256};
use tokio::runtime::Handle;

use crate::{
    FileKey, MediaError, MediaId, Store,
    cipher::{CHUNK, Sealer},
    store,
};

/// How much of a file is held before it is handed to the store. S3 takes parts of at least 5 MiB, and 10,000 of them.
const PART: usize = 8 << 20;

/// A file that is being taken. Dropped, it leaves nothing behind.
pub struct Upload {
    store: Store,
    path: Path,
    /// Taken once the upload has ended one way or the other.
    parts: Option<Box<dyn MultipartUpload>>,
    sealer: Option<Sealer>,
    buffer: Vec<u8>,
    hash: Sha256,
    bytes: u64,
}

impl Upload {
    pub(crate) fn new(store: Store, path: Path, parts: Box<dyn MultipartUpload>, key: Option<&FileKey>) -> Self {
        let sealer = key.map(Sealer::new);
        Self { store, path, parts: Some(parts), sealer, buffer: Vec::new(), hash: Sha256::new(), bytes: 0 }
    }

    /// Takes the next bytes of the file.
    pub async fn write(&mut self, mut clear: &[u8]) -> Result<(), MediaError> {
        self.bytes += clear.len() as u64;
        while !clear.is_empty() {
            let (now, later) = clear.split_at(clear.len().min(CHUNK));
            self.take(|sealer, buffer| {
                if let Some(sealer) = sealer {
                    return sealer.push(now, buffer);
                }
                buffer.extend_from_slice(now);
                Ok(())
            })?;
            clear = later;
            if self.buffer.len() >= PART {
                let rest = self.buffer.split_off(PART);
                self.store_part(rest).await?;
            }
        }
        Ok(())
    }

    /// Ends the file, and tells what it is called. It is not in its place yet: see [`Staged::keep`].
    pub async fn finish(mut self) -> Result<Staged, MediaError> {
        if let Some(sealer) = self.sealer.take() {
            self.take(|_, buffer| sealer.finish(buffer))?;
        }
        if !self.buffer.is_empty() {
            self.store_part(Vec::new()).await?;
        }
        if let Some(parts) = &mut self.parts {
            parts.complete().await?;
        }
        self.parts = None;
        let hash: [u8; 32] = mem::take(&mut self.hash).finalize().into();
        let path = mem::take(&mut self.path);
        Ok(Staged { store: self.store.clone(), path: Some(path), id: hash.into(), bytes: self.bytes })
    }

    /// Gives up. Returns once nothing is left.
    pub async fn discard(mut self) {
        if let Some(parts) = self.parts.take() {
            abort(parts).await;
        }
    }

    /// Lets something be put into the buffer, and into the hash.
    fn take(
        &mut self,
        put: impl FnOnce(Option<&mut Sealer>, &mut Vec<u8>) -> Result<(), MediaError>,
    ) -> Result<(), MediaError> {
        let before = self.buffer.len();
        put(self.sealer.as_mut(), &mut self.buffer)?;
        self.hash.update(&self.buffer[before..]);
        Ok(())
    }

    /// Hands what is in the buffer to the store, and goes on with `rest`.
    async fn store_part(&mut self, rest: Vec<u8>) -> Result<(), MediaError> {
        let part = mem::replace(&mut self.buffer, rest);
        match &mut self.parts {
            Some(parts) => Ok(parts.put_part(PutPayload::from(part)).await?),
            None => Ok(()),
        }
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let (Some(parts), Ok(runtime)) = (self.parts.take(), Handle::try_current()) {
            runtime.spawn(abort(parts));
        }
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("path", &self.path).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

async fn abort(mut parts: Box<dyn MultipartUpload>) {
    if let Err(error) = parts.abort().await {
        tracing::warn!(%error, "an upload that broke off could not be removed");
    }
}

/// A file that is stored whole, under the name of its upload. Dropped, it is deleted.
#[derive(Debug)]
pub struct Staged {
    store: Store,
    /// Taken once it is kept or deleted.
    path: Option<Path>,
    id: MediaId,
    bytes: u64,
}

impl Staged {
    /// What the file is called.
    #[must_use]
    pub const fn id(&self) -> MediaId {
        self.id
    }

    /// How long the file is in the clear, in bytes.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Puts it in its place. One of the same bytes that is there already is as good.
    pub async fn keep(mut self) -> Result<(), MediaError> {
        if let Some(path) = &self.path {
            self.store.objects.rename(path, &store::path(self.id)).await?;
        }
        self.path = None;
        Ok(())
    }

    /// Deletes it.
    pub async fn discard(mut self) {
        if let Some(path) = self.path.take() {
            delete(self.store.clone(), path).await;
        }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let (Some(path), Ok(runtime)) = (self.path.take(), Handle::try_current()) {
            runtime.spawn(delete(self.store.clone(), path));
        }
    }
}

async fn delete(store: Store, path: Path) {
    if let Err(error) = store.objects.delete(&path).await {
        tracing::warn!(%error, "an upload that was not kept could not be deleted");
    }
}
