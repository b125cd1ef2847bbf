//! Writing a dataset's folder: all of it, or nothing.

mod card;
mod check;
mod coco;
mod croissant;
mod dvc;
mod files;
mod lines;
mod manifest;
mod shards;
mod training;
mod walk;

use std::{
    fs, io,
    io::{Seek as _, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

pub(crate) use self::walk::feed;
pub(crate) use self::{
    check::check,
    files::{Files, Rows, sha256},
};
pub use self::{
    dvc::write_dvc_pointer,
    manifest::{KnownAt, Manifest, ReleaseName},
};
use crate::table::TableError;

pub(crate) const MANIFEST: &str = "manifest.json";
const CARD: &str = "README.md";
const CROISSANT: &str = "croissant.json";

/// The files that say what the others are.
const DESCRIBING: [&str; 4] = [MANIFEST, CARD, CROISSANT, training::DATASET_INFO];

/// Why a dataset's folder could not be written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder holds something that is not an earlier export.
    #[error("{} is not empty and holds no dataset that could be replaced", .0.display())]
    Occupied(PathBuf),
    /// The file is no manifest.
    #[error("{} is not a manifest that this build can read: {source}", path.display())]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Where, and what is wrong.
        source: serde_json::Error,
    },
    /// A row has no JSON form.
    #[error("a row can't be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Rows have no Parquet form.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A thread that writes has come to grief.
    #[error("a writer stopped: {0}")]
    Stopped(#[from] tokio::task::JoinError),
}

/// The absolute path of a folder that a dataset may be written to. What it will stand in is made if need be.
pub(crate) fn target(out: &Path) -> Result<PathBuf, OutputError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| OutputError::Io { path, source }
    };
    let out = std::path::absolute(out).map_err(at(out))?;
    create_dir_all(surroundings(&out))?;
    let entries = match fs::read_dir(&out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(out),
        Err(source) => return Err(OutputError::Io { path: out, source }),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry.map_err(at(&out))?.file_name().to_string_lossy().into_owned());
    }
    if names.is_empty() || is_replaceable(&out, &names) { Ok(out) } else { Err(OutputError::Occupied(out)) }
}

/// Where a dataset's folder stands.
pub(crate) fn surroundings(out: &Path) -> &Path {
    out.parent().unwrap_or(out)
}

/// As much of a manifest as says what else is in its folder.
#[derive(Deserialize)]
struct Listing {
    files: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    path: String,
}

/// Whether a folder holds what its manifest lists and nothing else.
fn is_replaceable(out: &Path, names: &[String]) -> bool {
    let manifest = fs::read(out.join(MANIFEST)).ok();
    let listing = manifest.and_then(|json| serde_json::from_slice::<Listing>(&json).ok());
    let is_listed = |name: &String, listing: &Listing| {
        let tops = listing.files.iter().filter_map(|file| file.path.split('/').next());
        DESCRIBING.contains(&name.as_str()) || tops.into_iter().any(|top| top == name)
    };
    listing.is_some_and(|listing| names.iter().all(|name| is_listed(name, &listing)))
}

/// Writes files and manifest beside `out`, then moves them into its place.
pub(crate) fn write(files: Files, out: &Path, manifest: &Manifest) -> Result<(), OutputError> {
    let described = files.described();
    let staged = sibling(out, "new");
    clear(&staged)?;
    create_dir_all(&staged)?;
    for (path, mut file) in files.into_parts() {
        let path = staged.join(path);
        create_dir_all(surroundings(&path))?;
        put(&path, |to| file.rewind().and_then(|()| io::copy(&mut file, to)).map(drop))?;
    }
    put(&staged.join(CARD), |to| to.write_all(card::card(manifest, &described).as_bytes()))?;
    put_json(&staged.join(CROISSANT), &croissant::croissant(manifest, &described))?;
    if let Some(info) = training::dataset_info(manifest) {
        put_json(&staged.join(training::DATASET_INFO), &info)?;
    }
    put_json(&staged.join(MANIFEST), manifest)?;
    replace(out, &staged)
}

/// Puts the finished folder where the dataset belongs. An earlier dataset stays whole until the new one is there.
fn replace(out: &Path, staged: &Path) -> Result<(), OutputError> {
    let old = sibling(out, "old");
    clear(&old)?;
    if out.exists() {
        rename(out, &old)?;
    }
    rename(staged, out)?;
    clear(&old)
}

/// `DIR/.NAME.what` for `DIR/NAME`: on the same file system, so that a rename is enough.
fn sibling(out: &Path, what: &str) -> PathBuf {
    let name = out.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    out.with_file_name(format!(".{name}.{what}"))
}

fn clear(path: &Path) -> Result<(), OutputError> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(OutputError::Io { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn create_dir_all(path: &Path) -> Result<(), OutputError> {
    fs::create_dir_all(path).map_err(|source| OutputError::Io { path: path.to_owned(), source })
}

fn rename(from: &Path, to: &Path) -> Result<(), OutputError> {
    fs::rename(from, to).map_err(|source| OutputError::Io { path: to.to_owned(), source })
}

fn put_json(path: &Path, value: &impl Serialize) -> Result<(), OutputError> {
    let mut json = serde_json::to_vec_pretty(value)?;
    json.push(b'\n');
    put(path, |to| to.write_all(&json))
}

/// Writes a file and waits until it is on disk.
fn put(path: &Path, write: impl FnOnce(&mut fs::File) -> io::Result<()>) -> Result<(), OutputError> {
    let written = fs::File::create(path).and_then(|mut file| {
        write(&mut file)?;
        file.sync_all()
    });
    written.map_err(|source| OutputError::Io { path: path.to_owned(), source })
}
