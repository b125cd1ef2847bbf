//! Records as one JSON object a line; blank lines are passed over.

use super::{BadRow, Input, Row, parse_object, without_mark};

/// The records of a JSONL file.
pub(super) struct Records {
    input: Input,
    text: Vec<u8>,
    line: u64,
    number: u64,
    ended: bool,
}

impl Records {
    /// The records of `input`.
    pub(super) const fn new(input: Input) -> Self {
        Self { input, text: Vec::new(), line: 0, number: 0, ended: false }
    }
}

impl Iterator for Records {
    type Item = Result<Row, BadRow>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            self.line += 1;
            if let Err(error) = self.input.read_line(&mut self.text) {
                self.ended = true;
                return Some(Err(self.input.unreadable(self.line, &error)));
            }
            self.ended = self.text.is_empty();
            let text = if self.line == 1 { without_mark(&self.text) } else { &self.text };
            if text.trim_ascii().is_empty() {
                continue;
            }
            let number = self.number;
            self.number += 1;
            return Some(match parse_object(text.trim_ascii_end(), self.line, 1) {
                Ok(value) => Ok(Row { line: self.line, number, value }),
                Err(reason) => Err(self.input.bad(self.line, reason)),
            });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;

    #[test]
    fn one_object_a_line() {
        let rows = read("a.jsonl", b"\xef\xbb\xbf{\"a\":1}\n\n  \n {\"a\":true}\r\n{\"a\":null}");
        assert_eq!(rows, ["1/0 {\"a\":1}", "4/1 {\"a\":true}", "5/2 {\"a\":null}"]);
    }

    #[test]
    fn a_bad_line_does_not_stop_the_rest() {
        let rows = read("a.jsonl", b"{\"a\":1\n[1]\n{\"a\":\"\xff\"}\n{\"a\":1}{}\n{}\n");
        assert_eq!(
            rows,
            [
                "a.jsonl:1: broken JSON: EOF while parsing an object (line 1, column 6)",
                "a.jsonl:2: the record is an array, not an object",
                "a.jsonl:3: it is not valid UTF-8 (line 3)",
                "a.jsonl:4: broken JSON: trailing characters (line 4, column 8)",
                "5/4 {}",
            ]
        );
    }
}
