//! Proofs about the Merkle tree.

use async_graphql::SimpleObject;

use crate::graphql::position::PositionScalar;

/// Proof that an event is in the tree of a size (RFC 9162 §2.1.3). All hashes are in hexadecimal.
#[derive(SimpleObject)]
#[graphql(name = "InclusionProof")]
pub(in crate::graphql) struct InclusionProofObject {
    /// The event's position. The index of its leaf is one less: RFC 9162 counts from 0.
    position: PositionScalar,
    /// The size of the tree.
    size: PositionScalar,
    /// The event's leaf hash.
    leaf_hash: String,
    /// The hashes that lead from the leaf to the root, from the leaf up.
    hashes: Vec<String>,
}

impl From<stele_ledger::InclusionProof> for InclusionProofObject {
    fn from(proof: stele_ledger::InclusionProof) -> Self {
        Self {
            position: PositionScalar(proof.position),
            size: PositionScalar(proof.size.into()),
            leaf_hash: hex::encode(proof.leaf),
            hashes: proof.hashes.iter().map(hex::encode).collect(),
        }
    }
}

/// Proof that a tree has grown from a smaller one by appending alone (RFC 9162 §2.1.4).
#[derive(SimpleObject)]
#[graphql(name = "ConsistencyProof")]
pub(in crate::graphql) struct ConsistencyProofObject {
    /// The size of the smaller tree.
    old_size: PositionScalar,
    /// The size of the larger one.
    new_size: PositionScalar,
    /// The hashes that lead to both roots, in hexadecimal.
    hashes: Vec<String>,
}

impl From<stele_ledger::ConsistencyProof> for ConsistencyProofObject {
    fn from(proof: stele_ledger::ConsistencyProof) -> Self {
        Self {
            old_size: PositionScalar(proof.old_size.into()),
            new_size: PositionScalar(proof.new_size.into()),
            hashes: proof.hashes.iter().map(hex::encode).collect(),
        }
    }
}
