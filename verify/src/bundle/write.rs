//! Writing a bundle.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use flate2::{Compression, write::GzEncoder};
use sqlx::PgConnection;
use stele_tlog::Verifier;
use tempfile::NamedTempFile;

use super::line::{End, FORMAT, Header, Line, VERSION};
use crate::{
    database::{Reader, Row, head, ledger_id},
    error::VerifyError,
};

/// Writes the ledger of this name to a bundle, which replaces the file as a whole; compressed if its name ends in `.gz`.
///
/// The connection should see one snapshot. `key` is noted in the header. `progress` is told positions as they are
/// written. Returns how many events there are.
pub async fn export_bundle(
    connection: &mut PgConnection,
    ledger: &str,
    key: Option<&Verifier>,
    file: &Path,
    progress: impl Fn(u64),
) -> Result<u64, VerifyError> {
    let ledger_id = ledger_id(connection, ledger).await?;
    let mut bundle = Bundle::create(file)?;
    bundle.write(&Line::Header(Header {
        format: FORMAT.to_owned(),
        version: VERSION,
        ledger_id,
        ledger: ledger.to_owned(),
        key: key.map(ToString::to_string),
    }))?;
    let (mut events, mut checkpoints) = (0, 0);
    let mut reader = Reader::new(ledger_id);
    while let Some(page) = reader.next(connection).await? {
        for row in page {
            match row {
                Row::Event(event) => {
                    events += 1;
                    bundle.write(&Line::Event(event))?;
                }
                Row::Checkpoint(checkpoint) => {
                    checkpoints += 1;
                    bundle.write(&Line::Checkpoint(checkpoint))?;
                }
            }
        }
        progress(events);
    }
    bundle.write(&Line::End(End { head: head(connection, ledger_id).await?, checkpoints }))?;
    bundle.finish(file)?;
    Ok(events)
}

/// A bundle in a temporary file beside the one that it will be.
struct Bundle {
    output: Output,
    line: Vec<u8>,
}

enum Output {
    Plain(BufWriter<NamedTempFile>),
    Gzip(Box<GzEncoder<BufWriter<NamedTempFile>>>),
}

impl Bundle {
    fn create(file: &Path) -> io::Result<Self> {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let beside = BufWriter::with_capacity(1 << 18, NamedTempFile::new_in(folder)?);
        let is_gzip = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        let output = if is_gzip {
            Output::Gzip(Box::new(GzEncoder::new(beside, Compression::default())))
        } else {
            Output::Plain(beside)
        };
        Ok(Self { output, line: Vec::new() })
    }

    fn write(&mut self, line: &Line) -> Result<(), VerifyError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line).map_err(|error| VerifyError::Unwritable(place(line), error))?;
        self.line.push(b'\n');
        match &mut self.output {
            Output::Plain(file) => file.write_all(&self.line)?,
            Output::Gzip(file) => file.write_all(&self.line)?,
        }
        Ok(())
    }

    fn finish(self, file: &Path) -> io::Result<()> {
        let written = match self.output {
            Output::Plain(written) => written,
            Output::Gzip(written) => written.finish()?,
        };
        let written = written.into_inner().map_err(io::IntoInnerError::into_error)?;
        written.as_file().sync_all()?;
        let written: File = written.persist(file).map_err(|error| error.error)?;
        drop(written);
        Ok(())
    }
}

const fn place(line: &Line) -> i64 {
    match line {
        Line::Event(event) => event.position,
        _ => 0,
    }
}
