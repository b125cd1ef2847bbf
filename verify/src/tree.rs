//! The Merkle tree, grown leaf by leaf, with the nodes that a tiled log keeps (RFC 6962 §2.1, C2SP tlog-tiles).

use stele_tlog::{Hash, empty_root, hash_children};

/// How many heights of the tree one level of tiles spans.
const HEIGHTS_A_LEVEL: u32 = 8;

/// A complete subtree of 256^level leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NodeAt {
    pub(crate) level: i32,
    pub(crate) index: u64,
}

impl NodeAt {
    /// The positions of its first and last event.
    pub(crate) const fn positions(self) -> (u64, u64) {
        let height = self.level.cast_unsigned() * HEIGHTS_A_LEVEL;
        ((self.index << height) + 1, (self.index + 1) << height)
    }
}

/// The perfect subtrees of a growing tree, largest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    size: u64,
    subtrees: Vec<Hash>,
}

impl Tree {
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf and tells which nodes have become complete with it, the lowest first.
    pub(crate) fn push(&mut self, leaf: Hash, mut complete: impl FnMut(NodeAt, Hash)) {
        let mut node = leaf;
        for height in 1..=self.size.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                node = hash_children(&left, &node);
            }
            if height % HEIGHTS_A_LEVEL == 0 {
                let level = (height / HEIGHTS_A_LEVEL).cast_signed();
                complete(NodeAt { level, index: self.size >> height }, node);
            }
        }
        self.subtrees.push(node);
        self.size += 1;
    }

    pub(crate) fn root(&self) -> Hash {
        let right_to_left = self.subtrees.iter().rev().copied();
        right_to_left.reduce(|right, left| hash_children(&left, &right)).unwrap_or_else(empty_root)
    }

    /// The roots of the perfect subtrees, as a ledger's head stores them.
    pub(crate) fn frontier(&self) -> &[u8] {
        self.subtrees.as_flattened()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use stele_tlog::{Frontier, fold};

    use super::*;

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|leaf| stele_tlog::hash_leaf(&leaf.to_be_bytes())).collect()
    }

    #[test]
    fn a_node_becomes_complete_with_its_last_leaf() {
        let leaves = leaves(65_537);
        let mut tree = Tree::default();
        let mut nodes = BTreeMap::new();
        for (size, leaf) in (1..).zip(&leaves) {
            tree.push(*leaf, |node, hash| {
                assert_eq!(node.positions().1, size);
                assert_eq!(nodes.insert(node, hash), None);
            });
        }
        assert_eq!(nodes.len(), 256 + 1);
        for (node, hash) in nodes {
            let (first, last) = node.positions();
            let [before, last_place] = [first - 1, last].map(|place| usize::try_from(place).expect("small"));
            assert_eq!(last - first + 1, 256_u64.pow(node.level.cast_unsigned()));
            assert_eq!(hash, fold(&leaves[before..last_place]));
        }
    }

    proptest! {
        #[test]
        fn it_has_the_root_and_frontier_of_another_implementation(size in 0..600_u64) {
            let leaves = leaves(size);
            let mut tree = Tree::default();
            leaves.iter().for_each(|leaf| tree.push(*leaf, |_, _| {}));
            let frontier: Frontier = leaves.into_iter().collect();
            prop_assert_eq!((tree.size(), tree.root()), (size, frontier.root()));
            prop_assert_eq!(tree.frontier(), frontier.to_bytes());
        }
    }
}
