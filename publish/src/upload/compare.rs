//! Whether a file is in its place already.

use futures::TryStreamExt as _;
use object_store::ObjectStoreExt as _;
use sha2::{Digest, Sha256};

use super::{Upload, UploadError, outgoing::Outgoing};

impl Upload<'_> {
    /// Whether a file is there, to the byte; something else in its place is an error.
    ///
    /// It is read for that. What stores tell of an object unasked differs from store to store, and with how it was uploaded.
    pub(super) async fn is_there(&self, file: &Outgoing) -> Result<bool, UploadError> {
        let place = self.place_of(file);
        let found = match self.target.objects.get(&place).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(false),
            Err(source) => return Err(self.store_failed(file)(source)),
        };
        let taken = || UploadError::Taken(self.target.address_of(&place));
        if found.meta.size != file.bytes {
            return Err(taken());
        }
        let (mut stream, mut hash) = (found.into_stream(), Sha256::new());
        while let Some(bytes) = stream.try_next().await.map_err(self.store_failed(file))? {
            hash.update(&bytes);
        }
        if file.sha256 == <[u8; 32]>::from(hash.finalize()).into() { Ok(true) } else { Err(taken()) }
    }
}
