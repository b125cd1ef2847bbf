//! Which nodes a proof is made of.

use std::ops::Range;

use super::ProofError;
use crate::{
    hash::{Hash, hash_subtrees},
    node::{Node, subtrees},
};

/// The nodes whose hashes a proof needs, and how it is made of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProofPlan {
    nodes: Vec<Node>,
    /// For each hash of the proof, how many of the nodes are below it: more than one at the tree's ragged edge.
    below: Vec<usize>,
}

impl ProofPlan {
    /// The nodes whose hashes [`assemble`](Self::assemble) takes, in that order.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The proof, from the hashes of the nodes.
    pub fn assemble(&self, hashes: &[Hash]) -> Result<Vec<Hash>, ProofError> {
        if hashes.len() != self.nodes.len() {
            return Err(ProofError::HashesMissing { nodes: self.nodes.len(), hashes: hashes.len() });
        }
        let mut rest = hashes;
        let mut take = |count| {
            let (taken, left) = rest.split_at(count);
            rest = left;
            hash_subtrees(taken)
        };
        Ok(self.below.iter().filter_map(|count| take(*count)).collect())
    }

    /// The plan of a proof with the roots over these leaves.
    pub(super) fn over(roots: impl IntoIterator<Item = Range<u64>>) -> Self {
        let mut plan = Self::default();
        for leaves in roots {
            let before = plan.nodes.len();
            plan.nodes.extend(subtrees(leaves));
            plan.below.push(plan.nodes.len() - before);
        }
        plan
    }
}

/// Goes from the root of a tree of `size` leaves down towards a leaf, until `there`.
///
/// Returns what was passed on the other side at each fork, from the root down, and where it ended.
pub(super) fn descend(size: u64, leaf: u64, there: impl Fn(&Range<u64>) -> bool) -> (Vec<Range<u64>>, Range<u64>) {
    let mut here = 0..size;
    let mut passed = Vec::new();
    while !there(&here) {
        let fork = here.start + largest_power_below(here.end - here.start);
        let (left, right) = (here.start..fork, fork..here.end);
        let (onward, other) = if leaf < fork { (left, right) } else { (right, left) };
        here = onward;
        passed.push(other);
    }
    (passed, here)
}

/// The `k` of RFC 6962 §2.1: the largest power of two below `count`, which is at least 2.
const fn largest_power_below(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}
