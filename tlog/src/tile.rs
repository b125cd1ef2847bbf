//! Tiles: the Merkle tree as static files (C2SP tlog-tiles).

use std::{fmt, ops::Range, str::FromStr};

use crate::slot::{Slot, TileError, parse_decimal, slots};

/// The highest level that a path may name.
const MAX_LEVEL: u8 = 63;
/// How many levels the largest tree has whose size is a `u64`.
const LEVELS: u8 = 8;

/// Up to 256 consecutive hashes of one level; level `l` has the roots over each 256^l leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    level: u8,
    slot: Slot,
}

impl Tile {
    /// A tile of `width` hashes, of which a full one has 256.
    pub fn new(level: u8, index: u64, width: u16) -> Result<Self, TileError> {
        if level > MAX_LEVEL {
            return Err(TileError::Level);
        }
        Ok(Self { level, slot: Slot::new(index, width)? })
    }

    pub(crate) const fn at(level: u8, slot: Slot) -> Self {
        Self { level, slot }
    }

    /// Its level, 0 to 63; at level 0 are the hashes of leaves.
    #[must_use]
    pub const fn level(self) -> u8 {
        self.level
    }

    /// How many tiles of its level are to the left of it; below 2^56.
    #[must_use]
    pub const fn index(self) -> u64 {
        self.slot.index
    }

    /// How many hashes it has, 1 to 256.
    #[must_use]
    pub const fn width(self) -> u16 {
        self.slot.width
    }

    /// Which hashes of its level it has.
    #[must_use]
    pub const fn hashes(self) -> Range<u64> {
        self.slot.range()
    }
}

/// The path below a log's prefix: `tile/<L>/<N>[.p/<W>]`.
impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/{}", self.level, self.slot)
    }
}

impl FromStr for Tile {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, TileError> {
        let (level, slot) =
            path.strip_prefix("tile/").and_then(|rest| rest.split_once('/')).ok_or(TileError::Prefix)?;
        let level = parse_decimal(level).and_then(|level| u8::try_from(level).ok());
        let level = level.filter(|level| *level <= MAX_LEVEL).ok_or(TileError::Level)?;
        Ok(Self { level, slot: Slot::parse(slot)? })
    }
}

/// The tiles of a tree of `size` leaves, level by level from the leaves up.
pub fn tiles_of(size: u64) -> impl Iterator<Item = Tile> {
    (0..LEVELS).flat_map(move |level| slots(size >> (8 * level)).map(move |slot| Tile { level, slot }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tile(level: u8, index: u64, width: u16) -> Tile {
        Tile::new(level, index, width).expect("valid")
    }

    #[test]
    fn paths_are_those_of_the_specification() {
        for (path, tile) in [
            ("tile/0/000", tile(0, 0, 256)),
            ("tile/3/999.p/1", tile(3, 999, 1)),
            ("tile/0/x001/000", tile(0, 1000, 256)),
            ("tile/0/x001/x234/067.p/8", tile(0, 1_234_067, 8)),
            ("tile/63/x001/x000/000.p/255", tile(63, 1_000_000, 255)),
            ("tile/0/x072/x057/x594/x037/x927/935", tile(0, (1 << 56) - 1, 256)),
        ] {
            assert_eq!(tile.to_string(), path);
            assert_eq!(path.parse(), Ok(tile));
        }
    }

    #[test]
    fn malformed_paths_are_refused() {
        for (error, paths) in [
            (TileError::Prefix, &["", "tile", "tile/0", "/tile/0/000", "Tile/0/000", "tiles/0/000"][..]),
            (TileError::Level, &["tile//000", "tile/64/000", "tile/00/000", "tile/01/000", "tile/+1/000"]),
            (TileError::Level, &["tile/entries/000", "tile/256/000", "tile/-1/000", "tile/٣/000"]),
            (TileError::Index, &["tile/0/", "tile/0/0", "tile/0/0000", "tile/0/x000", "tile/0/+12"]),
            (TileError::Index, &["tile/0/001/000", "tile/0/x000/001", "tile/0/x01/000", "tile/0/xx01/000"]),
            (TileError::Index, &["tile/0/x001/x000", "tile/0/000/", "tile/0/x001//000", "tile/0/ 00"]),
            (TileError::Index, &["tile/0/x072/x057/x594/x037/x927/936", "tile/0/.p/8", "tile/0/X001/000"]),
            (TileError::Index, &["tile/0/x999/x999/x999/x999/x999/x999/x999/999"]),
            (TileError::Width, &["tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/08", "tile/0/000.p/"]),
            (
                TileError::Width,
                &["tile/0/000.p/1/", "tile/0/000.p/+1", "tile/0/000.p/1.p/1", "tile/0/000.p/99999999"],
            ),
        ] {
            for path in paths {
                assert_eq!(path.parse::<Tile>(), Err(error), "{path}");
            }
        }
    }

    #[test]
    fn impossible_tiles_are_not_built() {
        assert_eq!(Tile::new(64, 0, 1), Err(TileError::Level));
        assert_eq!(Tile::new(0, 1 << 56, 1), Err(TileError::Index));
        assert_eq!(Tile::new(0, 0, 0), Err(TileError::Width));
        assert_eq!(Tile::new(0, 0, 257), Err(TileError::Width));
        assert_eq!(tile(63, (1 << 56) - 1, 255).hashes(), u64::MAX - 255..u64::MAX);
    }

    #[test]
    fn a_tree_has_the_tiles_of_the_specification() {
        let tiles: Vec<_> = tiles_of(70_000).collect();
        assert_eq!(tiles.len(), 273 + 1 + 1 + 1 + 1);
        assert!(tiles[..273].iter().enumerate().all(|(index, full)| *full == tile(0, index as u64, 256)));
        assert_eq!(tiles[273..], [tile(0, 273, 112), tile(1, 0, 256), tile(1, 1, 17), tile(2, 0, 1)]);
        assert_eq!(tiles_of(256).collect::<Vec<_>>(), [tile(0, 0, 256), tile(1, 0, 1)]);
        assert_eq!(tiles_of(0).count(), 0);
    }

    proptest! {
        #[test]
        fn every_tile_is_read_from_its_path(level in 0..=63_u8, index in 0..1_u64 << 56, bits in 0..56, width in 1..=256_u16) {
            let tile = tile(level, index >> bits, width);
            prop_assert_eq!(tile.to_string().parse(), Ok(tile));
        }

        #[test]
        fn what_is_read_as_a_path_is_written_so(path in "tile/[0-9]{1,2}/(x[0-9]{3}/){0,3}[0-9]{3}(\\.p/[0-9]{1,3})?") {
            if let Ok(tile) = path.parse::<Tile>() {
                prop_assert_eq!(tile.to_string(), path);
            }
        }
    }
}
