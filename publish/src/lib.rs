//! What becomes of a released dataset's folder beyond the disk that it was written to.
//!
//! - [`Dataset::open`] reads the manifest of a release's folder.
//! - [`upload`] copies the folder to where others find it: a bucket, or a folder elsewhere.
//! - [`mlflow`] tells a tracking server of the release.
//!
//! Nothing here reads the ledger, and nothing that was published is ever changed: a release is what it is for good.

mod dataset;
mod manifest;
pub mod mlflow;
mod target;
mod tls;
mod upload;

pub use dataset::Dataset;
pub use manifest::{DatasetName, KnownAt, ListedFile, Manifest, ManifestError, PathInFolder, ReleaseName};
pub use target::{Target, TargetError};
pub use upload::{UploadError, Uploaded, upload};
