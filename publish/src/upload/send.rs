//! Sending a file, and checking it while it goes.

use std::path::PathBuf;

use bytes::Bytes;
use object_store::{ObjectStoreExt as _, PutMode, WriteMultipart};
use sha2::{Digest, Sha256};
use tokio::{fs::File, io::AsyncReadExt as _};

use super::{Upload, UploadError, outgoing::Outgoing};

/// How much of a file is sent at once. S3 takes parts of at least 5 MiB, and 10,000 of them.
const PART: u64 = 8 << 20;
const PARTS: u64 = 10_000;
/// How many parts are under way at most.
const UNDER_WAY: usize = 4;

impl Upload<'_> {
    /// Sends a file. One that turns out not to be what the manifest lists does not appear in its place.
    pub(super) async fn send(&self, file: &Outgoing) -> Result<(), UploadError> {
        let mut source = Source::open(self.dataset.folder().join(file.path.as_str()), file).await?;
        if file.bytes <= PART {
            let whole = source.next_part().await?.unwrap_or_default();
            source.end().await?;
            return self.send_whole(file, whole).await;
        }
        let parts = self.target.objects.put_multipart(&self.place_of(file)).await.map_err(self.store_failed(file))?;
        let mut parts = WriteMultipart::new_with_chunk_size(parts, source.part_bytes);
        match self.send_parts(file, &mut source, &mut parts).await {
            Ok(()) => parts.finish().await.map(drop).map_err(self.store_failed(file)),
            Err(error) => {
                if let Err(error) = parts.abort().await {
                    tracing::warn!(%error, "an upload that broke off could not be removed");
                }
                Err(error)
            }
        }
    }

    async fn send_parts(
        &self,
        file: &Outgoing,
        source: &mut Source,
        parts: &mut WriteMultipart,
    ) -> Result<(), UploadError> {
        while let Some(part) = source.next_part().await? {
            parts.wait_for_capacity(UNDER_WAY).await.map_err(self.store_failed(file))?;
            parts.put(Bytes::from(part));
        }
        source.end().await
    }

    /// Sends a small file in one piece, unless something has come into its place meanwhile.
    pub(super) async fn send_whole(&self, file: &Outgoing, bytes: Vec<u8>) -> Result<(), UploadError> {
        let place = self.place_of(file);
        match self.target.objects.put_opts(&place, bytes.into(), PutMode::Create.into()).await {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) if self.is_there(file).await? => Ok(()),
            Err(source) => Err(self.store_failed(file)(source)),
        }
    }
}

/// A file that is read part by part, and hashed.
struct Source {
    path: PathBuf,
    file: File,
    part_bytes: usize,
    hash: Sha256,
    left: u64,
    expected: stele_domain::dataset::Sha256Digest,
}

impl Source {
    async fn open(path: PathBuf, listed: &Outgoing) -> Result<Self, UploadError> {
        let part_bytes = PART.max(listed.bytes.div_ceil(PARTS));
        let part_bytes = usize::try_from(part_bytes).unwrap_or(usize::MAX);
        match File::open(&path).await {
            Ok(file) => {
                let (left, expected) = (listed.bytes, listed.sha256);
                Ok(Self { path, file, part_bytes, hash: Sha256::new(), left, expected })
            }
            Err(source) => Err(UploadError::Io { path, source }),
        }
    }

    /// The next part, until there are as many bytes as the manifest says.
    async fn next_part(&mut self) -> Result<Option<Vec<u8>>, UploadError> {
        let wanted = self.left.min(self.part_bytes as u64);
        if wanted == 0 {
            return Ok(None);
        }
        let part = self.read(wanted).await?;
        if part.len() as u64 != wanted {
            return Err(UploadError::Differs(self.path.clone()));
        }
        self.hash.update(&part);
        self.left -= wanted;
        Ok(Some(part))
    }

    /// Whether that was all, and the right file.
    async fn end(&mut self) -> Result<(), UploadError> {
        let hash = <[u8; 32]>::from(std::mem::take(&mut self.hash).finalize());
        if self.expected == hash.into() && self.read(1).await?.is_empty() {
            return Ok(());
        }
        Err(UploadError::Differs(self.path.clone()))
    }

    async fn read(&mut self, bytes: u64) -> Result<Vec<u8>, UploadError> {
        let mut part = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
        match (&mut self.file).take(bytes).read_to_end(&mut part).await {
            Ok(_) => Ok(part),
            Err(source) => Err(UploadError::Io { path: self.path.clone(), source }),
        }
    }
}
