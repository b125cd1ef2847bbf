//! Proofs that a tree has grown from a smaller one (RFC 9162 §2.1.4, RFC 6962 §2.1.2).
//!
//! The RFCs leave the cases open that need no hashes, so the proof is empty: a tree has grown from the empty one, and
//! from itself.

use super::{
    ProofError,
    climb::{Climb, Side},
    plan::{ProofPlan, descend},
};
use crate::hash::{Hash, empty_root, hash_children};

/// How to prove that the first `old` leaves of a tree of `new` leaves are those of its predecessor.
pub fn consistency_plan(old: u64, new: u64) -> Result<ProofPlan, ProofError> {
    has_grown(old, new)?;
    let Some(last_old) = old.checked_sub(1) else { return Ok(ProofPlan::default()) };
    let (mut passed, here) = descend(new, last_old, |here| here.end == old);
    // a subtree that is the whole old tree is known by the old root
    if here.start > 0 {
        passed.push(here);
    }
    Ok(ProofPlan::over(passed.into_iter().rev()))
}

/// Checks that the tree of `new_size` leaves and `new_root` begins with the leaves of the old one (RFC 9162 §2.1.4.2).
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    has_grown(old_size, new_size)?;
    if old_size == 0 || old_size == new_size {
        return verify_trivial(old_size, old_root, new_size, new_root, proof);
    }
    let (start, path) = if old_size.is_power_of_two() {
        (old_root, proof)
    } else {
        proof.split_first().ok_or(ProofError::WrongLength)?
    };
    let roots = climb_both(Climb::from_subtree(old_size - 1, new_size), start, path)?;
    if roots == (*old_root, *new_root) { Ok(()) } else { Err(ProofError::WrongRoot) }
}

/// The old and the new root to which a path leads.
fn climb_both(mut climb: Climb, start: &Hash, path: &[Hash]) -> Result<(Hash, Hash), ProofError> {
    let (mut old, mut new) = (*start, *start);
    for hash in path {
        match climb.up().ok_or(ProofError::WrongLength)? {
            Side::Left => (old, new) = (hash_children(hash, &old), hash_children(hash, &new)),
            // the old tree ended before it
            Side::Right => new = hash_children(&new, hash),
        }
    }
    if climb.at_root() { Ok((old, new)) } else { Err(ProofError::WrongLength) }
}

fn verify_trivial(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if !proof.is_empty() {
        return Err(ProofError::WrongLength);
    }
    let empty = old_size > 0 || *old_root == empty_root();
    let same = old_size < new_size || old_root == new_root;
    if empty && same { Ok(()) } else { Err(ProofError::WrongRoot) }
}

const fn has_grown(old: u64, new: u64) -> Result<(), ProofError> {
    if old <= new { Ok(()) } else { Err(ProofError::Shrunk { old, new }) }
}
