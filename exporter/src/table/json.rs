//! Rows as canonical JSON (RFC 8785), a line each.

use super::{Cell, Columns};

/// Writes rows of certain columns.
///
/// The order of names is known beforehand, so a row is written in one go: there may be many of them.
#[derive(Debug)]
pub(crate) struct JsonRows {
    columns: Columns,
    line: Vec<u8>,
}

impl JsonRows {
    pub(crate) const fn new(columns: Columns) -> Self {
        Self { columns, line: Vec::new() }
    }

    /// A row's line, with the line feed.
    pub(crate) fn line(&mut self, row: &[Cell]) -> &[u8] {
        self.line.clear();
        write_object(&mut self.line, &self.columns, row);
        self.line.push(b'\n');
        &self.line
    }
}

fn write_object(out: &mut Vec<u8>, columns: &Columns, row: &[Cell]) {
    out.push(b'{');
    let mut separator: &[u8] = b"";
    for place in &columns.sorted {
        let (Some(column), Some(cell)) = (columns.columns.get(*place), row.get(*place)) else { continue };
        if *cell == Cell::None {
            continue;
        }
        out.extend_from_slice(separator);
        separator = b",";
        write_text(out, column.name);
        out.push(b':');
        write_cell(out, &column.kind, cell);
    }
    out.push(b'}');
}

fn write_cell(out: &mut Vec<u8>, kind: &super::Kind, cell: &Cell) {
    match (kind, cell) {
        (super::Kind::Struct(columns), Cell::Struct(row)) => write_object(out, columns, row),
        (super::Kind::List(element), Cell::List(cells)) => {
            out.push(b'[');
            for (place, cell) in cells.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                write_cell(out, element, cell);
            }
            out.push(b']');
        }
        (_, Cell::Text(text)) => write_text(out, text),
        (_, Cell::Boolean(value)) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        (_, Cell::Unsigned(number)) => out.extend_from_slice(number.to_string().as_bytes()),
        (_, Cell::Float(number)) => out.extend_from_slice(ryu_js::Buffer::new().format(*number).as_bytes()),
        (_, Cell::None | Cell::List(_) | Cell::Struct(_)) => out.extend_from_slice(b"null"),
    }
}

/// A text, with the escapes of RFC 8785, section 3.2.2.2.
fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(place) = rest.iter().position(|byte| IS_ESCAPED[usize::from(*byte)]) {
        out.extend_from_slice(&rest[..place]);
        write_escape(out, rest[place]);
        rest = &rest[place + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Whether a byte can't stand for itself.
const IS_ESCAPED: [bool; 256] = {
    let mut is_escaped = [false; 256];
    let mut control = 0;
    while control < 0x20 {
        is_escaped[control] = true;
        control += 1;
    }
    is_escaped[b'"' as usize] = true;
    is_escaped[b'\\' as usize] = true;
    is_escaped
};

fn write_escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        b'"' | b'\\' => byte,
        control => {
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', b'0' + (control >> 4), hex_digit(control & 0xf)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

const fn hex_digit(digit: u8) -> u8 {
    if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::{Column, Kind},
        *,
    };

    #[test]
    fn a_line_is_what_a_canonicalizer_makes_of_the_row() {
        let call = Columns::new(vec![Column::new("name", Kind::Text), Column::optional("arguments", Kind::Text)]);
        let mut rows = JsonRows::new(Columns::new(vec![
            Column::new("prompt", Kind::Text),
            Column::optional("model", Kind::Text),
            Column::new("margin", Kind::Float),
            Column::new("label", Kind::Boolean),
            Column::new("events", Kind::list_of(Kind::Unsigned64)),
            Column::new("calls", Kind::list_of(Kind::Struct(call))),
        ]));
        let all: String = (0..0x250).filter_map(char::from_u32).chain("€ 👩‍🚀 \u{2028}\u{fffd}".chars()).collect();
        for (number, model) in [(0.1, None), (-0.0, Some("a")), (1e21, Some("")), (5e-324, None), (3.0, None)] {
            let calls = Cell::List(vec![
                Cell::Struct(vec!["f".into(), "{}".into()]),
                Cell::Struct(vec!["g".into(), Cell::None]),
            ]);
            let row: Vec<Cell> = vec![
                all.clone().into(),
                model.into(),
                number.into(),
                true.into(),
                vec![1_u64, 9_007_199_254_740_991].into(),
                calls,
            ];
            let mut same = json!({
                "prompt": all, "margin": number, "label": true, "events": [1, 9_007_199_254_740_991_u64],
                "calls": [{"name": "f", "arguments": "{}"}, {"name": "g"}],
            });
            if let Some(model) = model {
                same["model"] = model.into();
            }
            let expected = serde_json_canonicalizer::to_string(&same).expect("JSON");
            assert_eq!(str::from_utf8(rows.line(&row)).expect("UTF-8"), format!("{expected}\n"));
        }
    }
}
