//! Rows of named columns, and the two forms in which they are written.

mod json;
mod parquet;

pub use self::parquet::TableError;
pub(crate) use self::{
    json::JsonRows,
    parquet::{ParquetFile, Presence, parquet_rows},
};

/// What a column holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Text,
    /// An instant, as a text by RFC 3339.
    Time,
    Boolean,
    Unsigned32,
    Unsigned64,
    Float,
    List(Box<Self>),
    Struct(Columns),
}

impl Kind {
    pub(crate) fn list_of(element: Self) -> Self {
        Self::List(Box::new(element))
    }
}

/// A named column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// Whether a row may lack it. One that every row lacks is no column: trainers stumble over columns of nulls.
    pub(crate) is_optional: bool,
}

impl Column {
    /// A column that every row has.
    pub(crate) const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, is_optional: false }
    }

    /// A column that rows may lack.
    pub(crate) const fn optional(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, is_optional: true }
    }
}

/// Columns, in the order of a row's cells.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Columns {
    columns: Vec<Column>,
    /// Their places, in the order of their names as canonical JSON has it (RFC 8785, section 3.2.3).
    sorted: Vec<usize>,
}

impl Columns {
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        let mut sorted: Vec<usize> = (0..columns.len()).collect();
        sorted.sort_by(|one, other| columns[*one].name.encode_utf16().cmp(columns[*other].name.encode_utf16()));
        Self { columns, sorted }
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Column> {
        self.columns.iter()
    }
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// The row lacks it.
    None,
    Text(String),
    Boolean(bool),
    Unsigned(u64),
    Float(f64),
    List(Vec<Cell>),
    Struct(Row),
}

/// A cell for each column, in their order.
pub(crate) type Row = Vec<Cell>;

/// How many bytes the texts of some cells have.
pub(crate) fn bytes_of(cells: &[Cell]) -> usize {
    let bytes = |cell: &Cell| match cell {
        Cell::Text(text) => text.len(),
        Cell::List(cells) | Cell::Struct(cells) => bytes_of(cells),
        Cell::None | Cell::Boolean(_) | Cell::Unsigned(_) | Cell::Float(_) => 0,
    };
    cells.iter().map(bytes).sum()
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<u32> for Cell {
    fn from(value: u32) -> Self {
        Self::Unsigned(value.into())
    }
}

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        Self::Unsigned(value)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Cell {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}
