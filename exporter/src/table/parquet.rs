//! Rows as a Parquet file.
//!
//! A column of lists or structs is taken apart into columns of scalars, with a repetition and a definition level for each
//! value (Melnik et al. 2010, "Dremel: Interactive Analysis of Web-Scale Datasets", section 4).

use std::{fs::File, io, mem, sync::Arc};

use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel},
    column::writer::ColumnCloseResult,
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type},
    errors::ParquetError,
    file::{
        properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr, WriterVersion},
        reader::FileReader as _,
        serialized_reader::SerializedFileReader,
        writer::{SerializedColumnWriter, SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::types::{Type, TypePtr},
};

use super::{Cell, Column, Columns, Kind, Row, bytes_of};

/// Rows in a row group; fixed, as it is part of the file's bytes.
const ROW_GROUP: usize = 16_384;

/// The same of the bytes of its texts, so that long ones don't fill the memory: a row group ends with the row by which it has so many
/// of either.
const ROW_GROUP_BYTES: usize = 64 << 20;

/// Who wrote the file: not the library's version, so that a newer one may give the same bytes.
const CREATED_BY: &str = "stele";

/// A definition level below all that there are.
const ABSENT: i16 = -1;

/// Why rows could not be written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The library refused.
    #[error("the rows can't be written as Parquet: {0}")]
    Parquet(#[from] ParquetError),
    /// A row does not have the columns that it should have.
    #[error("a row does not have the columns of its format")]
    Shape,
    /// The system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A Parquet file of rows that come one after another.
pub(crate) struct ParquetFile {
    columns: Columns,
    leaves: Vec<Leaf>,
    rows: usize,
    bytes: usize,
    writer: SerializedFileWriter<File>,
}

impl ParquetFile {
    pub(crate) fn new(file: File, columns: Columns) -> Result<Self, TableError> {
        let writer = SerializedFileWriter::new(file, schema(&columns)?, properties()?)?;
        let mut leaves = Vec::new();
        add_leaves(&mut leaves, &columns, Levels::default());
        Ok(Self { columns, leaves, rows: 0, bytes: 0, writer })
    }

    pub(crate) fn push(&mut self, row: Row) -> Result<(), TableError> {
        self.bytes += bytes_of(&row);
        put_row(&mut self.leaves, &self.columns, row, 0, Levels::default()).ok_or(TableError::Shape)?;
        self.rows += 1;
        if self.rows == ROW_GROUP || self.bytes >= ROW_GROUP_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// The finished file, and how much of it there is.
    pub(crate) fn finish(mut self) -> Result<(File, Presence), TableError> {
        self.flush()?;
        Ok((self.writer.into_inner()?, Presence(self.leaves.iter().map(|leaf| leaf.highest).collect())))
    }

    fn flush(&mut self) -> Result<(), TableError> {
        if mem::take(&mut self.rows) == 0 {
            return Ok(());
        }
        self.bytes = 0;
        let mut group = self.writer.next_row_group()?;
        for leaf in &mut self.leaves {
            leaf.write(&mut group)?;
        }
        group.close()?;
        Ok(())
    }
}

/// How many rows a file has.
pub(crate) fn parquet_rows(file: File) -> Result<u64, TableError> {
    Ok(SerializedFileReader::new(file)?.metadata().file_metadata().num_rows().cast_unsigned())
}

/// How deep the values of each leaf were defined, at the deepest: in one file or, added up, in several of the same columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Presence(Vec<i16>);

impl Presence {
    pub(crate) fn add(&mut self, other: &Self) {
        self.0.resize(other.0.len(), ABSENT);
        self.0.iter_mut().zip(&other.0).for_each(|(highest, other)| *highest = (*highest).max(*other));
    }

    /// The columns that some row has.
    pub(crate) fn kept(&self, columns: &Columns) -> Kept {
        let mut leaves = Vec::new();
        let columns = kept(columns, &self.0, Levels::default(), &mut leaves);
        Kept { columns, leaves }
    }
}

/// Columns without those that every row lacks.
pub(crate) struct Kept {
    pub(crate) columns: Columns,
    /// For each leaf of all columns, whether it is part of these.
    leaves: Vec<bool>,
}

impl Kept {
    /// A file of all columns without those that are not kept, copied to one that `spare` makes if there are any.
    pub(crate) fn of(&self, file: File, spare: impl FnOnce() -> io::Result<File>) -> Result<File, TableError> {
        if self.leaves.iter().all(|is_kept| *is_kept) {
            return Ok(file);
        }
        let reader = SerializedFileReader::new(file.try_clone()?)?;
        let mut writer = SerializedFileWriter::new(spare()?, schema(&self.columns)?, properties()?)?;
        for group in reader.metadata().row_groups() {
            let mut copy = writer.next_row_group()?;
            for (chunk, _) in group.columns().iter().zip(&self.leaves).filter(|(_, is_kept)| **is_kept) {
                let closed = ColumnCloseResult {
                    bytes_written: chunk.compressed_size().cast_unsigned(),
                    rows_written: group.num_rows().cast_unsigned(),
                    metadata: chunk.clone(),
                    bloom_filter: None,
                    column_index: None,
                    offset_index: None,
                };
                copy.append_column(&file, closed)?;
            }
            copy.close()?;
        }
        Ok(writer.into_inner()?)
    }
}

fn kept(columns: &Columns, mut highest: &[i16], levels: Levels, leaves: &mut Vec<bool>) -> Columns {
    let mut all = Vec::new();
    for column in columns.iter() {
        let (under, rest) = highest.split_at(leaves_under(&column.kind).min(highest.len()));
        highest = rest;
        let levels = levels.within(column);
        if under.iter().any(|highest| *highest >= levels.definition) {
            let kind = kept_of(&column.kind, under, levels, leaves);
            all.push(Column { kind, ..column.clone() });
        } else {
            leaves.extend(under.iter().map(|_| !column.is_optional));
            all.extend((!column.is_optional).then(|| column.clone()));
        }
    }
    Columns::new(all)
}

fn kept_of(kind: &Kind, highest: &[i16], levels: Levels, leaves: &mut Vec<bool>) -> Kind {
    match kind {
        Kind::List(element) => Kind::list_of(kept_of(element, highest, levels.within_list(), leaves)),
        Kind::Struct(columns) => Kind::Struct(kept(columns, highest, levels, leaves)),
        scalar => {
            leaves.push(true);
            scalar.clone()
        }
    }
}

/// How a file is written. Statistics would repeat whole texts in places where nobody looks for them, and dictionaries are of
/// no use for texts that differ.
fn properties() -> Result<WriterPropertiesPtr, TableError> {
    let properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .build();
    Ok(Arc::new(properties))
}

fn schema(columns: &Columns) -> Result<TypePtr, TableError> {
    let fields = columns.iter().map(field).collect::<Result<_, _>>()?;
    Ok(Arc::new(Type::group_type_builder("schema").with_fields(fields).build()?))
}

fn field(column: &Column) -> Result<TypePtr, TableError> {
    let repetition = if column.is_optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
    typed(column.name, &column.kind, repetition)
}

fn typed(name: &str, kind: &Kind, repetition: Repetition) -> Result<TypePtr, TableError> {
    let scalar = |physical, logical| {
        let builder = Type::primitive_type_builder(name, physical).with_repetition(repetition);
        builder.with_logical_type(logical).build()
    };
    let unsigned = |bit_width| Some(LogicalType::integer(bit_width, false));
    let typed = match kind {
        Kind::Text | Kind::Time => scalar(Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Boolean => scalar(Physical::BOOLEAN, None),
        Kind::Unsigned32 => scalar(Physical::INT32, unsigned(32)),
        Kind::Unsigned64 => scalar(Physical::INT64, unsigned(64)),
        Kind::Float => scalar(Physical::DOUBLE, None),
        Kind::Struct(columns) => {
            let fields = columns.iter().map(field).collect::<Result<_, _>>()?;
            Type::group_type_builder(name).with_repetition(repetition).with_fields(fields).build()
        }
        Kind::List(element) => {
            let element = typed("element", element, Repetition::REQUIRED)?;
            let repeated = Type::group_type_builder("list").with_repetition(Repetition::REPEATED);
            let repeated = Arc::new(repeated.with_fields(vec![element]).build()?);
            let list = Type::group_type_builder(name).with_repetition(repetition);
            list.with_logical_type(Some(LogicalType::List)).with_fields(vec![repeated]).build()
        }
    };
    Ok(Arc::new(typed?))
}

/// How deep a value lies: in so many lists, and in so many things that may be missing.
#[derive(Clone, Copy, Debug, Default)]
struct Levels {
    repetition: i16,
    definition: i16,
}

impl Levels {
    const fn within(self, column: &Column) -> Self {
        Self { definition: self.definition + column.is_optional as i16, ..self }
    }

    const fn within_list(self) -> Self {
        Self { repetition: self.repetition + 1, definition: self.definition + 1 }
    }
}

/// A column of scalars that is gathered for the next row group.
#[derive(Debug)]
struct Leaf {
    values: Values,
    deepest: Levels,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    /// The highest definition level that there was, in any row group.
    highest: i16,
}

#[derive(Debug)]
enum Values {
    Text(Vec<ByteArray>),
    Boolean(Vec<bool>),
    Unsigned32(Vec<i32>),
    Unsigned64(Vec<i64>),
    Float(Vec<f64>),
}

fn add_leaves(leaves: &mut Vec<Leaf>, columns: &Columns, levels: Levels) {
    for column in columns.iter() {
        add_leaves_of(leaves, &column.kind, levels.within(column));
    }
}

fn add_leaves_of(leaves: &mut Vec<Leaf>, kind: &Kind, deepest: Levels) {
    let values = match kind {
        Kind::List(element) => return add_leaves_of(leaves, element, deepest.within_list()),
        Kind::Struct(columns) => return add_leaves(leaves, columns, deepest),
        Kind::Text | Kind::Time => Values::Text(Vec::new()),
        Kind::Boolean => Values::Boolean(Vec::new()),
        Kind::Unsigned32 => Values::Unsigned32(Vec::new()),
        Kind::Unsigned64 => Values::Unsigned64(Vec::new()),
        Kind::Float => Values::Float(Vec::new()),
    };
    leaves.push(Leaf { values, deepest, definitions: Vec::new(), repetitions: Vec::new(), highest: ABSENT });
}

/// How many leaves there are under a kind.
fn leaves_under(kind: &Kind) -> usize {
    match kind {
        Kind::List(element) => leaves_under(element),
        Kind::Struct(columns) => columns.iter().map(|column| leaves_under(&column.kind)).sum(),
        Kind::Text | Kind::Time | Kind::Boolean | Kind::Unsigned32 | Kind::Unsigned64 | Kind::Float => 1,
    }
}

/// Puts a cell into the leaves under its kind. It repeats in the list at the depth of `repetition`, and what it is part of is
/// at `levels`.
fn put(leaves: &mut [Leaf], kind: &Kind, cell: Cell, repetition: i16, levels: Levels) -> Option<()> {
    match (kind, cell) {
        (Kind::Struct(columns), Cell::Struct(row)) => put_row(leaves, columns, row, repetition, levels),
        (Kind::List(_), Cell::List(cells)) if cells.is_empty() => {
            put_nothing(leaves, repetition, levels);
            Some(())
        }
        (Kind::List(element), Cell::List(cells)) => {
            let within = levels.within_list();
            cells.into_iter().enumerate().try_for_each(|(place, cell)| {
                let repetition = if place == 0 { repetition } else { within.repetition };
                put(leaves, element, cell, repetition, within)
            })
        }
        (_, cell) => leaves.first_mut()?.put(cell, repetition, levels.definition),
    }
}

/// Puts the cells of a row or a struct; nothing if it is not of these columns.
fn put_row(mut leaves: &mut [Leaf], columns: &Columns, row: Row, repetition: i16, levels: Levels) -> Option<()> {
    if row.len() != columns.iter().len() {
        return None;
    }
    for (column, cell) in columns.iter().zip(row) {
        let (under, rest) = leaves.split_at_mut_checked(leaves_under(&column.kind))?;
        leaves = rest;
        match cell {
            Cell::None if column.is_optional => put_nothing(under, repetition, levels),
            cell => put(under, &column.kind, cell, repetition, levels.within(column))?,
        }
    }
    Some(())
}

/// Says that there is nothing, at the levels that there are.
fn put_nothing(leaves: &mut [Leaf], repetition: i16, levels: Levels) {
    leaves.iter_mut().for_each(|leaf| leaf.mark(repetition, levels.definition));
}

impl Leaf {
    fn put(&mut self, cell: Cell, repetition: i16, definition: i16) -> Option<()> {
        match (&mut self.values, cell) {
            (Values::Text(values), Cell::Text(text)) => values.push(text.into_bytes().into()),
            (Values::Boolean(values), Cell::Boolean(value)) => values.push(value),
            (Values::Unsigned32(values), Cell::Unsigned(number)) => {
                values.push(u32::try_from(number).ok()?.cast_signed());
            }
            (Values::Unsigned64(values), Cell::Unsigned(number)) => values.push(number.cast_signed()),
            (Values::Float(values), Cell::Float(number)) => values.push(number),
            _ => return None,
        }
        self.mark(repetition, definition);
        Some(())
    }

    fn mark(&mut self, repetition: i16, definition: i16) {
        self.definitions.push(definition);
        self.repetitions.push(repetition);
        self.highest = self.highest.max(definition);
    }

    /// Writes what was gathered, as the next column of a row group.
    fn write(&mut self, group: &mut SerializedRowGroupWriter<'_, File>) -> Result<(), TableError> {
        let mut column = group.next_column()?.ok_or(TableError::Shape)?;
        let definitions = (self.deepest.definition > 0).then_some(self.definitions.as_slice());
        let repetitions = (self.deepest.repetition > 0).then_some(self.repetitions.as_slice());
        match &mut self.values {
            Values::Text(values) => write::<ByteArrayType>(&mut column, values, definitions, repetitions)?,
            Values::Boolean(values) => write::<BoolType>(&mut column, values, definitions, repetitions)?,
            Values::Unsigned32(values) => write::<Int32Type>(&mut column, values, definitions, repetitions)?,
            Values::Unsigned64(values) => write::<Int64Type>(&mut column, values, definitions, repetitions)?,
            Values::Float(values) => write::<DoubleType>(&mut column, values, definitions, repetitions)?,
        }
        column.close()?;
        self.definitions.clear();
        self.repetitions.clear();
        Ok(())
    }
}

fn write<T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    values: &mut Vec<T::T>,
    definitions: Option<&[i16]>,
    repetitions: Option<&[i16]>,
) -> Result<(), TableError> {
    column.typed::<T>().write_batch(values, definitions, repetitions)?;
    values.clear();
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn columns() -> Columns {
        let call = Columns::new(vec![Column::new("name", Kind::Text), Column::optional("arguments", Kind::Text)]);
        let message = Columns::new(vec![
            Column::new("role", Kind::Text),
            Column::optional("calls", Kind::list_of(Kind::Struct(call))),
        ]);
        Columns::new(vec![
            Column::new("text", Kind::Text),
            Column::optional("model", Kind::Text),
            Column::new("count", Kind::Unsigned32),
            Column::new("label", Kind::Boolean),
            Column::optional("margin", Kind::Float),
            Column::new("events", Kind::list_of(Kind::Unsigned64)),
            Column::optional("chat", Kind::list_of(Kind::Struct(message))),
        ])
    }

    fn written(rows: Vec<Row>) -> (Vec<String>, Vec<Value>) {
        let mut file = ParquetFile::new(tempfile::tempfile().expect("a file"), columns()).expect("begins");
        rows.into_iter().for_each(|row| file.push(row).expect("fits"));
        let (file, presence) = file.finish().expect("finishes");
        let file = presence.kept(&columns()).of(file, tempfile::tempfile).expect("copies");
        let reader = SerializedFileReader::new(file).expect("Parquet");
        let descriptor = reader.metadata().file_metadata().schema_descr_ptr();
        let names = descriptor.root_schema().get_fields().iter().map(|field| field.name().to_owned()).collect();
        let rows = reader.get_row_iter(None).expect("rows");
        (names, rows.map(|row| row.expect("a row").to_json_value()).collect())
    }

    fn row(text: &str, model: Option<&str>, events: Vec<u64>, chat: Cell) -> Row {
        vec![text.into(), model.into(), 7_u32.into(), true.into(), Cell::None, events.into(), chat]
    }

    #[test]
    fn rows_are_read_as_they_were_written() {
        let call = |name: &str, arguments: Option<&str>| Cell::Struct(vec![name.into(), arguments.into()]);
        let message = |role: &str, calls: Cell| Cell::Struct(vec![role.into(), calls]);
        let chat = Cell::List(vec![
            message("user", Cell::None),
            message("assistant", Cell::List(vec![call("f", Some("{}")), call("g", None)])),
            message("tool", Cell::List(vec![])),
        ]);
        let (names, rows) = written(vec![
            row("one", None, vec![1, u64::MAX], Cell::None),
            row("two", Some("m"), vec![], chat),
            row("", None, vec![3], Cell::List(vec![])),
        ]);
        assert_eq!(names, ["text", "model", "count", "label", "events", "chat"], "no margin");
        let chat = json!([
            {"role": "user", "calls": null},
            {"role": "assistant", "calls": [{"name": "f", "arguments": "{}"}, {"name": "g", "arguments": null}]},
            {"role": "tool", "calls": []},
        ]);
        let expected = |text: &str, model: Value, events: Value, chat: Value| json!({"text": text, "model": model, "count": 7, "label": true, "events": events, "chat": chat});
        assert_eq!(
            rows,
            [
                expected("one", Value::Null, json!([1, u64::MAX]), Value::Null),
                expected("two", "m".into(), json!([]), chat),
                expected("", Value::Null, json!([3]), json!([])),
            ]
        );
    }

    #[test]
    fn many_rows_are_in_several_groups_and_none_are_no_group() {
        let many = (0..ROW_GROUP as u64 + 5).map(|number| row("x", None, vec![number], Cell::None)).collect();
        let (names, rows) = written(many);
        assert_eq!((names.len(), rows.len()), (4, ROW_GROUP + 5));
        assert_eq!(rows.last().expect("a row")["events"], json!([ROW_GROUP + 4]));
        assert_eq!(written(vec![]).1.len(), 0);
    }

    #[test]
    fn a_row_of_other_columns_is_refused() {
        let mut file = ParquetFile::new(tempfile::tempfile().expect("a file"), columns()).expect("begins");
        assert!(file.push(vec!["one".into()]).is_err());
        let mut row = row("one", None, vec![], Cell::None);
        row[2] = Cell::from(u64::MAX);
        assert!(file.push(row).is_err(), "no unsigned number of 32 bits");
    }
}
