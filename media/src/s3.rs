//! Files in a bucket that speaks S3.

use object_store::aws::AmazonS3Builder;
use rustls::crypto::{CryptoProvider, ring};

use crate::{MediaError, Store};

impl Store {
    /// Files in the bucket of an address such as `s3://bucket`. Credentials, the region and the endpoint come from the
    /// environment, under the names that AWS's own tools use (`AWS_ACCESS_KEY_ID`, `AWS_REGION`, `AWS_ENDPOINT`).
    pub fn s3(url: &str) -> Result<Self, MediaError> {
        if CryptoProvider::get_default().is_none() && ring::default_provider().install_default().is_err() {
            tracing::debug!("another part of the process has chosen what TLS is made with");
        }
        Ok(Self::over(AmazonS3Builder::from_env().with_url(url).build()?))
    }
}
