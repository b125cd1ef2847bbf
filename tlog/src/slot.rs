//! The place of a tile or entry bundle in its row, and how a path states it (C2SP tlog-tiles).

use std::{fmt, ops::Range};

/// How many hashes or entries fill a tile or bundle.
pub(crate) const WIDTH: u16 = 256;

/// Where in a row a tile or bundle is, and how full: `<N>[.p/<W>]` in its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot {
    pub(crate) index: u64,
    pub(crate) width: u16,
}

/// Why a path or its parts don't name a tile or an entry bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// The path doesn't begin as such a path must.
    #[error("not the path of a tile or entry bundle")]
    Prefix,
    /// The level is not a plain decimal number from 0 to 63.
    #[error("a tile's level is a number from 0 to 63")]
    Level,
    /// The index is not in groups of three digits, has a superfluous group, or is beyond any tree.
    #[error("a tile's index is a number below 2^56 in groups of three digits, all but the last after an x")]
    Index,
    /// The width is none of 1 to 256, or a path states one that is not from 1 to 255.
    #[error("a partial tile's width is a number from 1 to 255")]
    Width,
}

impl Slot {
    pub(crate) fn new(index: u64, width: u16) -> Result<Self, TileError> {
        if index >= 1 << 56 {
            return Err(TileError::Index);
        }
        if !(1..=WIDTH).contains(&width) {
            return Err(TileError::Width);
        }
        Ok(Self { index, width })
    }

    /// Which hashes or entries of the row it holds.
    pub(crate) const fn range(self) -> Range<u64> {
        let start = self.index * WIDTH as u64;
        start..start + self.width as u64
    }

    pub(crate) fn parse(text: &str) -> Result<Self, TileError> {
        let Some((index, width)) = text.split_once(".p/") else {
            return Self::new(parse_index(text)?, WIDTH);
        };
        let width = parse_decimal(width).filter(|width| *width < u64::from(WIDTH));
        let width = width.and_then(|width| u16::try_from(width).ok()).ok_or(TileError::Width)?;
        Self::new(parse_index(index)?, width)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut divisor = 1;
        while self.index / divisor >= 1000 {
            divisor *= 1000;
        }
        while divisor > 1 {
            write!(f, "x{:03}/", self.index / divisor % 1000)?;
            divisor /= 1000;
        }
        write!(f, "{:03}", self.index % 1000)?;
        if self.width < WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// The slots of a row of `count` hashes or entries: full ones, then perhaps a partial one.
pub(crate) fn slots(count: u64) -> impl Iterator<Item = Slot> {
    (0..count.div_ceil(u64::from(WIDTH))).map(move |index| slot_of(index, count))
}

/// The slot that holds these hashes of a row of `count`, if the row reaches that far.
pub(crate) fn holding(count: u64, hashes: &Range<u64>) -> Option<Slot> {
    (hashes.end <= count).then(|| slot_of(hashes.start / u64::from(WIDTH), count))
}

fn slot_of(index: u64, count: u64) -> Slot {
    let left = count - index * u64::from(WIDTH);
    let width = u16::try_from(left).map_or(WIDTH, |left| left.min(WIDTH));
    Slot { index, width }
}

/// A decimal number without sign or leading zeros.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

fn parse_index(text: &str) -> Result<u64, TileError> {
    let (above, last) = text.rsplit_once('/').map_or((None, text), |(above, last)| (Some(above), last));
    let mut index = 0;
    for group in above.into_iter().flat_map(|above| above.split('/')) {
        index = append(index, group.strip_prefix('x').ok_or(TileError::Index)?)?;
        if index == 0 {
            return Err(TileError::Index);
        }
    }
    append(index, last)
}

/// Writes three more digits at the end of a number.
fn append(index: u64, group: &str) -> Result<u64, TileError> {
    let three = group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    let group: u64 = three.then(|| group.parse().ok()).flatten().ok_or(TileError::Index)?;
    index.checked_mul(1000).and_then(|index| index.checked_add(group)).ok_or(TileError::Index)
}
