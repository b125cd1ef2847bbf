//! Sorting more records than fit in memory: sorted runs in temporary files, merged.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BinaryHeap, binary_heap::PeekMut},
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
    panic,
    thread::{self, JoinHandle},
};

/// How many records are sorted in memory: with 48 bytes each, 12 MiB, and as much again while a run is
/// being written.
const RUN: usize = 1 << 18;

/// How many runs of one size are merged into one of the next; it bounds the open files and their buffers.
const FAN_IN: usize = 32;

const BUFFER: usize = 1 << 16;

/// Takes records of `N` bytes in any order.
pub(crate) struct Sorter<const N: usize> {
    run: Vec<Record<N>>,
    run_length: usize,
    /// The last full run, while it is sorted and written beside whatever else is done.
    spilling: Option<JoinHandle<io::Result<Spilled<N>>>>,
    /// Runs in files; those at a place are about [`FAN_IN`] times as long as those at the place before.
    spilled: Vec<Vec<File>>,
}

/// A run in a file, and the memory that it had.
struct Spilled<const N: usize> {
    file: File,
    memory: Vec<Record<N>>,
}

/// A record, compared by its first bytes as a number where these differ, as they nearly always do: records begin with
/// hashes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Record<const N: usize>([u8; N]);

impl<const N: usize> Record<N> {
    fn start(&self) -> u64 {
        self.0.first_chunk().map_or(0, |start| u64::from_be_bytes(*start))
    }
}

impl<const N: usize> Ord for Record<N> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.start().cmp(&other.start()).then_with(|| self.0.cmp(&other.0))
    }
}

impl<const N: usize> PartialOrd for Record<N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<const N: usize> Sorter<N> {
    pub(crate) const fn new() -> Self {
        Self::with_run(RUN)
    }

    const fn with_run(run_length: usize) -> Self {
        Self { run: Vec::new(), run_length, spilling: None, spilled: Vec::new() }
    }

    pub(crate) fn push(&mut self, record: [u8; N]) -> io::Result<()> {
        if self.run.len() == self.run_length {
            self.spill()?;
        }
        self.run.push(Record(record));
        Ok(())
    }

    /// Has the run sorted and written by another thread; a run that is still under way is waited for first.
    fn spill(&mut self) -> io::Result<()> {
        let memory = self.spilled()?;
        let mut run = std::mem::replace(&mut self.run, memory);
        self.spilling = Some(thread::spawn(move || {
            run.sort_unstable();
            let file = write(run.drain(..).map(|record| Ok(record.0)))?;
            Ok(Spilled { file, memory: run })
        }));
        Ok(())
    }

    /// Takes over the run that was under way, if there is one; its memory.
    fn spilled(&mut self) -> io::Result<Vec<Record<N>>> {
        let Some(spilling) = self.spilling.take() else { return Ok(Vec::new()) };
        let Spilled { mut file, memory } = spilling.join().unwrap_or_else(|cause| panic::resume_unwind(cause))?;
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
        Ok(memory)
    }

    /// The records in ascending order.
    pub(crate) fn sorted(mut self) -> io::Result<Sorted<N>> {
        drop(self.spilled()?);
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
    next: BinaryHeap<Reverse<(Record<N>, usize)>>,
}

enum Run<const N: usize> {
    Spilled(BufReader<File>),
    InMemory(std::vec::IntoIter<Record<N>>),
}

impl<const N: usize> Run<N> {
    fn read(&mut self) -> io::Result<Option<Record<N>>> {
        match self {
            Self::InMemory(records) => Ok(records.next()),
            Self::Spilled(file) => {
                let mut record = [0; N];
                match file.read_exact(&mut record) {
                    Ok(()) => Ok(Some(Record(record))),
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
                    Err(error) => Err(error),
                }
            }
        }
    }
}

impl<const N: usize> Sorted<N> {
    fn merging(files: impl Iterator<Item = File>, rest: Vec<Record<N>>) -> io::Result<Self> {
        let spilled = files.map(|file| Run::Spilled(BufReader::with_capacity(BUFFER, file)));
        let mut runs: Vec<Run<N>> = spilled.chain([Run::InMemory(rest.into_iter())]).collect();
        let mut next = BinaryHeap::with_capacity(runs.len());
        for (place, run) in runs.iter_mut().enumerate() {
            next.extend(run.read()?.map(|record| Reverse((record, place))));
        }
        Ok(Self { runs, next })
    }
}

impl<const N: usize> Iterator for Sorted<N> {
    type Item = io::Result<[u8; N]>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut first = self.next.peek_mut()?;
        let Reverse((record, run)) = *first;
        match self.runs[run].read() {
            // takes its place, which moves fewer of the others than to remove the one and to add the other
            Ok(Some(following)) => *first = Reverse((following, run)),
            Ok(None) => drop(PeekMut::pop(first)),
            Err(error) => {
                drop(first);
                self.next.clear();
                return Some(Err(error));
            }
        }
        Some(Ok(record.0))
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
