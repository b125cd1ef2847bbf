//! Uploading a dataset's folder: its files first, each checked against the manifest as it goes, and the manifest last. So
//! whoever finds a manifest finds everything that it lists.

mod compare;
mod outgoing;
mod send;

use std::{io, path::PathBuf};

use object_store::path::Path as ObjectPath;
use sha2::{Digest, Sha256};

use self::outgoing::Outgoing;
use crate::{Dataset, Target, dataset::MANIFEST, manifest::PathInFolder};

/// What an upload has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploaded {
    /// Where the folder is now.
    pub address: String,
    /// How many files were sent.
    pub sent: usize,
    /// How many bytes they have.
    pub bytes_sent: u64,
    /// How many files were there already, to the byte.
    pub left: usize,
}

/// Why a dataset was not uploaded, or not to its end. What was sent until then stays: the next upload goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// A file can't be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file has changed since the dataset was written, or since the upload began.
    #[error("{} is not the file that the manifest lists, and was not uploaded", .0.display())]
    Differs(PathBuf),
    /// A file is not in the manifest.
    #[error("{} is in the folder and not in the manifest; nothing was uploaded", .0.display())]
    Stray(PathBuf),
    /// Something else is in a file's place.
    #[error("{0} is there already and is another file; a release is never overwritten")]
    Taken(String),
    /// The store can't be reached, or refuses.
    #[error("{address}: {source}")]
    Store {
        /// What was asked for.
        address: String,
        /// What the store said.
        source: object_store::Error,
    },
}

/// Uploads a dataset to TARGET/NAME/VERSION. What is there already with the same bytes is left alone, and read to know that;
/// anything else in the place of a file is an error. It takes the same memory whatever the size of the files.
pub async fn upload(dataset: &Dataset, target: &Target) -> Result<Uploaded, UploadError> {
    let release = &dataset.manifest().release;
    let place = [release.dataset.as_str().to_owned(), release.version.to_string()];
    let place: ObjectPath = target.prefix.parts().chain(place.iter().map(|part| part.as_str().into())).collect();
    let upload = Upload { dataset, target, place };
    let outgoing = outgoing::of(dataset).await?;
    upload.run(outgoing).await
}

struct Upload<'a> {
    dataset: &'a Dataset,
    target: &'a Target,
    place: ObjectPath,
}

impl Upload<'_> {
    async fn run(self, outgoing: Vec<Outgoing>) -> Result<Uploaded, UploadError> {
        let json = self.dataset.manifest_json();
        let manifest = PathInFolder::top(MANIFEST);
        let manifest = Outgoing {
            path: manifest,
            bytes: json.len() as u64,
            sha256: <[u8; 32]>::from(Sha256::digest(json)).into(),
        };
        let mut uploaded = Uploaded { address: self.target.address_of(&self.place), sent: 0, bytes_sent: 0, left: 0 };
        // another release in this place has another manifest, and gets no file of this one
        let is_complete = self.is_there(&manifest).await?;
        for file in &outgoing {
            let is_there = self.is_there(file).await?;
            if !is_there {
                self.send(file).await?;
            }
            uploaded.count(file, is_there);
        }
        if !is_complete {
            self.send_whole(&manifest, json.to_vec()).await?;
        }
        uploaded.count(&manifest, is_complete);
        Ok(uploaded)
    }

    fn place_of(&self, file: &Outgoing) -> ObjectPath {
        file.path.under(&self.place)
    }

    fn store_failed(&self, file: &Outgoing) -> impl FnOnce(object_store::Error) -> UploadError + use<> {
        let address = self.target.address_of(&self.place_of(file));
        move |source| UploadError::Store { address, source }
    }
}

impl Uploaded {
    fn count(&mut self, file: &Outgoing, was_there: bool) {
        if was_there {
            self.left += 1;
        } else {
            self.sent += 1;
            self.bytes_sent += file.bytes;
        }
    }
}
