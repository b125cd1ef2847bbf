//! Sorting more records than fit in memory: sorted runs in temporary files, merged.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
};

/// How many records are sorted in memory: with 48 bytes each, 12 MiB.
const RUN: usize = 1 << 18;

/// How many runs of one size are merged into one of the next; it bounds the open files and their buffers.
const FAN_IN: usize = 32;

const BUFFER: usize = 1 << 16;

/// Takes records of `N` bytes in any order.
pub(crate) struct Sorter<const N: usize> {
    run: Vec<[u8; N]>,
    run_length: usize,
    /// Runs in files; those at a place are about [`FAN_IN`] times as long as those at the place before.
    spilled: Vec<Vec<File>>,
}

impl<const N: usize> Sorter<N> {
    pub(crate) const fn new() -> Self {
        Self::with_run(RUN)
    }

    const fn with_run(run_length: usize) -> Self {
        Self { run: Vec::new(), run_length, spilled: Vec::new() }
    }

    pub(crate) fn push(&mut self, record: [u8; N]) -> io::Result<()> {
        if self.run.len() == self.run_length {
            self.spill()?;
        }
        self.run.push(record);
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        self.run.sort_unstable();
        let mut file = write(self.run.drain(..).map(Ok))?;
        for place in 0.. {
            if self.spilled.len() == place {
                self.spilled.push(Vec::with_capacity(FAN_IN));
            }
            self.spilled[place].push(file);
            if self.spilled[place].len() < FAN_IN {
                break;
            }
            file = write(Sorted::<N>::merging(self.spilled[place].drain(..), Vec::new())?)?;
        }
        Ok(())
    }

    /// The records in ascending order.
    pub(crate) fn sorted(mut self) -> io::Result<Sorted<N>> {
        self.run.sort_unstable();
        Sorted::merging(self.spilled.into_iter().flatten(), self.run)
    }
}

fn write<const N: usize>(records: impl Iterator<Item = io::Result<[u8; N]>>) -> io::Result<File> {
    let mut file = BufWriter::with_capacity(BUFFER, tempfile::tempfile()?);
    for record in records {
        file.write_all(&record?)?;
    }
    let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

/// Records in ascending order; after an error there are no more.
pub(crate) struct Sorted<const N: usize> {
    runs: Vec<Run<N>>,
    /// The next record of every run that has one.
    next: BinaryHeap<Reverse<([u8; N], usize)>>,
}

enum Run<const N: usize> {
    Spilled(BufReader<File>),
    InMemory(std::vec::IntoIter<[u8; N]>),
}

impl<const N: usize> Run<N> {
    fn read(&mut self) -> io::Result<Option<[u8; N]>> {
        match self {
            Self::InMemory(records) => Ok(records.next()),
            Self::Spilled(file) => {
                let mut record = [0; N];
                match file.read_exact(&mut record) {
                    Ok(()) => Ok(Some(record)),
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
                    Err(error) => Err(error),
                }
            }
        }
    }
}

impl<const N: usize> Sorted<N> {
    fn merging(files: impl Iterator<Item = File>, rest: Vec<[u8; N]>) -> io::Result<Self> {
        let spilled = files.map(|file| Run::Spilled(BufReader::with_capacity(BUFFER, file)));
        let runs = spilled.chain([Run::InMemory(rest.into_iter())]).collect();
        let mut sorted = Self { runs, next: BinaryHeap::new() };
        for run in 0..sorted.runs.len() {
            sorted.advance(run)?;
        }
        Ok(sorted)
    }

    fn advance(&mut self, run: usize) -> io::Result<()> {
        if let Some(record) = self.runs[run].read()? {
            self.next.push(Reverse((record, run)));
        }
        Ok(())
    }
}

impl<const N: usize> Iterator for Sorted<N> {
    type Item = io::Result<[u8; N]>;

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((record, run)) = self.next.pop()?;
        if let Err(error) = self.advance(run) {
            self.next.clear();
            return Some(Err(error));
        }
        Some(Ok(record))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn it_sorts_as_memory_does(mut records in proptest::collection::vec(any::<[u8; 2]>(), 0..3000), run in 1..20_usize) {
            let mut sorter = Sorter::with_run(run);
            for record in &records {
                sorter.push(*record).expect("written");
            }
            prop_assert!(sorter.spilled.iter().all(|runs| runs.len() < FAN_IN), "files stay few");
            prop_assert!(sorter.run.len() <= run, "memory stays small");
            records.sort_unstable();
            let sorted: io::Result<Vec<_>> = sorter.sorted().expect("read").collect();
            prop_assert_eq!(sorted.expect("read"), records);
        }
    }
}
