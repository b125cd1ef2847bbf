//! Ratings, parted by their tasks.

use std::{
    hash::BuildHasher,
    mem,
    sync::{Mutex, PoisonError},
    thread,
};

use anyhow::Context;
use foldhash::fast::FixedState;
use stele_agreement::ReliabilityData;

use crate::names::Names;

/// How many parts there are: a million tasks make parts of which each fits the nearest caches.
const PARTS: usize = 256;
/// How many bytes a part takes at a time.
const CHUNK: usize = 1 << 14;

/// Ratings of which workers don't matter, all of a task in one part.
///
/// Once there are a million tasks, finding a task's other ratings means waiting for memory, time and again. Parts are
/// written one after another and found in the nearest cache afterwards, by every processor there is.
#[derive(Debug)]
pub(crate) struct Parts(Vec<Part>);

/// Rows of a task's name, its length before it, and a label after it.
#[derive(Debug, Default)]
struct Part {
    /// Rows don't go on from one into the next.
    full: Vec<Vec<u8>>,
    chunk: Vec<u8>,
}

impl Default for Parts {
    fn default() -> Self {
        Self((0..PARTS).map(|_| Part::default()).collect())
    }
}

impl Parts {
    pub(crate) fn add(&mut self, task: &[u8], label: u8) -> anyhow::Result<()> {
        let part = usize::try_from((FixedState::default().hash_one(task) >> 32) % PARTS as u64)?;
        self.0[part].add(task, label)
    }

    /// Counts the ratings of all parts, on all processors.
    pub(crate) fn count(self) -> anyhow::Result<ReliabilityData<u8>> {
        let parts = Mutex::new(self.0.into_iter());
        let next = || parts.lock().unwrap_or_else(PoisonError::into_inner).next();
        let worker = || {
            let mut data = ReliabilityData::new();
            while let Some(part) = next() {
                data.merge(&part.count()?);
            }
            anyhow::Ok(data)
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..thread::available_parallelism()?.get()).map(|_| scope.spawn(worker)).collect();
            let mut all = ReliabilityData::new();
            for worker in workers {
                all.merge(&worker.join().map_err(|_| anyhow::anyhow!("a thread panicked"))??);
            }
            Ok(all)
        })
    }
}

impl Part {
    fn add(&mut self, task: &[u8], label: u8) -> anyhow::Result<()> {
        let length = u16::try_from(task.len()).context("a task's name is longer than 65,535 bytes")?;
        let row = size_of::<u16>() + task.len() + 1;
        if self.chunk.capacity() - self.chunk.len() < row {
            self.full.push(mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK.max(row))));
        }
        self.chunk.extend_from_slice(&length.to_le_bytes());
        self.chunk.extend_from_slice(task);
        self.chunk.push(label);
        Ok(())
    }

    fn count(self) -> anyhow::Result<ReliabilityData<u8>> {
        let mut tasks = Names::default();
        let mut ratings = Vec::new();
        for mut rows in self.full.iter().chain([&self.chunk]).map(Vec::as_slice) {
            while let Some((task, label, rest)) = split_row(rows) {
                ratings.push((tasks.number(task)?, label));
                rows = rest;
            }
        }
        Ok(ReliabilityData::from_dense(u32::try_from(tasks.len())?, ratings.iter().copied())?)
    }
}

/// A row's task and label, and the rows after it.
fn split_row(rows: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    let (length, rest) = rows.split_first_chunk()?;
    let (task, rest) = rest.split_at_checked(u16::from_le_bytes(*length).into())?;
    let (label, rest) = rest.split_first()?;
    Some((task, *label, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_count_what_one_part_counts() {
        let (mut parts, mut one) = (Parts::default(), Part::default());
        for rating in 0..50_000_u32 {
            let task = rating * 7 % 9_001;
            let name = format!("{}{task}", "n".repeat(task as usize % 300));
            let label = u8::try_from(rating % 5).expect("a digit");
            parts.add(name.as_bytes(), label).expect("a short name");
            one.add(name.as_bytes(), label).expect("a short name");
        }
        let counted = parts.count().expect("few");
        assert_eq!(counted.totals().expect("counts").ratings, 50_000);
        assert_eq!(counted, one.count().expect("few"));
    }

    #[test]
    fn a_name_too_long_for_a_row_is_refused() {
        let mut parts = Parts::default();
        parts.add(&vec![b'n'; 65_535], 1).expect("a name that just fits");
        assert!(parts.add(&vec![b'n'; 65_536], 1).is_err());
    }
}
