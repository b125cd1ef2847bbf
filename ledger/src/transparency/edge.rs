//! The unfinished tile of every level: all that a tree of tiles needs to grow.

use stele_tlog::{Frontier, Hash, fold, subtrees_of};

/// How many hashes make a tile, and with it one hash of the level above.
pub(crate) const TILE: usize = 256;

/// The right edge of a tree of tiles.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge {
    size: u64,
    /// From the leaves up, fewer than [`TILE`] hashes each.
    levels: Vec<Vec<Hash>>,
}

/// The root of a subtree that has just become complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CompleteNode {
    /// It has 256^level leaves.
    pub(crate) level: u8,
    /// How many of its level are to the left of it.
    pub(crate) index: u64,
    pub(crate) hash: Hash,
}

impl Edge {
    /// The edge of a tree of `size` leaves, given the last hashes of every level from the leaves up: as many as are
    /// left over when the level is cut into tiles.
    pub(crate) const fn new(size: u64, levels: Vec<Vec<Hash>>) -> Self {
        Self { size, levels }
    }

    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf, and tells what became complete with it.
    pub(crate) fn push(&mut self, leaf: Hash, mut complete: impl FnMut(CompleteNode)) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0_u8.. {
            if self.levels.len() == usize::from(level) {
                self.levels.push(Vec::with_capacity(TILE));
            }
            let tile = &mut self.levels[usize::from(level)];
            tile.push(hash);
            if tile.len() < TILE {
                return;
            }
            hash = fold(tile);
            tile.clear();
            let index = (self.size >> (8 * (u32::from(level) + 1))) - 1;
            complete(CompleteNode { level: level + 1, index, hash });
        }
    }

    /// The root of the whole tree; `None` if the hashes that the edge was made with can't be those of its size.
    pub(crate) fn root(&self) -> Option<Hash> {
        let mut subtrees = Vec::new();
        for node in subtrees_of(self.size) {
            let (level, hashes) = node.tile_range();
            let tile = self.levels.get(usize::from(level))?;
            let tile_start = (self.size >> (8 * u32::from(level))) & !(TILE as u64 - 1);
            let place = |hash: u64| usize::try_from(hash.checked_sub(tile_start)?).ok();
            subtrees.extend(fold(tile.get(place(hashes.start)?..place(hashes.end)?)?));
        }
        Frontier::from_bytes(self.size, &subtrees).map(|frontier| frontier.root())
    }
}

#[cfg(test)]
mod tests {
    use stele_tlog::hash_leaf;

    use super::*;

    #[test]
    fn the_edge_has_the_root_of_the_frontier() {
        let (mut edge, mut frontier) = (Edge::default(), Frontier::default());
        assert_eq!(edge.root(), Some(frontier.root()));
        let mut complete = Vec::new();
        for number in 0..66_000_u32 {
            let leaf = hash_leaf(&number.to_be_bytes());
            edge.push(leaf, |node| complete.push((node.level, node.index)));
            frontier.push(leaf);
            if number % 97 == 0 || number > 65_500 {
                assert_eq!(edge.root(), Some(frontier.root()), "{number}");
            }
        }
        assert_eq!(complete[..3], [(1, 0), (1, 1), (1, 2)]);
        assert_eq!(complete.iter().filter(|(level, _)| *level == 2).collect::<Vec<_>>(), [&(2, 0)]);
        assert_eq!(complete.len(), 257 + 1);
    }

    #[test]
    fn an_edge_of_the_wrong_hashes_has_no_root() {
        assert_eq!(Edge::new(257, vec![vec![[0; 32]]]).root(), None);
        assert_eq!(Edge::new(2, vec![vec![[0; 32]]]).root(), None);
    }
}
