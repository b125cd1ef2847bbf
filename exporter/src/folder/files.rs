//! A dataset's files, made and not yet in their folder.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Seek as _},
    mem,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use stele_domain::dataset::{ReleasedFile, RowsDigest};
use tokio::{
    sync::mpsc,
    task::{JoinHandle, spawn_blocking},
};

use super::{
    OutputError,
    lines::{self, Lines},
    shards::{self, Shards},
    walk::feed,
};
use crate::table::{Columns, Presence, Row, bytes_of};
use stele_recipe::{Side, Split};

/// The SHA-256 of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// What there is to know of a dataset's files.
pub(super) struct Described {
    /// The columns that some row has.
    pub(super) columns: Columns,
    pub(super) files: Vec<ReleasedFile>,
}

impl Described {
    /// The size of a file.
    pub(super) fn bytes_of(&self, path: &str) -> u64 {
        self.files.iter().filter(|file| file.path == path).map(|file| file.bytes).sum()
    }

    /// The size of all files in a folder.
    pub(super) fn bytes_under(&self, folder: &str) -> u64 {
        self.files.iter().filter(|file| file.path.starts_with(folder)).map(|file| file.bytes).sum()
    }
}

/// Rows are passed on when there are so many of them, or their texts have so many bytes.
const BATCH: usize = 64;
const BATCH_BYTES: usize = 1 << 20;
/// How many such batches wait at each station at most.
const WAITING: usize = 4;

/// Rows, each with its side.
pub(super) type Batch = Vec<(Side, Row)>;

/// A row that has been written as JSON.
pub(super) struct Placed {
    pub(super) side: Side,
    pub(super) row: Row,
    /// Whether a shard ends with it.
    pub(super) ends_shard: bool,
}

/// Where a dataset's rows go, one after another: into files without names, which are gone with the process unless they are
/// given a place. So nothing of a release is on disk under a name before it is on record.
///
/// They go from station to station, each with a thread of its own: to where they become JSON, and from there to Parquet.
pub(crate) struct Rows {
    folder: PathBuf,
    columns: Columns,
    batch: Batch,
    batch_bytes: usize,
    station: mpsc::Sender<Batch>,
    lines: JoinHandle<Result<Vec<Lines>, OutputError>>,
    shards: JoinHandle<Result<Vec<Shards>, OutputError>>,
}

/// Finished files.
pub(crate) struct Files {
    columns: Columns,
    all: Vec<(ReleasedFile, File)>,
    digest: RowsDigest,
    rows: BTreeMap<String, u64>,
}

impl Rows {
    /// Must be called within a Tokio runtime.
    pub(crate) fn begin(folder: &Path, columns: &Columns, split: &Split) -> Self {
        let (station, to_lines) = mpsc::channel(WAITING);
        let (placed, to_shards) = mpsc::channel(WAITING);
        let equipped = || (folder.to_owned(), columns.clone(), split.sides());
        let (folder_of, columns_of, sides) = equipped();
        let lines = spawn_blocking(move || lines::write(&folder_of, &columns_of, &sides, to_lines, &placed));
        let (folder_of, columns_of, sides) = equipped();
        let shards = spawn_blocking(move || shards::write(&folder_of, &columns_of, &sides, to_shards));
        let batch = Vec::with_capacity(BATCH);
        Self { folder: folder.to_owned(), columns: columns.clone(), batch, batch_bytes: 0, station, lines, shards }
    }

    pub(crate) async fn push(&mut self, side: Side, row: Row) -> Result<(), OutputError> {
        self.batch_bytes += bytes_of(&row);
        self.batch.push((side, row));
        let is_full = self.batch.len() == BATCH || self.batch_bytes >= BATCH_BYTES;
        if is_full { self.pass_on().await } else { Ok(()) }
    }

    async fn pass_on(&mut self) -> Result<(), OutputError> {
        self.batch_bytes = 0;
        let batch = mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        if self.station.send(batch).await.is_err() {
            // a station that takes no more has failed, and the one before it may only have noticed
            (&mut self.shards).await??;
            (&mut self.lines).await??;
        }
        Ok(())
    }

    pub(crate) async fn finish(mut self) -> Result<Files, OutputError> {
        self.pass_on().await?;
        let Self { folder, columns, station, lines, shards, .. } = self;
        drop(station);
        let (shards, lines) = (shards.await??, lines.await??);
        spawn_blocking(move || Files::of(&folder, &columns, lines, shards)).await?
    }
}

impl Files {
    fn of(folder: &Path, columns: &Columns, lines: Vec<Lines>, shards: Vec<Shards>) -> Result<Self, OutputError> {
        let failed = |source| OutputError::Io { path: folder.to_owned(), source };
        // every file has the same columns, whichever rows it has
        let mut presence = Presence::default();
        shards.iter().for_each(|of_side| presence.add(&of_side.presence));
        let kept = presence.kept(columns);
        let digest = match lines.as_slice() {
            [of_side] => of_side.sha256,
            several => hash(several.iter().map(|of_side| &of_side.file)).map_err(failed)?,
        };
        let rows = lines.iter().map(|of_side| (of_side.side.as_str().to_owned(), of_side.rows)).collect();
        let mut all = Vec::new();
        for Lines { side, sha256, file, .. } in lines {
            all.push((entry(format!("{}.jsonl", side.as_str()), &file, sha256).map_err(failed)?, file));
        }
        for Shards { side, files, .. } in shards {
            let count = files.len();
            for (number, file) in files.into_iter().enumerate() {
                let path = format!("data/{}-{number:05}-of-{count:05}.parquet", side.as_str());
                let file = kept.of(file, || tempfile::tempfile_in(folder))?;
                let sha256 = hash([&file].into_iter()).map_err(failed)?;
                all.push((entry(path, &file, sha256).map_err(failed)?, file));
            }
        }
        Ok(Self { columns: kept.columns, all, digest: digest.into(), rows })
    }

    /// The hash over the rows.
    pub(crate) const fn digest(&self) -> RowsDigest {
        self.digest
    }

    /// How many rows there are on each side.
    pub(crate) const fn rows(&self) -> &BTreeMap<String, u64> {
        &self.rows
    }

    /// What there is to know of each file.
    pub(crate) fn entries(&self) -> Vec<ReleasedFile> {
        self.all.iter().map(|(entry, _)| entry.clone()).collect()
    }

    /// What there is to know of all of them.
    pub(super) fn described(&self) -> Described {
        Described { columns: self.columns.clone(), files: self.entries() }
    }

    /// The files, with the paths that they belong to.
    pub(crate) fn into_parts(self) -> impl Iterator<Item = (String, File)> {
        self.all.into_iter().map(|(entry, file)| (entry.path, file))
    }
}

pub(super) fn nameless(folder: &Path) -> Result<File, OutputError> {
    tempfile::tempfile_in(folder).map_err(|source| OutputError::Io { path: folder.to_owned(), source })
}

fn entry(path: String, file: &File, sha256: [u8; 32]) -> io::Result<ReleasedFile> {
    Ok(ReleasedFile { path, bytes: file.metadata()?.len(), sha256: sha256.into() })
}

/// The SHA-256 of files, one after another.
fn hash<'a>(files: impl Iterator<Item = &'a File>) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    for mut file in files {
        file.rewind()?;
        feed(&mut hash, file)?;
    }
    Ok(hash.finalize().into())
}
