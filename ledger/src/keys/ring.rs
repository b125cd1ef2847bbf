//! The ledger keys: in a file of their own, each wrapped by the root key.
//!
//! They are not in the key store's database, so that a backup of it opens nothing by itself, and nothing at all once
//! the ledger key that wraps its rows has been destroyed in here.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use async_trait::async_trait;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use tokio::{
    fs,
    io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, SeekFrom},
    sync::Mutex,
};
use uuid::Uuid;

use super::cipher::{self, Key, NotAuthentic};
use crate::{durable_file, random::Random};

/// What wraps the ledger keys: a secret of this machine, or a key management service that keeps it to itself.
#[async_trait]
pub trait RootKey: fmt::Debug + Send + Sync {
    /// Wraps a key so that it opens only with the same associated data.
    async fn wrap(&self, key: &[u8; 32], associated: &[u8]) -> Result<Vec<u8>, RootKeyError>;

    /// Unwraps a key that was wrapped with the same associated data.
    async fn unwrap(&self, wrapped: &[u8], associated: &[u8]) -> Result<zeroize::Zeroizing<[u8; 32]>, RootKeyError>;
}

/// Why the root key did not wrap or unwrap.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// Another root key wrapped it, or it is damaged.
    #[error(transparent)]
    NotAuthentic(#[from] NotAuthentic),
    /// The service that has the key can't be reached, or refuses.
    #[error("the service that has the root key: {0}")]
    Service(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A root key that this process holds itself.
pub struct LocalRootKey {
    key: Key,
    random: Random,
}

impl LocalRootKey {
    /// A root key from its 32 secret bytes.
    #[must_use]
    pub fn new(key: [u8; 32]) -> Self {
        Self { key: Key::new(key), random: Random::from_system() }
    }
}

impl fmt::Debug for LocalRootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalRootKey(<secret>)")
    }
}

#[async_trait]
impl RootKey for LocalRootKey {
    async fn wrap(&self, key: &[u8; 32], associated: &[u8]) -> Result<Vec<u8>, RootKeyError> {
        Ok(cipher::seal(&self.key, self.random.bytes(), associated, key)?)
    }

    async fn unwrap(&self, wrapped: &[u8], associated: &[u8]) -> Result<zeroize::Zeroizing<[u8; 32]>, RootKeyError> {
        Ok(cipher::open_key(&self.key, associated, wrapped)?)
    }
}

/// The ledger keys of an installation.
#[derive(Clone, Debug)]
pub struct KeyRing {
    place: Place,
    root: Arc<dyn RootKey>,
}

#[derive(Clone, Debug)]
enum Place {
    File(PathBuf),
    Memory(Arc<Mutex<Contents>>),
}

/// Why the ledger keys can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// The file can't be read or written.
    #[error("the ledger keys in {path}: {source}", path = .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file does not hold ledger keys.
    #[error("the ledger keys in {path} can't be read: {source}", path = .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What the JSON reader said.
        source: serde_json::Error,
    },
    /// The root key did not wrap or unwrap it.
    #[error("version {version} of the key of ledger {ledger_id}, under the root key: {source}")]
    Root {
        /// The ledger.
        ledger_id: Uuid,
        /// The version.
        version: i32,
        /// What was wrong.
        source: RootKeyError,
    },
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    ledger_keys: Vec<WrappedKey>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrappedKey {
    ledger: Uuid,
    version: i32,
    wrapped: String,
}

impl Contents {
    fn find(&self, ledger_id: Uuid, version: i32) -> Option<&WrappedKey> {
        self.ledger_keys.iter().find(|key| key.ledger == ledger_id && key.version == version)
    }
}

impl KeyRing {
    /// The keys in this file, which need not exist yet.
    pub fn file(path: impl Into<PathBuf>, root: Arc<dyn RootKey>) -> Self {
        Self { place: Place::File(path.into()), root }
    }

    /// Keys that are gone with the process, and the same ones throughout it.
    pub(super) fn in_process() -> Self {
        static RING: LazyLock<KeyRing> = LazyLock::new(|| {
            let root = LocalRootKey::new(Random::from_system().bytes());
            KeyRing { place: Place::Memory(Arc::default()), root: Arc::new(root) }
        });
        RING.clone()
    }

    /// Where the keys are, for messages.
    pub(super) fn place(&self) -> String {
        match &self.place {
            Place::File(path) => path.display().to_string(),
            Place::Memory(_) => "memory".to_owned(),
        }
    }

    /// The newest version that there is of a ledger's key.
    pub(super) async fn newest(&self, ledger_id: Uuid) -> Result<Option<i32>, RingError> {
        let contents = self.read().await?;
        Ok(contents.ledger_keys.iter().filter(|key| key.ledger == ledger_id).map(|key| key.version).max())
    }

    /// A version of a ledger's key. It is read anew each time: another process may have destroyed it.
    pub(super) async fn get(&self, ledger_id: Uuid, version: i32) -> Result<Option<Key>, RingError> {
        let contents = self.read().await?;
        let Some(wrapped) = contents.find(ledger_id, version) else { return Ok(None) };
        let failed = |source| RingError::Root { ledger_id, version, source };
        let bytes = BASE64_STANDARD.decode(&wrapped.wrapped).map_err(|_| failed(NotAuthentic.into()))?;
        self.root.unwrap(&bytes, &cipher::of_ledger_key(ledger_id, version)).await.map(Some).map_err(failed)
    }

    /// Keeps a version of a ledger's key, unless there is one already.
    pub(super) async fn add(&self, ledger_id: Uuid, version: i32, key: &Key) -> Result<(), RingError> {
        let failed = |source| RingError::Root { ledger_id, version, source };
        let wrapped = self.root.wrap(key, &cipher::of_ledger_key(ledger_id, version)).await.map_err(failed)?;
        let added = WrappedKey { ledger: ledger_id, version, wrapped: BASE64_STANDARD.encode(wrapped) };
        self.change(|contents| {
            if contents.find(ledger_id, version).is_none() {
                contents.ledger_keys.push(added);
            }
        })
        .await
    }

    /// Destroys a version of a ledger's key.
    pub(super) async fn destroy(&self, ledger_id: Uuid, version: i32) -> Result<(), RingError> {
        self.change(|contents| contents.ledger_keys.retain(|key| (key.ledger, key.version) != (ledger_id, version)))
            .await
    }

    async fn read(&self) -> Result<Contents, RingError> {
        match &self.place {
            Place::File(path) => read(path).await,
            Place::Memory(contents) => Ok(Contents { ledger_keys: contents.lock().await.ledger_keys.clone() }),
        }
    }

    async fn change(&self, change: impl FnOnce(&mut Contents)) -> Result<(), RingError> {
        match &self.place {
            Place::Memory(contents) => change(&mut *contents.lock().await),
            Place::File(path) => {
                let failed = |source| RingError::File { path: path.clone(), source };
                // held until the new file is in place; the system lets go of it if the process dies
                let _lock = lock(path).await.map_err(failed)?;
                let mut contents = read(path).await?;
                change(&mut contents);
                let bytes = serde_json::to_vec_pretty(&contents)
                    .map_err(|source| RingError::Format { path: path.clone(), source })?;
                replace(path, &bytes).await.map_err(failed)?;
            }
        }
        Ok(())
    }
}

async fn read(path: &Path) -> Result<Contents, RingError> {
    let mut found = fs::read(path).await;
    if found.as_ref().is_ok_and(|bytes| bytes.first() == Some(&0)) {
        // the old file, opened just before the new one took its place, and overwritten since
        found = fs::read(path).await;
    }
    match found {
        Ok(bytes) => {
            serde_json::from_slice(&bytes).map_err(|source| RingError::Format { path: path.to_owned(), source })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Contents::default()),
        Err(source) => Err(RingError::File { path: path.to_owned(), source }),
    }
}

/// Only one process at a time changes the file.
async fn lock(path: &Path) -> io::Result<std::fs::File> {
    let path = path.with_extension("lock");
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).await?;
    }
    let locked = tokio::task::spawn_blocking(move || {
        let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
        file.lock()?;
        Ok(file)
    });
    locked.await.map_err(io::Error::other)?
}

/// Puts the new file in place, and then overwrites what the old one held, as far as the file system writes in place.
async fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let old = match fs::OpenOptions::new().read(true).write(true).open(path).await {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    durable_file::replace(path, bytes, 0o600).await?;
    if let Some(mut old) = old {
        let mut length = Vec::new();
        old.read_to_end(&mut length).await?;
        old.seek(SeekFrom::Start(0)).await?;
        old.write_all(&vec![0; length.len()]).await?;
        old.sync_all().await?;
    }
    Ok(())
}
