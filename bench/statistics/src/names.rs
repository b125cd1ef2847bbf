//! Names, numbered in the order in which they are first met.

use anyhow::Context;
use foldhash::fast::FixedState;
use indexmap::IndexSet;

/// Names and their numbers.
#[derive(Debug, Default)]
pub(crate) struct Names(IndexSet<Box<[u8]>, FixedState>);

impl Names {
    /// The number of a name, the next one if it is new.
    pub(crate) fn number(&mut self, name: &[u8]) -> anyhow::Result<u32> {
        let number = self.0.get_index_of(name).unwrap_or_else(|| self.0.insert_full(name.into()).0);
        u32::try_from(number).context("too many names")
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The names, by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(AsRef::as_ref)
    }
}
