//! Proofs that a tree has a leaf (RFC 9162 §2.1.3, RFC 6962 §2.1.1).

use super::{
    ProofError,
    climb::{Climb, Side},
    plan::{ProofPlan, descend},
};
use crate::hash::{Hash, hash_children};

/// How to prove that a tree of `size` leaves has its leaf `index`.
pub fn inclusion_plan(index: u64, size: u64) -> Result<ProofPlan, ProofError> {
    has_leaf(index, size)?;
    let (passed, _) = descend(size, index, |here| here.end - here.start == 1);
    Ok(ProofPlan::over(passed.into_iter().rev()))
}

/// Checks that the tree of this size and root has `leaf` at `index` (RFC 9162 §2.1.3.2).
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> Result<(), ProofError> {
    has_leaf(index, size)?;
    let mut climb = Climb::from_leaf(index, size);
    let mut reached = *leaf;
    for hash in proof {
        reached = match climb.up().ok_or(ProofError::WrongLength)? {
            Side::Left => hash_children(hash, &reached),
            Side::Right => hash_children(&reached, hash),
        };
    }
    if !climb.at_root() {
        return Err(ProofError::WrongLength);
    }
    if reached == *root { Ok(()) } else { Err(ProofError::WrongRoot) }
}

const fn has_leaf(index: u64, size: u64) -> Result<(), ProofError> {
    if index < size { Ok(()) } else { Err(ProofError::NoSuchLeaf { index, size }) }
}
