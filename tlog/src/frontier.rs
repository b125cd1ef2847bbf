//! The right edge of a growing Merkle tree (RFC 6962 §2.1).

use crate::hash::{Hash, empty_root, hash_children, hash_subtrees};

/// The right edge of a tree: the roots of its perfect subtrees, largest first. All that appending needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    subtrees: Vec<Hash>,
}

impl Frontier {
    /// Takes a stored frontier up again; `None` if it can't belong to a tree of that size.
    #[must_use]
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let (subtrees, rest) = bytes.as_chunks::<32>();
        let fits = rest.is_empty() && subtrees.len() == size.count_ones() as usize;
        fits.then(|| Self { size, subtrees: subtrees.to_vec() })
    }

    /// The frontier as stored: 32 bytes a subtree, largest first.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.subtrees.concat()
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf, given its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut node = leaf;
        // every trailing one bit of the size is a perfect subtree that the new leaf completes
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                node = hash_children(&left, &node);
            }
        }
        self.subtrees.push(node);
        self.size += 1;
    }

    /// The root of the whole tree; that of the empty tree is the hash of the empty string.
    #[must_use]
    pub fn root(&self) -> Hash {
        hash_subtrees(&self.subtrees).unwrap_or_else(empty_root)
    }
}

impl Extend<Hash> for Frontier {
    fn extend<I: IntoIterator<Item = Hash>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

impl FromIterator<Hash> for Frontier {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut frontier = Self::default();
        frontier.extend(leaves);
        frontier
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hash::hash_leaf;

    /// The definition of RFC 6962 §2.1, word for word and slow.
    fn tree_hash(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let split = leaves.len().next_power_of_two() / 2;
                hash_children(&tree_hash(&leaves[..split]), &tree_hash(&leaves[split..]))
            }
        }
    }

    #[test]
    fn known_roots() {
        // the test vectors of the certificate-transparency reference implementation
        let leaves: [&[u8]; 3] = [b"", b"\x00", b"\x10"];
        let mut tree = Frontier::default();
        assert_eq!(hex::encode(tree.root()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        tree.push(hash_leaf(leaves[0]));
        assert_eq!(hex::encode(tree.root()), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        tree.push(hash_leaf(leaves[1]));
        assert_eq!(hex::encode(tree.root()), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
        tree.push(hash_leaf(leaves[2]));
        assert_eq!(hex::encode(tree.root()), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
    }

    proptest! {
        #[test]
        fn the_frontier_has_the_root_of_the_definition(leaves in proptest::collection::vec(any::<[u8; 32]>(), 0..200)) {
            let mut frontier = Frontier::default();
            for leaf in &leaves {
                frontier.push(*leaf);
                let stored = Frontier::from_bytes(frontier.size(), &frontier.to_bytes());
                prop_assert_eq!(stored.as_ref(), Some(&frontier));
            }
            prop_assert_eq!(frontier.root(), tree_hash(&leaves));
        }
    }
}
