//! A segment of a history: the events of certain names in so many positions, as a Parquet file with its SHA-256 beside it.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::DateTime;
use parquet::{
    basic::{Compression, ZstdLevel},
    column::reader::ColumnReaderImpl,
    data_type::{ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type},
    file::{
        properties::{EnabledStatistics, WriterProperties},
        reader::{FileReader as _, RowGroupReader},
        serialized_reader::SerializedFileReader,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::parser::parse_message_type,
};
use sha2::{Digest as _, Sha256};
use stele_ledger::{Position, Scanned};
use stele_tlog::Hash;
use tempfile::NamedTempFile;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    folder::{OutputError, feed},
    table::TableError,
};

const SCHEMA: &str = "message event {
    required int64 position (INTEGER(64, false));
    required fixed_len_byte_array(16) event_id (UUID);
    required fixed_len_byte_array(16) stream_id (UUID);
    required binary name (STRING);
    required int32 schema_version (INTEGER(16, false));
    required int64 occurred_at (TIMESTAMP(MICROS, true));
    required binary payload (JSON);
}";

/// A row group ends with the batch by which it has so many rows, or so many bytes of payload.
const GROUP_ROWS: usize = 8_192;
const GROUP_BYTES: usize = 8 << 20;

/// A file that is or will be there.
pub(super) struct Segment {
    end: Position,
    path: PathBuf,
}

impl Segment {
    /// The segment of all positions after one, up to another whose event has this hash.
    pub(super) fn new(folder: &Path, after: Position, end: Position, leaf: &Hash) -> Self {
        let name = format!("{:012}-{:012}-{}.parquet", after.get() + 1, end.get(), hex::encode(&leaf[..16]));
        Self { end, path: folder.join(name) }
    }

    pub(super) const fn end(&self) -> Position {
        self.end
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is there and what it was when it was written.
    pub(super) fn is_whole(&self) -> Result<bool, OutputError> {
        let sum = match fs::read_to_string(self.sum_path()) {
            Ok(sum) => sum,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(source) => return Err(self.failed(source)),
        };
        let is_same = hash(&self.path).map(|sha256| self.sum(sha256) == sum);
        match is_same {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failed(error)),
            is_same => Ok(is_same.unwrap_or(false)),
        }
    }

    /// Gives its events away, some at a time, until nobody takes them.
    pub(super) fn read(
        &self,
        names: &[&'static str],
        mut take: impl FnMut(Vec<Scanned>) -> bool,
    ) -> Result<(), TableError> {
        let reader = SerializedFileReader::new(File::open(&self.path)?)?;
        for number in 0..reader.num_row_groups() {
            if !take(read_group(reader.get_row_group(number)?.as_ref(), names)?) {
                break;
            }
        }
        Ok(())
    }

    /// Writes events as they come, into a file that is gone unless it is kept.
    pub(super) fn write(self: Arc<Self>, mut batches: mpsc::Receiver<Vec<Scanned>>) -> Result<Written, OutputError> {
        let folder = self.path.parent().unwrap_or(&self.path);
        let file = NamedTempFile::new_in(folder).map_err(|source| self.failed(source))?;
        let mut writer = writer(file.reopen().map_err(|source| self.failed(source))?)?;
        let mut group = Group::default();
        while let Some(batch) = batches.blocking_recv() {
            batch.iter().for_each(|event| group.add(event));
            if group.is_full() {
                std::mem::take(&mut group).write(&mut writer)?;
            }
        }
        if !group.positions.is_empty() {
            group.write(&mut writer)?;
        }
        writer.close().map_err(TableError::from)?;
        let sum = hash(file.path()).map(|sha256| self.sum(sha256)).map_err(|source| self.failed(source))?;
        Ok(Written { segment: self, file, sum })
    }

    fn sum_path(&self) -> PathBuf {
        self.path.with_extension("parquet.sha256")
    }

    /// A line as `sha256sum --check` reads it.
    fn sum(&self, sha256: [u8; 32]) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        format!("{}  {name}\n", hex::encode(sha256))
    }

    fn failed(&self, source: io::Error) -> OutputError {
        OutputError::Io { path: self.path.clone(), source }
    }
}

/// A segment that has been written and is not in its place yet.
pub(super) struct Written {
    segment: Arc<Segment>,
    file: NamedTempFile,
    sum: String,
}

impl Written {
    /// Puts the file into its place; only one that has all of its events belongs there.
    pub(super) fn keep(self) -> Result<(), OutputError> {
        let Self { segment, file, sum } = self;
        file.persist(&segment.path).map_err(|error| segment.failed(error.error))?;
        let written = File::create(segment.sum_path()).and_then(|mut file| file.write_all(sum.as_bytes()));
        written.map_err(|source| segment.failed(source))
    }
}

fn hash(path: &Path) -> io::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    feed(&mut hash, File::open(path)?)?;
    Ok(hash.finalize().into())
}

fn writer(file: File) -> Result<SerializedFileWriter<File>, TableError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_dictionary_enabled(false)
        .set_column_dictionary_enabled("name".into(), true)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .build();
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    Ok(SerializedFileWriter::new(file, schema, Arc::new(properties))?)
}

/// The columns of a row group.
#[derive(Default)]
struct Group {
    positions: Vec<i64>,
    event_ids: Vec<FixedLenByteArray>,
    stream_ids: Vec<FixedLenByteArray>,
    names: Vec<ByteArray>,
    schema_versions: Vec<i32>,
    occurred_ats: Vec<i64>,
    payloads: Vec<ByteArray>,
    payload_bytes: usize,
}

impl Group {
    fn add(&mut self, event: &Scanned) {
        let id = |id: Uuid| FixedLenByteArray::from(id.as_bytes().to_vec());
        self.positions.push(event.position.get().cast_signed());
        self.event_ids.push(id(event.event_id));
        self.stream_ids.push(id(event.stream_id));
        self.names.push(event.name.into());
        self.schema_versions.push(event.schema_version.into());
        self.occurred_ats.push(event.occurred_at.to_utc().timestamp_micros());
        self.payloads.push(event.payload.as_str().into());
        self.payload_bytes += event.payload.len();
    }

    const fn is_full(&self) -> bool {
        self.positions.len() >= GROUP_ROWS || self.payload_bytes >= GROUP_BYTES
    }

    fn write(self, writer: &mut SerializedFileWriter<File>) -> Result<(), TableError> {
        let mut group = writer.next_row_group()?;
        write_column::<Int64Type>(&mut group, &self.positions)?;
        write_column::<FixedLenByteArrayType>(&mut group, &self.event_ids)?;
        write_column::<FixedLenByteArrayType>(&mut group, &self.stream_ids)?;
        write_column::<ByteArrayType>(&mut group, &self.names)?;
        write_column::<Int32Type>(&mut group, &self.schema_versions)?;
        write_column::<Int64Type>(&mut group, &self.occurred_ats)?;
        write_column::<ByteArrayType>(&mut group, &self.payloads)?;
        group.close()?;
        Ok(())
    }
}

fn write_column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    values: &[T::T],
) -> Result<(), TableError> {
    let mut column = group.next_column()?.ok_or(TableError::Shape)?;
    column.typed::<T>().write_batch(values, None, None)?;
    column.close()?;
    Ok(())
}

fn read_group(group: &dyn RowGroupReader, names: &[&'static str]) -> Result<Vec<Scanned>, TableError> {
    let mut columns = Columns { group, next: 0 };
    let positions = columns.read::<Int64Type>()?.into_iter();
    let event_ids = columns.read::<FixedLenByteArrayType>()?.into_iter();
    let stream_ids = columns.read::<FixedLenByteArrayType>()?.into_iter();
    let event_names = columns.read::<ByteArrayType>()?.into_iter();
    let schema_versions = columns.read::<Int32Type>()?.into_iter();
    let occurred_ats = columns.read::<Int64Type>()?.into_iter();
    let payloads = columns.read::<ByteArrayType>()?.into_iter();
    let ids = event_ids.zip(stream_ids);
    let kinds = event_names.zip(schema_versions);
    let rows = positions.zip(ids).zip(kinds).zip(occurred_ats.zip(payloads));
    let event = |(((position, (event_id, stream_id)), (name, schema_version)), (occurred_at, payload))| {
        let payload: ByteArray = payload;
        Some(Scanned {
            position: Position::from(i64::cast_unsigned(position)),
            event_id: id(&event_id)?,
            stream_id: id(&stream_id)?,
            name: names.iter().find(|known| known.as_bytes() == ByteArray::data(&name))?,
            schema_version: u16::try_from(schema_version).ok()?,
            payload: payload.as_utf8().ok()?.to_owned(),
            occurred_at: DateTime::from_timestamp_micros(occurred_at)?.into(),
        })
    };
    rows.map(|row| event(row).ok_or(TableError::Shape)).collect()
}

fn id(bytes: &FixedLenByteArray) -> Option<Uuid> {
    Uuid::from_slice(bytes.data()).ok()
}

/// The columns of a row group, in order.
struct Columns<'a> {
    group: &'a dyn RowGroupReader,
    next: usize,
}

impl Columns<'_> {
    fn read<T: DataType>(&mut self) -> Result<Vec<T::T>, TableError> {
        let rows = usize::try_from(self.group.metadata().num_rows()).map_err(|_| TableError::Shape)?;
        let column = self.group.get_column_reader(self.next)?;
        let mut column: ColumnReaderImpl<T> = T::get_column_reader(column).ok_or(TableError::Shape)?;
        self.next += 1;
        let mut values = Vec::with_capacity(rows);
        column.read_records(rows, None, None, &mut values)?;
        if values.len() == rows { Ok(values) } else { Err(TableError::Shape) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["TaskCreated", "TaskRevised"];

    fn events() -> Vec<Scanned> {
        let event = |number: u32| Scanned {
            position: Position::from(u64::from(number)),
            event_id: Uuid::from_u128(number.into()),
            stream_id: Uuid::from_u128(7),
            name: NAMES[usize::from(number.is_multiple_of(2))],
            schema_version: 5,
            payload: format!(r#"{{"text":"👩‍🚀 {number}"}}"#),
            occurred_at: "2026-01-02T03:04:05.678901Z".parse().expect("a time"),
        };
        (1..=20_000).map(event).collect()
    }

    fn segment(folder: &Path) -> Arc<Segment> {
        Arc::new(Segment::new(folder, Position::START, Position::from(20_000), &[7; 32]))
    }

    /// A written segment of these events, in batches.
    fn written(folder: &Path, events: &[Scanned]) -> Written {
        let (sender, receiver) = mpsc::channel(1_000);
        events.chunks(1_000).for_each(|batch| sender.try_send(batch.to_vec()).expect("room"));
        drop(sender);
        segment(folder).write(receiver).expect("written")
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let (segment, events) = (segment(folder.path()), events());
        assert!(!segment.is_whole().expect("readable"));
        written(folder.path(), &events).keep().expect("kept");
        assert!(segment.is_whole().expect("readable"));
        let mut read = Vec::new();
        let mut all = |batch| {
            read.extend(batch);
            true
        };
        segment.read(&NAMES, &mut all).expect("readable");
        assert_eq!(read, events);
        let mut batches = 0;
        let stopped = segment.read(&NAMES, |_| {
            batches += 1;
            false
        });
        assert_eq!((stopped.is_ok(), batches), (true, 1), "nobody takes the rest");
        assert!(matches!(segment.read(&NAMES[..1], |_| true), Err(TableError::Shape)), "another name");
    }

    #[test]
    fn what_is_not_kept_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        drop(written(folder.path(), &events()[..10]));
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }

    #[test]
    fn a_changed_file_is_not_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let segment = segment(folder.path());
        written(folder.path(), &events()[..10]).keep().expect("kept");
        let mut bytes = fs::read(&segment.path).expect("readable");
        bytes[100] ^= 1;
        fs::write(&segment.path, bytes).expect("writable");
        assert!(!segment.is_whole().expect("readable"));
        fs::remove_file(&segment.path).expect("removed");
        assert!(!segment.is_whole().expect("readable"), "a sum alone");
    }
}
