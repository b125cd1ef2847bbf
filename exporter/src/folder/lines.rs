//! Rows as lines of JSON.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::Path,
};

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::files::{Batch, Placed, nameless};
use crate::{
    folder::OutputError,
    table::{Columns, JsonRows},
};
use stele_recipe::Side;

/// A shard ends with the row by which its rows have so many bytes as JSON; fixed, as it is part of the files' bytes.
const SHARD: u64 = 512 << 20;

/// The rows of a side, in one file.
pub(super) struct Lines {
    pub(super) side: Side,
    pub(super) rows: u64,
    pub(super) sha256: [u8; 32],
    pub(super) file: File,
}

/// Writes rows as they come, and passes them on until nobody takes them any more.
pub(super) fn write(
    folder: &Path,
    columns: &Columns,
    sides: &[Side],
    mut rows: mpsc::Receiver<Batch>,
    next: &mpsc::Sender<Vec<Placed>>,
) -> Result<Vec<Lines>, OutputError> {
    let failed = |source| OutputError::Io { path: folder.to_owned(), source };
    let mut json = JsonRows::new(columns.clone());
    let mut open = Vec::with_capacity(sides.len());
    for side in sides {
        open.push(Open::begin(*side, nameless(folder)?));
    }
    while let Some(batch) = rows.blocking_recv() {
        let mut placed = Vec::with_capacity(batch.len());
        for (side, row) in batch {
            let Some(of_side) = open.iter_mut().find(|open| open.side == side) else { continue };
            let ends_shard = of_side.push(json.line(&row)).map_err(failed)?;
            placed.push(Placed { side, row, ends_shard });
        }
        if next.blocking_send(placed).is_err() {
            break;
        }
    }
    open.into_iter().map(Open::finish).collect::<io::Result<_>>().map_err(failed)
}

struct Open {
    side: Side,
    rows: u64,
    hash: Sha256,
    file: BufWriter<File>,
    /// How many bytes the open shard has as JSON.
    shard_bytes: u64,
}

impl Open {
    fn begin(side: Side, file: File) -> Self {
        Self { side, rows: 0, hash: Sha256::new(), file: BufWriter::with_capacity(1 << 18, file), shard_bytes: 0 }
    }

    /// Writes a line; whether a shard ends with its row.
    fn push(&mut self, line: &[u8]) -> io::Result<bool> {
        self.hash.update(line);
        self.file.write_all(line)?;
        self.rows += 1;
        self.shard_bytes += line.len() as u64;
        let ends_shard = self.shard_bytes >= SHARD;
        if ends_shard {
            self.shard_bytes = 0;
        }
        Ok(ends_shard)
    }

    fn finish(self) -> io::Result<Lines> {
        let Self { side, rows, hash, file, .. } = self;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Lines { side, rows, sha256: hash.finalize().into(), file })
    }
}
