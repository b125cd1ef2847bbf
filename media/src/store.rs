//! Where files are.

use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt, path::Path, sync::Arc};

use object_store::{ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path as ObjectPath};
use uuid::Uuid;

use crate::{FileKey, MediaError, MediaId, Upload};

/// A store of files; cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) objects: Arc<dyn ObjectStore>,
}

impl Store {
    /// Files in a folder, which is made if it is not there, for its owner alone. What is stored survives a crash of the
    /// machine.
    pub fn local(folder: &Path) -> Result<Self, MediaError> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        Ok(Self::over(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true)))
    }

    /// Files wherever the `object_store` crate can keep them.
    pub fn over(objects: impl ObjectStore) -> Self {
        Self { objects: Arc::new(objects) }
    }

    /// Begins to take a file, sealed if there is a key. Until it is kept it has the name of the upload, which must be a
    /// fresh one.
    pub async fn begin(&self, upload: Uuid, key: Option<&FileKey>) -> Result<Upload, MediaError> {
        let path = ObjectPath::from_iter(["uploads".to_owned(), upload.to_string()]);
        let parts = self.objects.put_multipart(&path).await?;
        Ok(Upload::new(self.clone(), path, parts, key))
    }

    /// Deletes a file; one that is not there is none to delete.
    pub async fn delete(&self, id: MediaId) -> Result<(), MediaError> {
        match self.objects.delete(&path(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// `ab/cd/abcd...`: no folder gets too many entries.
pub(crate) fn path(id: MediaId) -> ObjectPath {
    let name = id.to_string();
    ObjectPath::from_iter([&name[..2], &name[2..4], &name])
}
