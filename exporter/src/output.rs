//! Writing a dataset's folder: all of it, or nothing.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, ListBuilderTrait, ListPrimitiveChunkedBuilder, NamedFrom,
    ParquetCompression, ParquetWriter, PolarsError, Series, UInt64Type,
};
use stele_domain::dataset::{ReleasedFile, RowsDigest};

use crate::{DpoRow, Manifest, digest::sha256};

const MANIFEST: &str = "manifest.json";
const JSONL: &str = "train.jsonl";
const PARQUET: &str = "train.parquet";

/// Rows in a Parquet row group; fixed, as it is part of the file's bytes.
const ROW_GROUP: usize = 16_384;

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
    /// A row has no JSON form.
    #[error("a row can't be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A column has no Parquet form.
    #[error("the rows can't be written as Parquet: {0}")]
    Parquet(#[from] PolarsError),
}

/// The absolute path of a folder that a dataset may be written to.
pub(crate) fn target(out: &Path) -> Result<PathBuf, OutputError> {
    let out = std::path::absolute(out).map_err(|source| OutputError::Io { path: out.to_owned(), source })?;
    let entries = match fs::read_dir(&out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(out),
        Err(source) => return Err(OutputError::Io { path: out, source }),
    };
    let earlier = [MANIFEST, JSONL, PARQUET];
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| OutputError::Io { path: out.clone(), source })?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    let replaceable =
        names.iter().any(|name| name == MANIFEST) && names.iter().all(|name| earlier.contains(&name.as_str()));
    if names.is_empty() || replaceable { Ok(out) } else { Err(OutputError::Occupied(out)) }
}

/// The files of a dataset but for its manifest, made and not yet written.
pub(crate) struct Files {
    jsonl: Vec<u8>,
    parquet: Vec<u8>,
}

impl Files {
    /// Makes the files that hold these rows.
    pub(crate) fn of(rows: &[DpoRow]) -> Result<Self, OutputError> {
        Ok(Self { jsonl: jsonl(rows)?, parquet: parquet(rows)? })
    }

    /// The hash over the rows.
    pub(crate) fn rows_digest(&self) -> RowsDigest {
        sha256(&self.jsonl).into()
    }

    /// What there is to know of each file.
    pub(crate) fn entries(&self) -> Vec<ReleasedFile> {
        let entry = |path: &str, bytes: &[u8]| {
            let (path, sha256) = (path.to_owned(), sha256(bytes).into());
            ReleasedFile { path, bytes: bytes.len() as u64, sha256 }
        };
        vec![entry(JSONL, &self.jsonl), entry(PARQUET, &self.parquet)]
    }

    /// Writes files and manifest beside `out`, then moves them into its place.
    pub(crate) fn write(&self, out: &Path, manifest: &Manifest) -> Result<(), OutputError> {
        let mut json = serde_json::to_vec_pretty(manifest)?;
        json.push(b'\n');
        let staged = sibling(out, "new");
        clear(&staged)?;
        create_dir_all(&staged)?;
        for (name, bytes) in [(JSONL, &self.jsonl), (PARQUET, &self.parquet), (MANIFEST, &json)] {
            put(&staged.join(name), bytes)?;
        }
        replace(out, &staged)
    }
}

fn jsonl(rows: &[DpoRow]) -> Result<Vec<u8>, OutputError> {
    let mut bytes = Vec::new();
    for row in rows {
        bytes.append(&mut serde_json_canonicalizer::to_vec(row)?);
        bytes.push(b'\n');
    }
    Ok(bytes)
}

fn parquet(rows: &[DpoRow]) -> Result<Vec<u8>, OutputError> {
    let text = |name: &str, of: fn(&DpoRow) -> &str| {
        Series::new(name.into(), rows.iter().map(of).collect::<Vec<_>>()).into_column()
    };
    let number = |name: &str, of: fn(&DpoRow) -> u32| {
        Series::new(name.into(), rows.iter().map(of).collect::<Vec<_>>()).into_column()
    };
    let mut columns = vec![
        text("prompt", |row| &row.prompt),
        text("chosen", |row| &row.chosen),
        text("rejected", |row| &row.rejected),
    ];
    columns.extend(model("chosen_model", rows, |row| row.chosen_model.as_deref()));
    columns.extend(model("rejected_model", rows, |row| row.rejected_model.as_deref()));
    columns.extend([
        number("votes_chosen", |row| row.votes_chosen),
        number("votes_rejected", |row| row.votes_rejected),
        number("votes_total", |row| row.votes_total),
        text("task_id", |row| &row.task_id),
        events(rows),
    ]);
    let mut frame = DataFrame::new(rows.len(), columns)?;
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .with_row_group_size(Some(ROW_GROUP))
        .set_parallel(false)
        .finish(&mut frame)?;
    Ok(bytes)
}

/// A column of models; none at all where no row knows one, as trainers stumble over columns of nulls.
fn model(name: &str, rows: &[DpoRow], of: fn(&DpoRow) -> Option<&str>) -> Option<Column> {
    let models: Vec<Option<&str>> = rows.iter().map(of).collect();
    models.iter().any(Option::is_some).then(|| Series::new(name.into(), models).into_column())
}

fn events(rows: &[DpoRow]) -> Column {
    let values = rows.iter().map(|row| row.events.len()).sum();
    let mut builder =
        ListPrimitiveChunkedBuilder::<UInt64Type>::new("events".into(), rows.len(), values, DataType::UInt64);
    for row in rows {
        builder.append_slice(&row.events);
    }
    builder.finish().into_column()
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

/// Writes a file and waits until it is on disk.
fn put(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let written = fs::File::create(path).and_then(|mut file| {
        io::Write::write_all(&mut file, bytes)?;
        file.sync_all()
    });
    written.map_err(|source| OutputError::Io { path: path.to_owned(), source })
}
