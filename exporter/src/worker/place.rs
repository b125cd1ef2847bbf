//! Where a release goes: beside its place until its version is known.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use stele_domain::dataset::{ReleaseRequested, ReleaseVersion};
use tokio::task::spawn_blocking;

use super::WorkerError;

/// What stands in the names of folders that are being made.
const MAKING: &str = ".making";

/// The places of a release.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The folder of all datasets.
    root: PathBuf,
    /// The folder of the dataset's releases.
    dataset: PathBuf,
    /// The folder that the release is written to. No other request has the same.
    staged: PathBuf,
}

impl Place {
    pub(super) fn of(root: &Path, asked: &ReleaseRequested) -> Self {
        let dataset = root.join(&asked.name);
        let staged = dataset.join(format!(".{}{MAKING}", asked.request));
        Self { root: root.to_owned(), dataset, staged }
    }

    pub(super) fn staged(&self) -> &Path {
        &self.staged
    }

    /// Makes the folder, and clears away what workers have left in it that died: nobody else is at this dataset.
    pub(super) async fn prepare(&self) -> Result<(), WorkerError> {
        self.blocking(|place| {
            // releases may hold personal text
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&place.root);
            made.map_err(at(&place.root))?;
            fs::create_dir_all(&place.dataset).map_err(at(&place.dataset))?;
            place.sweep()
        })
        .await
    }

    /// Clears away what was written and has no place of its own.
    pub(super) async fn clear(&self) -> Result<(), WorkerError> {
        self.blocking(|place| {
            place.sweep()?;
            place.leave_nothing_empty();
            Ok(())
        })
        .await
    }

    /// Gives the finished folder its place; whether there was nothing before. What was there is of the same release.
    pub(super) async fn settle(&self, version: ReleaseVersion) -> Result<bool, WorkerError> {
        self.blocking(move |place| {
            let target = place.dataset.join(version.to_string());
            let old = place.dataset.join(format!(".{version}{MAKING}"));
            let is_new = !target.exists();
            if !is_new {
                fs::rename(&target, &old).map_err(at(&target))?;
            }
            fs::rename(&place.staged, &target).map_err(at(&target))?;
            // the release is told of next, and must be found after a power failure
            fs::File::open(&place.dataset).and_then(|folder| folder.sync_all()).map_err(at(&place.dataset))?;
            remove(&old)?;
            Ok(is_new)
        })
        .await
    }

    /// Takes a release away again.
    pub(super) async fn vacate(&self, version: ReleaseVersion) -> Result<(), WorkerError> {
        self.blocking(move |place| {
            remove(&place.dataset.join(version.to_string()))?;
            place.leave_nothing_empty();
            Ok(())
        })
        .await
    }

    fn sweep(&self) -> Result<(), WorkerError> {
        let entries = match fs::read_dir(&self.dataset) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(at(&self.dataset))?,
        };
        for entry in entries {
            let entry = entry.map_err(at(&self.dataset))?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') && name.contains(MAKING) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    fn leave_nothing_empty(&self) {
        // it fails where there are releases, which is as it should be
        drop(fs::remove_dir(&self.dataset));
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, WorkerError> + Send + 'static,
    ) -> Result<T, WorkerError> {
        let place = self.clone();
        spawn_blocking(move || work(&place)).await?
    }
}

fn remove(folder: &Path) -> Result<(), WorkerError> {
    match fs::remove_dir_all(folder) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(at(folder)(source)),
        _ => Ok(()),
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> WorkerError {
    let path = path.to_owned();
    move |source| WorkerError::Io { path, source }
}
