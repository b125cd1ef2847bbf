//! Records as comma-separated values with a header row (RFC 4180).
//!
//! Written by hand rather than with the `csv` crate, because of two things that a report of bad rows needs: the
//! line on which each record begins (after blank lines, in files with either line end), and a complaint about
//! a quote that is never closed, which would otherwise swallow the rest of the file as one cell.

use serde_json::Value;

use super::{BadRow, Input, MAX_RECORD_BYTES, Row, too_long, without_mark};

/// The records of a CSV file, after its header.
pub(super) struct Records {
    input: Input,
    header: Vec<String>,
    header_line: u64,
    text: Vec<u8>,
    /// How many lines have been read.
    lines: u64,
    number: u64,
    ended: bool,
}

/// One record as it stands in the file.
struct Record {
    line: u64,
    cells: Vec<Vec<u8>>,
    /// The first cell that has text after its closing quote, from 1.
    malformed: Option<usize>,
}

impl Records {
    /// Reads the header of `input`.
    pub(super) fn new(input: Input) -> Result<Self, BadRow> {
        let (text, header) = (Vec::new(), Vec::new());
        let mut records = Self { input, header, header_line: 1, text, lines: 0, number: 0, ended: false };
        let Some(record) = records.next_record()? else {
            return Err(records.input.bad(1, "the file is empty; it should begin with a header"));
        };
        if let Some(cell) = record.malformed {
            return Err(records.input.bad(record.line, after_quote(&format!("cell {cell} of the header"))));
        }
        for (index, cell) in record.cells.into_iter().enumerate() {
            let Ok(name) = String::from_utf8(cell) else {
                let reason = format!("cell {} of the header is not valid UTF-8", index + 1);
                return Err(records.input.bad(record.line, reason));
            };
            records.header.push(name);
        }
        records.header_line = record.line;
        Ok(records)
    }

    /// The columns' names.
    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// The line on which the header stands.
    pub(super) const fn header_line(&self) -> u64 {
        self.header_line
    }

    /// The next record that is not a blank line; whatever fails here ends the reading.
    fn next_record(&mut self) -> Result<Option<Record>, BadRow> {
        loop {
            let line = self.lines + 1;
            let mut parser = Parser::default();
            let mut bytes = 0;
            loop {
                let read = self.input.read_line(&mut self.text);
                read.map_err(|error| self.input.unreadable(line, &error))?;
                if self.text.is_empty() {
                    break;
                }
                self.lines += 1;
                bytes += self.text.len() as u64;
                if bytes > MAX_RECORD_BYTES {
                    return Err(self.input.unreadable(line, &too_long()));
                }
                let text = if self.lines == 1 { without_mark(&self.text) } else { &self.text };
                if parser.take(text) {
                    break;
                }
            }
            if bytes == 0 {
                return Ok(None);
            }
            if let State::Quoted = parser.state {
                return Err(self.input.bad(line, "a cell begins with a quote that is never closed"));
            }
            if !parser.is_blank() {
                let Parser { cells, malformed, .. } = parser.finish();
                return Ok(Some(Record { line, cells, malformed }));
            }
        }
    }

    fn row(&self, record: Record, number: u64) -> Result<Row, String> {
        if let Some(cell) = record.malformed {
            let cell = self.header.get(cell - 1).map_or_else(|| format!("cell {cell}"), Clone::clone);
            return Err(after_quote(&cell));
        }
        let (cells, columns) = (record.cells.len(), self.header.len());
        if cells != columns {
            return Err(format!("the row has {cells} cells, and the header has {columns}"));
        }
        let named = self.header.iter().zip(record.cells).map(|(name, cell)| match String::from_utf8(cell) {
            Ok(text) => Ok((name.clone(), Value::String(text))),
            Err(_) => Err(format!("{name} is not valid UTF-8")),
        });
        Ok(Row { line: record.line, number, value: named.collect::<Result<_, _>>()? })
    }
}

fn after_quote(cell: &str) -> String {
    format!("{cell} has text after its closing quote; a quote inside a quoted cell is written twice")
}

impl Iterator for Records {
    type Item = Result<Row, BadRow>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.next_record() {
            Ok(Some(record)) => {
                let (number, line) = (self.number, record.line);
                self.number += 1;
                Some(self.row(record, number).map_err(|reason| self.input.bad(line, reason)))
            }
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(bad) => {
                self.ended = true;
                Some(Err(bad))
            }
        }
    }
}

/// Takes a record apart, one line of the file after the other.
#[derive(Default)]
struct Parser {
    cells: Vec<Vec<u8>>,
    cell: Vec<u8>,
    state: State,
    malformed: Option<usize>,
}

#[derive(Default)]
enum State {
    /// Before a cell's first byte.
    #[default]
    Before,
    /// In a cell without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote that ends the cell, unless another follows.
    Closed,
}

impl Parser {
    /// Takes one line with its end; whether the record ends with it.
    fn take(&mut self, line: &[u8]) -> bool {
        for (index, byte) in line.iter().copied().enumerate() {
            match (&self.state, byte) {
                (State::Quoted, b'"') => self.state = State::Closed,
                (State::Quoted, _) => self.cell.push(byte),
                (State::Closed, b'"') => {
                    self.cell.push(byte);
                    self.state = State::Quoted;
                }
                (_, b',') => self.end_cell(),
                (_, b'\n') => return true,
                (_, b'\r') if matches!(line.get(index + 1), None | Some(b'\n')) => {}
                (State::Before, b'"') => self.state = State::Quoted,
                (State::Closed, _) => {
                    self.malformed.get_or_insert(self.cells.len() + 1);
                    self.state = State::Plain;
                }
                (State::Before | State::Plain, _) => {
                    self.cell.push(byte);
                    self.state = State::Plain;
                }
            }
        }
        false
    }

    fn end_cell(&mut self) {
        self.cells.push(std::mem::take(&mut self.cell));
        self.state = State::Before;
    }

    fn is_blank(&self) -> bool {
        self.cells.is_empty() && matches!(self.state, State::Before)
    }

    fn finish(mut self) -> Self {
        self.end_cell();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;

    #[test]
    fn cells_are_strings_and_lines_are_those_of_the_file() {
        let rows = [
            "3/0 {\"a\":\"1\",\"b\":\"x, \\\"y\\\"\"}",
            "6/1 {\"a\":\" 2\\\"\",\"b\":\"two\\nlines\"}",
            "8/2 {\"a\":\"\",\"b\":\"\"}",
            "9/3 {\"a\":\"\",\"b\":\"3\"}",
        ];
        let text = "\u{feff}a,b\n\n1,\"x, \"\"y\"\"\"\n\n\n 2\",\"two\nlines\"\n,\n\"\",3";
        assert_eq!(read("a.csv", text.as_bytes()), rows);
        let windows = text.replace('\n', "\r\n");
        assert_eq!(read("a.csv", windows.as_bytes()).join("\n").replace("\\r\\n", "\\n"), rows.join("\n"));
        assert_eq!(read("a.csv", format!("{windows}\r").as_bytes()).len(), rows.len());
    }

    #[test]
    fn a_bad_row_does_not_stop_the_rest() {
        let rows = read("a.csv", b"a,b\n1\n1,2,3\n\"1\"x,2\n1,\xff\n1,2\n");
        assert_eq!(
            rows,
            [
                "a.csv:2: the row has 1 cells, and the header has 2",
                "a.csv:3: the row has 3 cells, and the header has 2",
                "a.csv:4: a has text after its closing quote; a quote inside a quoted cell is written twice",
                "a.csv:5: b is not valid UTF-8",
                "6/4 {\"a\":\"1\",\"b\":\"2\"}",
            ]
        );
    }

    #[test]
    fn a_quote_that_is_never_closed_ends_the_reading() {
        let rows = read("a.csv", b"a,b\n1,2\n3,\"4\n5,6\n7,8\n");
        assert_eq!(
            rows,
            ["2/0 {\"a\":\"1\",\"b\":\"2\"}", "a.csv:3: a cell begins with a quote that is never closed"]
        );
    }

    #[test]
    fn a_header_is_needed() {
        assert_eq!(read("a.csv", b""), ["a.csv:1: the file is empty; it should begin with a header"]);
        assert_eq!(read("a.csv", b"\na,\xff\n"), ["a.csv:2: cell 2 of the header is not valid UTF-8"]);
        assert!(read("a.csv", b"a,b").is_empty());
    }
}
