//! The way from a node up to the root, as a verifier goes it.

/// Where a verifier is: the node it has reached and the last one of that height (`fn` and `sn` of RFC 9162 §2.1.3.2).
#[derive(Clone, Copy, Debug)]
pub(super) struct Climb {
    node: u64,
    last: u64,
}

/// On which side of the verifier's node the next hash of a proof is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

impl Climb {
    /// Begins at a leaf of a tree of `size` leaves, which has it.
    pub(super) const fn from_leaf(index: u64, size: u64) -> Self {
        Self { node: index, last: size - 1 }
    }

    /// Begins at the largest perfect subtree that ends with that leaf.
    pub(super) const fn from_subtree(last_leaf: u64, size: u64) -> Self {
        let height = last_leaf.trailing_ones();
        Self { node: last_leaf >> height, last: (size - 1) >> height }
    }

    /// Goes up to the next node that has two children; `None` at the root.
    pub(super) const fn up(&mut self) -> Option<Side> {
        if self.at_root() {
            return None;
        }
        let side = if self.node & 1 == 1 || self.node == self.last { Side::Left } else { Side::Right };
        if matches!(side, Side::Left) {
            // the last node of an odd row has no sibling: it is its own parent until it is on the right of one
            self.shift(self.node.trailing_zeros());
        }
        self.shift(1);
        Some(side)
    }

    pub(super) const fn at_root(&self) -> bool {
        self.last == 0
    }

    const fn shift(&mut self, heights: u32) {
        self.node >>= heights;
        self.last >>= heights;
    }
}
