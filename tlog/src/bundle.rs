//! Entry bundles: the entries behind the leaves, as static files (C2SP tlog-tiles, "Log entries").

use std::{fmt, iter::FusedIterator, ops::Range, str::FromStr};

use crate::slot::{Slot, TileError, slots};

/// Up to 256 consecutive entries, those whose hashes are in the tile of level 0 with the same index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryBundle(Slot);

impl EntryBundle {
    /// A bundle of `width` entries, of which a full one has 256.
    pub fn new(index: u64, width: u16) -> Result<Self, TileError> {
        Slot::new(index, width).map(Self)
    }

    /// How many bundles are before it; below 2^56.
    #[must_use]
    pub const fn index(self) -> u64 {
        self.0.index
    }

    /// How many entries it has, 1 to 256.
    #[must_use]
    pub const fn width(self) -> u16 {
        self.0.width
    }

    /// Which leaves of the tree its entries are.
    #[must_use]
    pub const fn leaves(self) -> Range<u64> {
        self.0.range()
    }
}

/// The path below a log's prefix: `tile/entries/<N>[.p/<W>]`.
impl fmt::Display for EntryBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/entries/{}", self.0)
    }
}

impl FromStr for EntryBundle {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, TileError> {
        path.strip_prefix("tile/entries/").ok_or(TileError::Prefix).and_then(Slot::parse).map(Self)
    }
}

/// The entry bundles of a tree of `size` leaves.
pub fn bundles_of(size: u64) -> impl Iterator<Item = EntryBundle> {
    slots(size).map(EntryBundle)
}

/// Why entries can't be written to a bundle or read from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// An entry is longer than its length prefix can say.
    #[error("an entry of {0} bytes is longer than a bundle can hold (65535)")]
    TooLong(usize),
    /// The bundle ends within an entry or its length prefix.
    #[error("the bundle ends within an entry")]
    Truncated,
}

/// Appends an entry to the bytes of a bundle: its length as a big-endian `u16`, then the entry.
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), BundleError> {
    let length = u16::try_from(entry.len()).map_err(|_| BundleError::TooLong(entry.len()))?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The entries of a bundle in order; after an error there are no more.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    rest: &'a [u8],
}

impl<'a> Entries<'a> {
    /// Reads the bytes of a bundle.
    #[must_use]
    pub const fn new(bundle: &'a [u8]) -> Self {
        Self { rest: bundle }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<&'a [u8], BundleError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((entry, rest)) = split_entry(self.rest) else {
            self.rest = &[];
            return Some(Err(BundleError::Truncated));
        };
        self.rest = rest;
        Some(Ok(entry))
    }
}

impl FusedIterator for Entries<'_> {}

fn split_entry(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_entry_follows_its_length() {
        let mut bundle = Vec::new();
        push_entry(&mut bundle, b"ab").expect("short");
        push_entry(&mut bundle, &[7; 258]).expect("short");
        assert_eq!(bundle[..6], [0, 2, b'a', b'b', 1, 2]);
        assert_eq!(bundle.len(), 4 + 260);
    }

    #[test]
    fn an_entry_has_at_most_65535_bytes() {
        let mut bundle = Vec::new();
        push_entry(&mut bundle, &vec![0; 65535]).expect("just fits");
        let before = bundle.clone();
        assert_eq!(push_entry(&mut bundle, &vec![0; 65536]), Err(BundleError::TooLong(65536)));
        assert_eq!(bundle, before);
        assert_eq!(Entries::new(&bundle).collect::<Vec<_>>(), [Ok(&vec![0; 65535][..])]);
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        let bundle = EntryBundle::new(1_234_067, 8).expect("valid");
        assert_eq!(bundle.to_string(), "tile/entries/x001/x234/067.p/8");
        assert_eq!("tile/entries/x001/x234/067.p/8".parse(), Ok(bundle));
        assert_eq!("tile/entries/000".parse(), EntryBundle::new(0, 256));
        assert_eq!("tile/0/000".parse::<EntryBundle>(), Err(TileError::Prefix));
        assert_eq!("tile/entries/0".parse::<EntryBundle>(), Err(TileError::Index));
        assert_eq!("tile/entries/000.p/256".parse::<EntryBundle>(), Err(TileError::Width));
        assert_eq!(EntryBundle::new(0, 0), Err(TileError::Width));
    }

    #[test]
    fn every_leaf_is_in_one_bundle() {
        for size in [0, 1, 255, 256, 257, 1000] {
            assert_eq!(
                bundles_of(size).flat_map(EntryBundle::leaves).collect::<Vec<_>>(),
                (0..size).collect::<Vec<_>>()
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(entries in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..20), cut in 1..300_usize) {
            let mut bundle = Vec::new();
            for entry in &entries {
                push_entry(&mut bundle, entry).expect("short");
            }
            let read: Result<Vec<_>, _> = Entries::new(&bundle).collect();
            prop_assert_eq!(read.expect("whole"), entries.iter().map(Vec::as_slice).collect::<Vec<_>>());

            let last = entries.last().map_or(0, |entry| entry.len() + 2);
            if last > 1 {
                let cut = bundle.len() - (cut % (last - 1) + 1);
                let read: Vec<_> = Entries::new(&bundle[..cut]).collect();
                prop_assert_eq!(read.len(), entries.len());
                prop_assert_eq!(read.last(), Some(&Err(BundleError::Truncated)));
            }
        }
    }
}
