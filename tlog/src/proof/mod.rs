//! Proofs about a Merkle tree: that it has a leaf, and that it has grown from a smaller one.
//!
//! Making one is pure: a [`ProofPlan`] names the nodes whose hashes it needs, and makes the proof of them. No proof
//! says how large its tree is; sizes and roots come in pairs, from a [checkpoint](crate::checkpoint).

mod climb;
mod consistency;
mod inclusion;
mod plan;

pub use consistency::{consistency_plan, verify_consistency};
pub use inclusion::{inclusion_plan, verify_inclusion};
pub use plan::ProofPlan;

/// Why there is no such proof, or it proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The tree is too small to have the leaf.
    #[error("a tree of {size} leaves has no leaf {index}")]
    NoSuchLeaf {
        /// The position of the leaf, counted from 0.
        index: u64,
        /// How many leaves the tree has.
        size: u64,
    },
    /// The older tree is the larger one.
    #[error("a tree of {old} leaves can't have grown to {new}")]
    Shrunk {
        /// How many leaves the older tree has.
        old: u64,
        /// How many the newer one has.
        new: u64,
    },
    /// A plan was given more or fewer hashes than it has nodes.
    #[error("a proof from {nodes} nodes can't be made of {hashes} hashes")]
    HashesMissing {
        /// How many nodes the plan has.
        nodes: usize,
        /// How many hashes there were.
        hashes: usize,
    },
    /// The proof has more or fewer hashes than one for these sizes.
    #[error("the proof has too few or too many hashes")]
    WrongLength,
    /// The proof leads to another root than the one it is to prove something about.
    #[error("the proof leads to another root")]
    WrongRoot,
}
