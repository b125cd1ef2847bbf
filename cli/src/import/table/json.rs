//! Records as one JSON array of objects, held in memory one element at a time.
//!
//! A scanner finds where each element begins and ends, from its brackets and quotes alone, and counts lines;
//! `serde_json` then parses the element. So a broken element costs only itself, as long as its brackets match.

use super::{BadRow, Input, MAX_RECORD_BYTES, Row, parse_object, too_long, without_mark};

/// The records of a JSON file.
pub(super) struct Records {
    input: Input,
    place: Place,
    element: Vec<u8>,
    number: u64,
    stage: Stage,
}

enum Stage {
    BeforeArray,
    InArray,
    Ended,
}

/// Where the scanner stands.
#[derive(Clone, Copy)]
struct Place {
    line: u64,
    column: u64,
}

/// What stands after an element.
enum End {
    Comma,
    Array,
}

impl Records {
    /// The records of `input`.
    pub(super) const fn new(input: Input) -> Self {
        let place = Place { line: 1, column: 1 };
        Self { input, place, element: Vec::new(), number: 0, stage: Stage::BeforeArray }
    }

    /// Takes everything up to and including the array's opening bracket.
    fn begin(&mut self) -> Result<(), BadRow> {
        let start = self.fill()?;
        let mark = start.len() - without_mark(start).len();
        self.input.reader.consume(mark);
        match self.next_solid()? {
            Some(b'[') => Ok(()),
            Some(other) => Err(self.bad(format!(
                "the file should be an array of objects, beginning with [, but begins with {}",
                char::from(other).escape_default()
            ))),
            None => Err(self.bad("the file is empty; it should be an array of objects")),
        }
    }

    /// Takes the next byte that is not white space.
    fn next_solid(&mut self) -> Result<Option<u8>, BadRow> {
        loop {
            let Some(byte) = self.fill()?.first().copied() else { return Ok(None) };
            self.input.reader.consume(1);
            self.place.pass(byte);
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
        }
    }

    fn fill(&mut self) -> Result<&[u8], BadRow> {
        let Self { input: Input { file, reader }, place, .. } = self;
        reader.fill_buf().map_err(|error| BadRow {
            file: file.clone(),
            line: place.line,
            reason: format!("the file can't be read any further: {error}"),
        })
    }

    fn bad(&self, reason: impl Into<String>) -> BadRow {
        self.input.bad(self.place.line, reason)
    }

    /// Puts the next element into `element`; gives where it begins and what stands after it.
    fn scan(&mut self) -> Result<(Place, End), BadRow> {
        self.element.clear();
        let mut begin = self.place;
        let mut nesting = Nesting::default();
        loop {
            if self.element.len() as u64 > MAX_RECORD_BYTES {
                return Err(self.input.unreadable(begin.line, &too_long()));
            }
            let chunk = match self.input.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) => return Err(self.input.unreadable(self.place.line, &error)),
            };
            if chunk.is_empty() {
                return Err(self.input.bad(begin.line, nesting.unfinished(self.place.line)));
            }
            let mut taken = 0;
            let mut found = None;
            for byte in chunk.iter().copied() {
                taken += 1;
                if self.element.is_empty() && byte.is_ascii_whitespace() {
                    self.place.pass(byte);
                    begin = self.place;
                    continue;
                }
                found = nesting.step(byte);
                if found.is_some() {
                    break;
                }
                self.element.push(byte);
                self.place.pass(byte);
            }
            self.input.reader.consume(taken);
            match found {
                None => {}
                Some(Step::Comma) => {
                    self.place.column += 1;
                    return Ok((begin, End::Comma));
                }
                Some(Step::Array) => {
                    self.place.column += 1;
                    return Ok((begin, End::Array));
                }
                Some(Step::Mismatch(byte)) => {
                    let Place { line, column } = self.place;
                    let bracket = char::from(byte);
                    let reason =
                        format!("a {bracket} closes nothing (line {line}, column {column}); reading ends here");
                    return Err(self.input.bad(begin.line, reason));
                }
            }
        }
    }

    /// The next element, if there is one; whatever fails here ends the reading.
    fn element(&mut self) -> Result<Option<Result<Row, BadRow>>, BadRow> {
        let (begin, end) = self.scan()?;
        let first = self.number == 0;
        let number = self.number;
        self.number += 1;
        if matches!(end, End::Array) {
            self.stage = Stage::Ended;
        }
        if self.element.is_empty() {
            return match end {
                End::Array if first => self.finish().map(|()| None),
                End::Array => Err(self.input.bad(begin.line, "a comma with no record after it")),
                End::Comma => Ok(Some(Err(self.input.bad(begin.line, "a comma with no record before it")))),
            };
        }
        let row = parse_object(&self.element, begin.line, begin.column);
        let row = row.map(|value| Row { line: begin.line, number, value });
        let row = row.map_err(|reason| self.input.bad(begin.line, reason));
        Ok(Some(row))
    }

    /// Checks that nothing stands after the array.
    fn finish(&mut self) -> Result<(), BadRow> {
        match self.next_solid()? {
            None => Ok(()),
            Some(_) => Err(self.bad("there is more text after the end of the array")),
        }
    }
}

impl Iterator for Records {
    type Item = Result<Row, BadRow>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = match self.stage {
            Stage::BeforeArray => {
                self.stage = Stage::InArray;
                self.begin().and_then(|()| self.element())
            }
            Stage::InArray => self.element(),
            // After the last element there is one thing left to check, once.
            Stage::Ended => self.finish().map(|()| None),
        };
        next.unwrap_or_else(|bad| {
            self.stage = Stage::Ended;
            self.input.reader = Box::new(std::io::empty());
            Some(Err(bad))
        })
    }
}

impl Place {
    const fn pass(&mut self, byte: u8) {
        if byte == b'\n' {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
    }
}

/// The brackets and quotes that are open at some point of an element.
#[derive(Default)]
struct Nesting {
    /// The brackets that will close what is open.
    closers: Vec<u8>,
    in_string: bool,
    escaped: bool,
}

/// A byte that does not belong to the element before it.
enum Step {
    Comma,
    Array,
    Mismatch(u8),
}

impl Nesting {
    fn step(&mut self, byte: u8) -> Option<Step> {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return None;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' => self.closers.push(b'}'),
            b'[' => self.closers.push(b']'),
            b',' if self.closers.is_empty() => return Some(Step::Comma),
            b']' if self.closers.is_empty() => return Some(Step::Array),
            b'}' | b']' if self.closers.pop() != Some(byte) => return Some(Step::Mismatch(byte)),
            _ => {}
        }
        None
    }

    fn unfinished(&self, line: u64) -> String {
        let open = if self.in_string {
            "a text that began with \" is still open"
        } else if self.closers.is_empty() {
            "the array is not closed with ]"
        } else {
            "a record is still open"
        };
        format!("the file ends on line {line}, where {open}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;

    #[test]
    fn an_array_of_objects() {
        let text = b"\xef\xbb\xbf\n[ {\"a\":\"],}\\\"\"},\n\n  {\n \"b\": [1, {\"c\": 2}]\n}\n,{}]\n";
        assert_eq!(read("a.json", text), ["2/0 {\"a\":\"],}\\\"\"}", "4/1 {\"b\":[1,{\"c\":2}]}", "7/2 {}"]);
        assert!(read("a.json", b" [ \n ] ").is_empty());
    }

    #[test]
    fn a_bad_element_does_not_stop_the_rest() {
        let rows = read("a.json", b"[{\"a\": 1 2},\n17,\n{\"a\":\n nul},,\n{\"a\":\"\n\xff\"},\n{}]");
        assert_eq!(
            rows,
            [
                "a.json:1: broken JSON: expected `,` or `}` (line 1, column 10)",
                "a.json:2: the record is a number, not an object",
                "a.json:3: broken JSON: expected ident (line 4, column 5)",
                "a.json:4: a comma with no record before it",
                "a.json:5: it is not valid UTF-8 (line 6)",
                "7/5 {}",
            ]
        );
    }

    #[test]
    fn a_break_in_the_array_ends_the_reading() {
        let ok = "1/0 {\"a\":1}";
        for (text, error) in [
            ("{\"a\":1},{}", "a.json:1: the file should be an array of objects, beginning with [, but begins with {"),
            ("\n \n", "a.json:3: the file is empty; it should be an array of objects"),
        ] {
            assert_eq!(read("a.json", text.as_bytes()), [error]);
        }
        for (text, error) in [
            ("[{\"a\":1},\n{\"b\":[1},\n{}]", "a.json:2: a } closes nothing (line 2, column 8); reading ends here"),
            ("[{\"a\":1},\n]", "a.json:2: a comma with no record after it"),
            ("[{\"a\":1},\n{\"b\":\n", "a.json:2: the file ends on line 3, where a record is still open"),
            (
                "[{\"a\":1},\n\"b\n",
                "a.json:2: the file ends on line 3, where a text that began with \" is still open",
            ),
            ("[{\"a\":1}, \n", "a.json:2: the file ends on line 2, where the array is not closed with ]"),
            ("[{\"a\":1}]\n\n {}, {}", "a.json:3: there is more text after the end of the array"),
        ] {
            assert_eq!(read("a.json", text.as_bytes()), [ok, error], "{text}");
        }
    }
}
