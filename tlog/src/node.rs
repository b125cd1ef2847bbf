//! The perfect subtrees of a Merkle tree, and where a tiled log keeps them (C2SP tlog-tiles).

use std::ops::Range;

use crate::{
    frontier::Frontier,
    hash::Hash,
    slot::{self, WIDTH},
    tile::Tile,
};

/// How many heights of the tree one level of tiles spans.
const HEIGHTS_A_LEVEL: u32 = 8;

/// A perfect subtree: the 2^height leaves from `index * 2^height` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    height: u32,
    index: u64,
}

impl Node {
    /// A node, unless its last leaf would lie beyond the largest tree that a `u64` can count.
    #[must_use]
    pub const fn new(height: u32, index: u64) -> Option<Self> {
        if height < u64::BITS && index < u64::MAX >> height { Some(Self { height, index }) } else { None }
    }

    /// How far it is above the leaves; a leaf has height 0.
    #[must_use]
    pub const fn height(self) -> u32 {
        self.height
    }

    /// How many nodes of its height are to the left of it.
    #[must_use]
    pub const fn index(self) -> u64 {
        self.index
    }

    /// The leaves below it.
    #[must_use]
    pub const fn leaves(self) -> Range<u64> {
        self.index << self.height..(self.index + 1) << self.height
    }

    /// The level of tiles, and which consecutive hashes of it, [`fold`] into this node's hash.
    #[must_use]
    pub const fn tile_range(self) -> (u8, Range<u64>) {
        let above = self.height % HEIGHTS_A_LEVEL;
        // a height below 64 is on a level below 8
        #[expect(clippy::cast_possible_truncation)]
        let level = (self.height / HEIGHTS_A_LEVEL) as u8;
        (level, self.index << above..(self.index + 1) << above)
    }

    /// The one tile of a tree of `size` leaves that has those hashes, and their places in it.
    #[must_use]
    pub fn tile_in(self, size: u64) -> Option<(Tile, Range<usize>)> {
        let (level, hashes) = self.tile_range();
        let slot = slot::holding(size >> (HEIGHTS_A_LEVEL * u32::from(level)), &hashes)?;
        let start = usize::try_from(hashes.start % u64::from(WIDTH)).ok()?;
        let places = start..start + (1 << (self.height % HEIGHTS_A_LEVEL));
        Some((Tile::at(level, slot), places))
    }
}

/// The root over consecutive hashes of one height (RFC 6962 §2.1).
#[must_use]
pub fn fold(hashes: &[Hash]) -> Hash {
    hashes.iter().copied().collect::<Frontier>().root()
}

/// The perfect subtrees of a tree of `size` leaves, largest first: the nodes of its [`Frontier`].
#[must_use]
pub fn subtrees_of(size: u64) -> Vec<Node> {
    subtrees(0..size).collect()
}

/// The perfect subtrees below the node, full or ragged, over these leaves of a tree.
pub(crate) fn subtrees(leaves: Range<u64>) -> impl Iterator<Item = Node> {
    let mut start = leaves.start;
    std::iter::from_fn(move || {
        let height = (leaves.end - start).checked_ilog2()?;
        let node = Node { height, index: start >> height };
        start += 1 << height;
        Some(node)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(height: u32, index: u64) -> Node {
        Node::new(height, index).expect("within a tree")
    }

    #[test]
    fn a_node_ends_within_the_largest_tree() {
        assert_eq!(node(0, u64::MAX - 1).leaves(), u64::MAX - 1..u64::MAX);
        assert_eq!(Node::new(0, u64::MAX), None);
        assert_eq!(node(63, 0).leaves(), 0..1 << 63);
        assert_eq!(Node::new(63, 1), None);
        assert_eq!(Node::new(64, 0), None);
    }

    #[test]
    fn a_node_is_folded_from_the_level_below_it() {
        assert_eq!(node(0, 70_000).tile_range(), (0, 70_000..70_001));
        assert_eq!(node(7, 3).tile_range(), (0, 384..512));
        assert_eq!(node(8, 3).tile_range(), (1, 3..4));
        assert_eq!(node(10, 5).tile_range(), (1, 20..24));
        assert_eq!(node(63, 0).tile_range(), (7, 0..128));
    }

    #[test]
    fn a_tile_has_the_width_of_its_tree() {
        let tile = |level, index, width| Tile::new(level, index, width).expect("valid");
        assert_eq!(node(7, 3).tile_in(512), Some((tile(0, 1, 256), 128..256)));
        assert_eq!(node(0, 300).tile_in(301), Some((tile(0, 1, 45), 44..45)));
        assert_eq!(node(0, 300).tile_in(300), None);
        assert_eq!(node(10, 0).tile_in(70_000), Some((tile(1, 0, 256), 0..4)));
        assert_eq!(node(8, 272).tile_in(70_000), Some((tile(1, 1, 17), 16..17)));
        assert_eq!(node(8, 273).tile_in(70_000), None);
    }

    #[test]
    fn subtrees_are_the_one_bits_of_the_size() {
        assert_eq!(subtrees_of(0), []);
        assert_eq!(subtrees_of(13), [node(3, 0), node(2, 2), node(0, 12)]);
        assert_eq!(subtrees_of(u64::MAX).len(), 64);
    }
}
