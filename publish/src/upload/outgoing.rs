//! Which files go.

use std::{
    fs,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use stele_domain::dataset::Sha256Digest;
use tokio::task::spawn_blocking;

use super::UploadError;
use crate::{
    Dataset, Manifest,
    dataset::{CARD, CROISSANT, MANIFEST},
    manifest::PathInFolder,
};

/// A file that is to be uploaded, and what it has to be.
pub(super) struct Outgoing {
    pub(super) path: PathInFolder,
    pub(super) bytes: u64,
    pub(super) sha256: Sha256Digest,
}

/// All files but the manifest itself. Card and Croissant metadata may not be in it: they go as they are now.
pub(super) async fn of(dataset: &Dataset) -> Result<Vec<Outgoing>, UploadError> {
    let (folder, manifest) = (dataset.folder().to_owned(), dataset.manifest().clone());
    let failed = |source| UploadError::Io { path: dataset.folder().to_owned(), source };
    spawn_blocking(move || list(&folder, manifest)).await.map_err(|stopped| failed(stopped.into()))?
}

fn list(folder: &Path, manifest: Manifest) -> Result<Vec<Outgoing>, UploadError> {
    let listed = manifest.files.into_iter();
    let mut outgoing: Vec<Outgoing> =
        listed.map(|file| Outgoing { path: file.path, bytes: file.bytes, sha256: file.sha256 }).collect();
    for name in [CARD, CROISSANT] {
        if outgoing.iter().all(|file| file.path.as_str() != name) {
            outgoing.push(as_it_is(folder, name)?);
        }
    }
    for path in files_in(folder)? {
        let within = path.strip_prefix(folder).unwrap_or(&path);
        let is_known = |name: &str| within == Path::new(name);
        if !is_known(MANIFEST) && !outgoing.iter().any(|file| is_known(file.path.as_str())) {
            return Err(UploadError::Stray(path));
        }
    }
    Ok(outgoing)
}

fn as_it_is(folder: &Path, name: &str) -> Result<Outgoing, UploadError> {
    let path = folder.join(name);
    let (bytes, sha256) = hash(&path).map_err(|source| UploadError::Io { path, source })?;
    Ok(Outgoing { path: PathInFolder::top(name), bytes, sha256 })
}

fn hash(path: &Path) -> io::Result<(u64, Sha256Digest)> {
    let (mut file, mut hash) = (File::open(path)?, Sha256::new());
    let (mut buffer, mut bytes) = (vec![0; 1 << 16], 0);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, <[u8; 32]>::from(hash.finalize()).into()));
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
}

/// The files in a folder and in the folders in it.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, UploadError> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let failed = |source| UploadError::Io { path: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let is_folder = entry.file_type().map_err(failed)?.is_dir();
            if is_folder { &mut folders } else { &mut files }.push(entry.path());
        }
    }
    Ok(files)
}
