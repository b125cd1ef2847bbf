//! Where datasets are uploaded to.

use std::{fmt, fs, io, path::PathBuf, sync::Arc};

use object_store::{ObjectStore, local::LocalFileSystem, path::Path as ObjectPath};
use url::Url;

/// A place that datasets are uploaded to: within it each release has a folder NAME/VERSION. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Target {
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) prefix: ObjectPath,
    address: String,
}

/// Why nothing can be uploaded to an address.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// It is none.
    #[error("`{0}` is not an address to upload to, such as s3://bucket/prefix or file:///folder")]
    Address(String),
    /// It holds a user's name, a password, a query or a fragment. It is not repeated, as it may hold a secret.
    #[error("an address to upload to has only a bucket and a path; credentials come from the environment")]
    MoreThanAPath,
    /// It needs what this build does not have.
    #[error("this build can't upload to S3: it was built without the feature `s3`")]
    WithoutS3,
    /// The folder can't be made.
    #[error("{}: {source}", folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The store can't be used.
    #[error("{0}")]
    Store(#[from] object_store::Error),
}

impl Target {
    /// The place at `s3://BUCKET/PREFIX`, or `file:///FOLDER`, which is made if it is not there. Credentials, region and
    /// endpoint of a bucket come from the environment, under the names that AWS's own tools use (`AWS_ACCESS_KEY_ID`,
    /// `AWS_REGION`, `AWS_ENDPOINT_URL`). The build needs the feature `s3` for that.
    pub fn parse(address: &str) -> Result<Self, TargetError> {
        let url = Url::parse(address).map_err(|_| TargetError::Address(address.to_owned()))?;
        let has_login = !url.username().is_empty() || url.password().is_some();
        if has_login || url.query().is_some() || url.fragment().is_some() {
            return Err(TargetError::MoreThanAPath);
        }
        match url.scheme() {
            "file" => Self::folder(&url),
            "s3" => Self::bucket(&url),
            _ => Err(TargetError::Address(address.to_owned())),
        }
    }

    /// A place in a store of any kind, which is called `address`.
    pub fn over(objects: impl ObjectStore, prefix: ObjectPath, address: &str) -> Self {
        Self { objects: Arc::new(objects), prefix, address: address.trim_end_matches('/').to_owned() }
    }

    fn folder(url: &Url) -> Result<Self, TargetError> {
        let folder = url.to_file_path().map_err(|()| TargetError::Address(url.to_string()))?;
        fs::create_dir_all(&folder).map_err(|source| TargetError::Folder { folder: folder.clone(), source })?;
        let objects = LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true);
        Ok(Self::over(objects, ObjectPath::ROOT, url.as_str()))
    }

    #[cfg(not(feature = "s3"))]
    fn bucket(_: &Url) -> Result<Self, TargetError> {
        Err(TargetError::WithoutS3)
    }

    #[cfg(feature = "s3")]
    fn bucket(url: &Url) -> Result<Self, TargetError> {
        Self::in_bucket(url, object_store::aws::AmazonS3Builder::from_env())
    }

    /// The place at `s3://BUCKET/PREFIX`, with everything else as it is set already.
    #[cfg(feature = "s3")]
    pub fn in_bucket(url: &Url, builder: object_store::aws::AmazonS3Builder) -> Result<Self, TargetError> {
        crate::tls::use_ring();
        let prefix = ObjectPath::from_url_path(url.path()).map_err(object_store::Error::from)?;
        Ok(Self::over(builder.with_url(url.as_str()).build()?, prefix, url.as_str()))
    }

    /// The place of something within this one, for people and for other programs.
    pub(crate) fn address_of(&self, path: &ObjectPath) -> String {
        let within = path.prefix_match(&self.prefix);
        let parts = within.into_iter().flatten().map(|part| part.as_ref().to_owned());
        std::iter::once(self.address.clone()).chain(parts).collect::<Vec<_>>().join("/")
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address)
    }
}
