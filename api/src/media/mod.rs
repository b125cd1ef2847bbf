//! Files: the images, sounds and films that tasks show.

mod record;
mod signed_url;

pub use record::{MediaFile, MediaRecordError};
pub(crate) use record::{Stored, find_stored, insert, is_erased, open_key, remove_of, seal_key};
pub(crate) use signed_url::UrlError;
pub use signed_url::{SignedUrl, UrlSigner};

use stele_ledger::Ledger;
use stele_media::{MediaId, Store};

/// The files of one ledger.
#[derive(Clone)]
pub struct Media {
    ledger: Ledger,
    pub(crate) store: Store,
    pub(crate) urls: UrlSigner,
}

impl Media {
    /// The files of a ledger, in a store that other ledgers may use as well.
    #[must_use]
    pub const fn new(ledger: Ledger, store: Store, urls: UrlSigner) -> Self {
        Self { ledger, store, urls }
    }

    /// A file, unless there is none or it is gone with its owner.
    pub async fn find(&self, id: MediaId) -> Result<Option<MediaFile>, MediaRecordError> {
        let stored = find_stored(&self.ledger, id).await?;
        Ok(stored.filter(|stored| !stored.is_removed).map(|stored| stored.file))
    }

    /// An address at which a browser can read a file without a token, for a short while. It is for those alone who may see
    /// the task that shows the file.
    #[must_use]
    pub fn signed_url(&self, id: MediaId) -> SignedUrl {
        self.urls.sign(id, self.ledger.clock().now())
    }
}
