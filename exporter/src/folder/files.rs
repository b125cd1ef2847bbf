//! A dataset's files, made and not yet in their folder.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use stele_domain::dataset::{ReleasedFile, RowsDigest};

use super::{OutputError, walk::feed};
use crate::{
    recipe::{Side, Split},
    table::{Columns, JsonRows, ParquetFile, Presence, Row},
};

/// A Parquet file ends with the row by which its rows have so many bytes as JSON; fixed, as it is part of the files' bytes.
const SHARD: u64 = 512 << 20;

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

/// Where a dataset's rows go, one after another: into files without names, which are gone with the process unless they are
/// given a place. So nothing of a release is on disk under a name before it is on record.
pub(crate) struct Rows {
    folder: PathBuf,
    columns: Columns,
    sides: Vec<(Side, SideRows)>,
}

/// The rows of a side, in both forms.
struct SideRows {
    rows: u64,
    columns: Columns,
    json: JsonRows,
    lines: BufWriter<File>,
    hash: Sha256,
    /// How many bytes of JSON the open shard holds.
    shard_bytes: u64,
    shard: ParquetFile,
    shards: Vec<File>,
    /// Which columns the finished shards have.
    presence: Presence,
}

/// Finished files.
pub(crate) struct Files {
    columns: Columns,
    all: Vec<(ReleasedFile, File)>,
    digest: RowsDigest,
    rows: BTreeMap<String, u64>,
}

impl Rows {
    pub(crate) fn begin(folder: &Path, columns: &Columns, split: &Split) -> Result<Self, OutputError> {
        let side = |side: Side| Ok((side, SideRows::begin(folder, columns)?));
        let sides = split.sides().into_iter().map(side).collect::<Result<_, OutputError>>()?;
        Ok(Self { folder: folder.to_owned(), columns: columns.clone(), sides })
    }

    pub(crate) fn push(&mut self, side: Side, row: Row) -> Result<(), OutputError> {
        let rows = self.sides.iter_mut().find(|(of, _)| *of == side).map(|(_, rows)| rows);
        rows.map_or(Ok(()), |rows| rows.push(&self.folder, row))
    }

    pub(crate) fn finish(self) -> Result<Files, OutputError> {
        let Self { folder, columns, sides } = self;
        let (mut lines, mut shards, mut rows) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut presence = Presence::default();
        for (side, of_side) in sides {
            let name = side.as_str();
            rows.insert(name.to_owned(), of_side.rows);
            let finished = of_side.finish(&folder)?;
            presence.add(&finished.presence);
            lines.push((format!("{name}.jsonl"), finished.hash, finished.lines));
            let count = finished.shards.len();
            let path = |number| format!("data/{name}-{number:05}-of-{count:05}.parquet");
            shards.extend(finished.shards.into_iter().enumerate().map(|(number, file)| (path(number), file)));
        }
        // every file has the same columns, whichever rows it has
        let kept = presence.kept(&columns);
        let failed = |source| OutputError::Io { path: folder.clone(), source };
        let digest = match lines.as_slice() {
            [(_, hash, _)] => *hash,
            several => hash(several.iter().map(|(_, _, file)| file)).map_err(failed)?,
        };
        let mut files = Vec::new();
        for (path, sha256, file) in lines {
            files.push((entry(path, &file, sha256).map_err(failed)?, file));
        }
        for (path, file) in shards {
            let file = kept.of(file, || tempfile::tempfile_in(&folder))?;
            let sha256 = hash([&file].into_iter()).map_err(failed)?;
            files.push((entry(path, &file, sha256).map_err(failed)?, file));
        }
        Ok(Files { columns: kept.columns, all: files, digest: digest.into(), rows })
    }
}

impl SideRows {
    fn begin(folder: &Path, columns: &Columns) -> Result<Self, OutputError> {
        Ok(Self {
            rows: 0,
            columns: columns.clone(),
            json: JsonRows::new(columns.clone()),
            lines: BufWriter::with_capacity(1 << 16, nameless(folder)?),
            hash: Sha256::new(),
            shard_bytes: 0,
            shard: ParquetFile::new(nameless(folder)?, columns.clone())?,
            shards: Vec::new(),
            presence: Presence::default(),
        })
    }

    fn push(&mut self, folder: &Path, row: Row) -> Result<(), OutputError> {
        let line = self.json.line(&row);
        self.hash.update(line);
        self.lines.write_all(line).map_err(|source| OutputError::Io { path: folder.to_owned(), source })?;
        self.shard_bytes += line.len() as u64;
        self.shard.push(row)?;
        self.rows += 1;
        if self.shard_bytes >= SHARD {
            self.shard_bytes = 0;
            let next = ParquetFile::new(nameless(folder)?, self.columns.clone())?;
            let (shard, present) = std::mem::replace(&mut self.shard, next).finish()?;
            self.shards.push(shard);
            self.presence.add(&present);
        }
        Ok(())
    }

    /// The finished files; a shard without rows only where there is no other.
    fn finish(self, folder: &Path) -> Result<Finished, OutputError> {
        let failed = |source| OutputError::Io { path: folder.to_owned(), source };
        let lines = self.lines.into_inner().map_err(|error| failed(error.into_error()))?;
        let (mut shards, mut presence) = (self.shards, self.presence);
        if self.shard_bytes > 0 || shards.is_empty() {
            let (shard, present) = self.shard.finish()?;
            shards.push(shard);
            presence.add(&present);
        }
        Ok(Finished { lines, hash: self.hash.finalize().into(), shards, presence })
    }
}

/// The files of a side.
struct Finished {
    lines: File,
    hash: [u8; 32],
    shards: Vec<File>,
    presence: Presence,
}

impl Files {
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

fn nameless(folder: &Path) -> Result<File, OutputError> {
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
