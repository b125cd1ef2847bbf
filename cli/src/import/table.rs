//! Tables of records, read one at a time: CSV, JSON and JSONL, plain or compressed with gzip.

mod csv;
mod json;
mod jsonl;

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The most bytes that one record may have; it bounds what a missing quote or bracket can make us hold.
const MAX_RECORD_BYTES: u64 = 64 << 20;

/// How records are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// RFC 4180, with a header row.
    Csv,
    /// One array of objects.
    Json,
    /// One object a line; also called NDJSON.
    Jsonl,
}

impl Format {
    /// The format that a file's name promises, whether or not it also ends in `.gz`.
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        match name.strip_suffix(".gz").unwrap_or(&name).rsplit_once('.')?.1 {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            _ => None,
        }
    }
}

/// One record of a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// The line on which it begins, from 1.
    pub(super) line: u64,
    /// Which record of the file it is, from 0; broken records count.
    pub(super) number: u64,
    /// Its columns; those of a CSV file are all strings.
    pub(super) value: Map<String, Value>,
}

/// A record that can't be taken, with the place and the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub(crate) struct BadRow {
    /// The file, as the user named it.
    pub(crate) file: String,
    /// The line on which the record begins, from 1.
    pub(crate) line: u64,
    /// What is wrong with it.
    pub(crate) reason: String,
}

/// Why a table can't be read at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The file can't be opened.
    #[error("{file}: can't be read: {source}")]
    Unreadable {
        /// The file, as the user named it.
        file: String,
        /// What the system says.
        source: io::Error,
    },
    /// A folder was given, and the mapping names no file in it.
    #[error("{file}: it is a folder, and the mapping does not say which file in it holds the votes (`votes:`)")]
    NoVotesFile {
        /// The folder.
        file: String,
    },
    /// Neither the mapping nor the file's name tells the format.
    #[error(
        "{file}: its name does not tell its format; it should end in .csv, .json, .jsonl or .ndjson, \
         perhaps with .gz after it (for the votes file, `format:` in the mapping tells it too)"
    )]
    UnknownFormat {
        /// The file.
        file: String,
    },
    /// A header or a record without which nothing else can be read.
    #[error(transparent)]
    Bad(#[from] BadRow),
}

/// How far a file has been read, for a progress bar.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    /// The bytes of the file (compressed, if it is) that have been read so far.
    pub(crate) read: Arc<AtomicU64>,
    /// The bytes that the file has.
    pub(crate) total: u64,
}

/// A file of records, read one at a time.
pub(super) struct Table {
    file: String,
    progress: Progress,
    records: Records,
}

enum Records {
    Csv(csv::Records),
    Json(json::Records),
    Jsonl(jsonl::Records),
}

impl Table {
    /// Opens a file, in the format given or else in the one that its name promises.
    pub(super) fn open(path: &Path, format: Option<Format>) -> Result<Self, OpenError> {
        let file = path.display().to_string();
        let format = format.or_else(|| Format::of(path));
        let format = format.ok_or_else(|| OpenError::UnknownFormat { file: file.clone() })?;
        let (reader, progress) =
            open_file(path).map_err(|source| OpenError::Unreadable { file: file.clone(), source })?;
        let input = Input { file: file.clone(), reader };
        let records = match format {
            Format::Csv => Records::Csv(csv::Records::new(input)?),
            Format::Json => Records::Json(json::Records::new(input)),
            Format::Jsonl => Records::Jsonl(jsonl::Records::new(input)),
        };
        Ok(Self { file, progress, records })
    }

    /// The file, as the user named it.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// How far it has been read.
    pub(super) const fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Checks that the header, if the format has one, names each of these columns exactly once.
    pub(super) fn check_columns(&self, columns: &BTreeSet<&str>) -> Result<(), BadRow> {
        let Records::Csv(records) = &self.records else { return Ok(()) };
        let header = records.header();
        for column in columns {
            let reason = match header.iter().filter(|name| name == column).count() {
                1 => continue,
                0 => format!("there is no column {column}; the header names {}", header.join(", ")),
                _ => format!("the header names the column {column} more than once"),
            };
            return Err(BadRow { file: self.file.clone(), line: records.header_line(), reason });
        }
        Ok(())
    }
}

impl Iterator for Table {
    type Item = Result<Row, BadRow>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.records {
            Records::Csv(records) => records.next(),
            Records::Json(records) => records.next(),
            Records::Jsonl(records) => records.next(),
        }
    }
}

/// The text of a file, decompressed.
struct Input {
    file: String,
    reader: Box<dyn BufRead + Send>,
}

impl Input {
    fn bad(&self, line: u64, reason: impl Into<String>) -> BadRow {
        BadRow { file: self.file.clone(), line, reason: reason.into() }
    }

    fn unreadable(&self, line: u64, error: &io::Error) -> BadRow {
        self.bad(line, format!("the file can't be read any further: {error}"))
    }

    /// Replaces `text` by the next line and its end. It is empty at the end of the file.
    fn read_line(&mut self, text: &mut Vec<u8>) -> io::Result<()> {
        text.clear();
        self.reader.by_ref().take(MAX_RECORD_BYTES).read_until(b'\n', text)?;
        if text.len() as u64 == MAX_RECORD_BYTES && !text.ends_with(b"\n") {
            return Err(too_long());
        }
        Ok(())
    }
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("a record has more than {MAX_RECORD_BYTES} bytes"))
}

/// Takes the byte-order mark off the beginning of a file.
fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Parses the JSON of one record, which begins at `line` and `column` (both from 1).
fn parse_object(json: &[u8], line: u64, column: u64) -> Result<Map<String, Value>, String> {
    if let Err(error) = std::str::from_utf8(json) {
        let lines = json.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() as u64;
        return Err(format!("it is not valid UTF-8 (line {})", line + lines));
    }
    match serde_json::from_slice(json) {
        Ok(Value::Object(columns)) => Ok(columns),
        Ok(other) => Err(format!("the record is {}, not an object", kind_of(&other))),
        Err(error) => {
            let text = error.to_string();
            let place = format!(" at line {} column {}", error.line(), error.column());
            let column = if error.line() == 1 { column - 1 } else { 0 } + error.column() as u64;
            let line = line + (error.line() as u64).saturating_sub(1);
            let text = text.strip_suffix(&place).unwrap_or(&text);
            Err(format!("broken JSON: {text} (line {line}, column {column})"))
        }
    }
}

/// What a JSON value is, with its article.
pub(super) const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn open_file(path: &Path) -> io::Result<(Box<dyn BufRead + Send>, Progress)> {
    let file = File::open(path)?;
    let progress = Progress { read: Arc::default(), total: file.metadata()?.len() };
    let counted = Counted { file, read: Arc::clone(&progress.read) };
    let mut plain = BufReader::with_capacity(1 << 16, counted);
    // RFC 1952 §2.3.1: a gzip file begins with 1F 8B. The name may lie.
    if plain.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        let reader = BufReader::with_capacity(1 << 16, MultiGzDecoder::new(plain));
        return Ok((Box::new(reader), progress));
    }
    Ok((Box::new(plain), progress))
}

/// A file that counts the bytes read from it.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use tempfile::TempDir;

    use super::*;

    /// Reads a file with this name and content; each row as `line/number json`, each error as its text.
    pub(super) fn read(name: &str, content: &[u8]) -> Vec<String> {
        let folder = TempDir::new().expect("folder");
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("written");
        let place = format!("{}/", folder.path().display());
        match Table::open(&path, None) {
            Ok(table) => table
                .map(|row| match row {
                    Ok(row) => format!("{}/{} {}", row.line, row.number, Value::Object(row.value)),
                    Err(bad) => bad.to_string().replace(&place, ""),
                })
                .collect(),
            Err(error) => vec![error.to_string().replace(&place, "")],
        }
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content).expect("compressed");
        encoder.finish().expect("compressed")
    }

    #[test]
    fn the_name_tells_the_format() {
        for name in ["a.csv", "a.CSV.gz", "a.json", "a.jsonl", "a.b.ndjson.gz"] {
            assert!(Format::of(Path::new(name)).is_some(), "{name}");
        }
        for name in ["csv", "a.parquet", "a.gz", "a"] {
            assert!(Format::of(Path::new(name)).is_none(), "{name}");
        }
        let refused = read("votes.parquet", b"");
        assert!(refused[0].starts_with("votes.parquet: its name does not tell its format"), "{refused:?}");
    }

    #[test]
    fn gzip_is_told_by_content_and_not_by_name() {
        let rows = ["2/0 {\"a\":\"1\"}"];
        assert_eq!(read("votes.csv", &gzip(b"a\n1\n")), rows);
        assert_eq!(read("votes.csv.gz", &gzip(b"a\n1\n")), rows);
        assert_eq!(read("votes.csv.gz", b"a\n1\n"), rows);
        // Two members, one after the other, are one file.
        assert_eq!(read("votes.csv.gz", &[gzip(b"a\n"), gzip(b"1\n")].concat()), rows);
    }

    #[test]
    fn a_truncated_gzip_file_is_an_error_and_the_end() {
        let mut noise = 1_u32;
        let mut lines = Vec::new();
        for _ in 0..9_000 {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            writeln!(lines, "{{\"a\":{noise}}}").expect("written");
        }
        let compressed = gzip(&lines);
        let rows = read("a.jsonl.gz", &compressed[..compressed.len() / 2]);
        let last = rows.last().expect("a row");
        assert!(rows.len() > 2 && rows.len() < 9_001, "{}", rows.len());
        assert!(
            last.starts_with(&format!("a.jsonl.gz:{}: the file can't be read any further", rows.len())),
            "{last}"
        );
        assert_eq!(rows.iter().filter(|row| row.starts_with("a.jsonl.gz:")).count(), 1);
    }

    #[test]
    fn bytes_are_counted_as_stored() {
        let folder = TempDir::new().expect("folder");
        let path = folder.path().join("a.csv.gz");
        let stored = gzip("a\n1\n".repeat(10_000).as_bytes());
        std::fs::write(&path, &stored).expect("written");
        let mut table = Table::open(&path, None).expect("opens");
        let progress = table.progress().clone();
        assert_eq!(progress.total, stored.len() as u64);
        assert!(table.all(|row| row.is_ok()));
        assert_eq!(progress.read.load(Ordering::Relaxed), progress.total);
    }

    #[test]
    fn a_missing_file_is_named() {
        let missing = Table::open(Path::new("no/such/votes.csv"), None).err().expect("missing");
        assert!(missing.to_string().starts_with("no/such/votes.csv: can't be read: "), "{missing}");
    }
}
