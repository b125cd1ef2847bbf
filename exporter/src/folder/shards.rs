//! Rows as Parquet, in several files where there are many.

use std::{fs::File, mem, path::Path};

use tokio::sync::mpsc;

use super::files::{Placed, nameless};
use crate::{
    folder::OutputError,
    table::{Columns, ParquetFile, Presence},
};
use stele_recipe::Side;

/// The rows of a side.
pub(super) struct Shards {
    pub(super) side: Side,
    pub(super) files: Vec<File>,
    /// Which columns they have.
    pub(super) presence: Presence,
}

/// Writes rows as they come.
pub(super) fn write(
    folder: &Path,
    columns: &Columns,
    sides: &[Side],
    mut rows: mpsc::Receiver<Vec<Placed>>,
) -> Result<Vec<Shards>, OutputError> {
    let mut open = Vec::with_capacity(sides.len());
    for side in sides {
        open.push(Open::begin(*side, folder, columns)?);
    }
    while let Some(batch) = rows.blocking_recv() {
        for Placed { side, row, ends_shard } in batch {
            let Some(of_side) = open.iter_mut().find(|open| open.finished.side == side) else { continue };
            of_side.shard.push(row)?;
            of_side.rows += 1;
            if ends_shard {
                let next = ParquetFile::new(nameless(folder)?, columns.clone())?;
                of_side.end_shard(next)?;
            }
        }
    }
    open.into_iter().map(Open::finish).collect()
}

struct Open {
    finished: Shards,
    shard: ParquetFile,
    /// How many rows the open shard has.
    rows: u64,
}

impl Open {
    fn begin(side: Side, folder: &Path, columns: &Columns) -> Result<Self, OutputError> {
        let finished = Shards { side, files: Vec::new(), presence: Presence::default() };
        Ok(Self { finished, shard: ParquetFile::new(nameless(folder)?, columns.clone())?, rows: 0 })
    }

    fn end_shard(&mut self, next: ParquetFile) -> Result<(), OutputError> {
        self.rows = 0;
        self.finished.add(mem::replace(&mut self.shard, next))
    }

    /// The finished files; one without rows only where there is no other.
    fn finish(mut self) -> Result<Shards, OutputError> {
        if self.rows > 0 || self.finished.files.is_empty() {
            self.finished.add(self.shard)?;
        }
        Ok(self.finished)
    }
}

impl Shards {
    fn add(&mut self, shard: ParquetFile) -> Result<(), OutputError> {
        let (file, present) = shard.finish()?;
        self.files.push(file);
        self.presence.add(&present);
        Ok(())
    }
}
