//! Proofs that the tree has an event, and that it has only grown.

use stele_tlog::{Hash, ProofPlan, consistency_plan, inclusion_plan};

use super::TreeError;
use crate::{Ledger, Position};

/// Proof that an event is in the tree of a size (RFC 9162 §2.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// The event's position; its leaf has the index below, counted from 0.
    pub position: Position,
    /// The size of the tree.
    pub size: u64,
    /// The event's leaf hash.
    pub leaf: Hash,
    /// The hashes that lead from the leaf to the root.
    pub hashes: Vec<Hash>,
}

/// Proof that a tree has grown from a smaller one by appending alone (RFC 9162 §2.1.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// The size of the smaller tree.
    pub old_size: u64,
    /// The size of the larger one.
    pub new_size: u64,
    /// The hashes that lead to both roots.
    pub hashes: Vec<Hash>,
}

impl Ledger {
    /// Proves that the tree of `size` events, at most that of the newest checkpoint, has the event at a position.
    pub async fn inclusion_proof(&self, position: Position, size: u64) -> Result<InclusionProof, TreeError> {
        self.check_published(size).await?;
        // position 0 is before every event: no tree has a leaf for it
        let index = position.get().checked_sub(1).unwrap_or(size);
        let plan = inclusion_plan(index, size)?;
        let leaf = stele_tlog::Node::new(0, index).ok_or(TreeError::Damaged { level: 0, hashes: index..index })?;
        Ok(InclusionProof { position, size, leaf: self.node(leaf).await?, hashes: self.assemble(&plan).await? })
    }

    /// Proves that the tree of `old_size` events is the beginning of that of `new_size`, at most that of the newest
    /// checkpoint.
    pub async fn consistency_proof(&self, old_size: u64, new_size: u64) -> Result<ConsistencyProof, TreeError> {
        self.check_published(new_size).await?;
        let hashes = self.assemble(&consistency_plan(old_size, new_size)?).await?;
        Ok(ConsistencyProof { old_size, new_size, hashes })
    }

    async fn assemble(&self, plan: &ProofPlan) -> Result<Vec<Hash>, TreeError> {
        let mut hashes = Vec::with_capacity(plan.nodes().len());
        for node in plan.nodes() {
            hashes.push(self.node(*node).await?);
        }
        Ok(plan.assemble(&hashes)?)
    }
}
