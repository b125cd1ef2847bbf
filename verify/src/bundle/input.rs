//! A bundle's lines as they are in the file, which may be compressed and may be damaged.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, ErrorKind, Read},
    path::Path,
};

use flate2::bufread::GzDecoder;

/// How a gzip file begins (RFC 1952 §2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A line longer than this is not read, so that a small compressed file can't fill the memory.
const MAX_LINE: u64 = 1 << 28;

/// How many lines, and about how many bytes, are read before they are digested.
const PAGE_LINES: usize = 8192;
const PAGE_BYTES: usize = 1 << 24;

/// What there is at a place in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// A line without its newline.
    Line(Vec<u8>),
    /// Something that ends the reading before the file's proper end, and whether the file merely stops there.
    Damage { what: String, is_cut_off: bool },
}

pub(super) struct Input {
    source: Source,
    is_over: bool,
}

enum Source {
    Plain(BufReader<File>),
    Gzip(Box<BufReader<GzDecoder<BufReader<File>>>>),
}

impl Input {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(1 << 18, File::open(path)?);
        let is_gzip = file.fill_buf()?.starts_with(&GZIP);
        let source = if is_gzip {
            Source::Gzip(Box::new(BufReader::with_capacity(1 << 18, GzDecoder::new(file))))
        } else {
            Source::Plain(file)
        };
        Ok(Self { source, is_over: false })
    }

    /// The next lines; none at the end.
    pub(super) fn page(&mut self) -> io::Result<Vec<Text>> {
        let (mut page, mut bytes) = (Vec::new(), 0);
        while page.len() < PAGE_LINES && bytes < PAGE_BYTES {
            let Some(text) = self.next()? else { break };
            if let Text::Line(line) = &text {
                bytes += line.len();
            }
            page.push(text);
        }
        Ok(page)
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Text>> {
        if self.is_over {
            return Ok(None);
        }
        let mut line = Vec::new();
        match self.source.read_line(&mut line) {
            Ok(0) => {
                self.is_over = true;
                let surplus = self.source.has_surplus()?;
                Ok(surplus.then(|| damage("bytes follow the end of the compressed file", false)))
            }
            Ok(_) if line.ends_with(b"\n") => {
                line.pop();
                Ok(Some(Text::Line(line)))
            }
            Ok(_) => {
                self.is_over = true;
                let too_long = line.len() as u64 == MAX_LINE;
                let what = if too_long { "the line is too long" } else { "the line doesn't end" };
                Ok(Some(damage(what, !too_long)))
            }
            Err(error) => {
                self.is_over = true;
                let is_damage = matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData);
                let is_cut_off = error.kind() == ErrorKind::UnexpectedEof;
                if is_damage || is_cut_off {
                    Ok(Some(damage(&format!("the compressed file is damaged: {error}"), is_cut_off)))
                } else {
                    Err(error)
                }
            }
        }
    }
}

impl Source {
    fn read_line(&mut self, line: &mut Vec<u8>) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.take(MAX_LINE).read_until(b'\n', line),
            Self::Gzip(file) => file.take(MAX_LINE).read_until(b'\n', line),
        }
    }

    /// Whether something follows what was decompressed.
    fn has_surplus(&mut self) -> io::Result<bool> {
        match self {
            Self::Plain(_) => Ok(false),
            Self::Gzip(file) => Ok(!file.get_mut().get_mut().fill_buf()?.is_empty()),
        }
    }
}

fn damage(what: &str, is_cut_off: bool) -> Text {
    Text::Damage { what: what.to_owned(), is_cut_off }
}
