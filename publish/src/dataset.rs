//! A release's folder.

use std::{
    fs,
    path::{Path, PathBuf, absolute},
};

use serde_json::Value;
use url::Url;

use crate::{Manifest, ManifestError};

pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const CARD: &str = "README.md";
pub(crate) const CROISSANT: &str = "croissant.json";

/// A release's folder, with its manifest as it was when it was opened.
#[derive(Clone, Debug)]
pub struct Dataset {
    folder: PathBuf,
    manifest: Manifest,
    json: Vec<u8>,
}

impl Dataset {
    /// Reads a folder's manifest. What else the folder holds is read when it is published.
    pub fn open(folder: &Path) -> Result<Self, ManifestError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ManifestError::Io { path, source }
        };
        let folder = absolute(folder).map_err(failed(folder))?;
        let path = folder.join(MANIFEST);
        let json = fs::read(&path).map_err(failed(&path))?;
        let malformed = |source| ManifestError::Malformed { path: path.clone(), source };
        let value: Value = serde_json::from_slice(&json).map_err(malformed)?;
        if value.is_object() && value["release"].is_null() {
            return Err(ManifestError::NotReleased(path));
        }
        let manifest = serde_json::from_value(value).map_err(malformed)?;
        Ok(Self { folder, manifest, json })
    }

    /// What the dataset is made of.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The manifest as it is in the folder, byte for byte.
    pub(crate) fn manifest_json(&self) -> &[u8] {
        &self.json
    }

    /// Where it is: an absolute path.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where it is, as a `file:` address.
    #[must_use]
    pub fn address(&self) -> String {
        Url::from_directory_path(&self.folder).map(String::from).unwrap_or_default()
    }
}
