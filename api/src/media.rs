//! Media files: what is known of those that have been uploaded.

use stele_domain::task::{MediaDigest, MediaRef};

/// The file of this digest, if it is kept here.
pub(crate) async fn find(_digest: &MediaDigest) -> Option<MediaRef> {
    // nothing is uploaded yet
    std::future::ready(None).await
}
