//! Proofs against the definitions of RFC 6962 §2.1, word for word and slow.

use proptest::prelude::*;
use stele_tlog::{
    Hash, Node, ProofError, ProofPlan, consistency_plan, empty_root, hash_children, hash_leaf, inclusion_plan,
    verify_consistency, verify_inclusion,
};

fn split(leaves: &[Hash]) -> usize {
    leaves.len().next_power_of_two() / 2
}

/// `MTH`, RFC 6962 §2.1.
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => hash_children(&root(&leaves[..split(leaves)]), &root(&leaves[split(leaves)..])),
    }
}

/// `PATH`, RFC 6962 §2.1.1.
fn path(m: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves));
    let (mut proof, last) = if m < left.len() { (path(m, left), right) } else { (path(m - left.len(), right), left) };
    proof.push(root(last));
    proof
}

/// `SUBPROOF`, RFC 6962 §2.1.2; `PROOF(m, leaves)` is `subproof(m, leaves, true)`.
fn subproof(m: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if known { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = leaves.split_at(split(leaves));
    let (mut proof, last) = if m <= left.len() {
        (subproof(m, left, known), right)
    } else {
        (subproof(m - left.len(), right, false), left)
    };
    proof.push(root(last));
    proof
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|leaf| hash_leaf(&leaf.to_be_bytes())).collect()
}

fn leaves_of(node: Node, leaves: &[Hash]) -> &[Hash] {
    &leaves[at(node.leaves().start)..at(node.leaves().end)]
}

fn at(position: u64) -> usize {
    usize::try_from(position).expect("a small tree")
}

fn made(plan: &ProofPlan, leaves: &[Hash]) -> Vec<Hash> {
    let hashes: Vec<_> = plan.nodes().iter().map(|node| root(leaves_of(*node, leaves))).collect();
    plan.assemble(&hashes).expect("a hash for every node")
}

fn flip(hash: &mut Hash, bit: usize) {
    hash[bit / 8 % 32] ^= 1 << (bit % 8);
}

/// Everything that differs from a proof by a bit or a hash.
fn spoilt(proof: &[Hash], bit: usize) -> Vec<Vec<Hash>> {
    let mut spoilt = Vec::new();
    for at in 0..proof.len() {
        let mut flipped = proof.to_vec();
        flip(&mut flipped[at], bit);
        let mut dropped = proof.to_vec();
        dropped.remove(at);
        spoilt.extend([flipped, dropped]);
    }
    for at in 0..=proof.len() {
        let mut added = proof.to_vec();
        added.insert(at, [7; 32]);
        spoilt.push(added);
    }
    spoilt
}

fn check_inclusion(index: u64, leaves: &[Hash], bit: usize) {
    let (size, leaf, root) = (leaves.len() as u64, leaves[at(index)], root(leaves));
    let proof = made(&inclusion_plan(index, size).expect("the tree has it"), leaves);
    assert_eq!(proof, path(at(index), leaves), "{index} of {size}");
    assert_eq!(verify_inclusion(&leaf, index, size, &proof, &root), Ok(()), "{index} of {size}");
    for proof in spoilt(&proof, bit) {
        assert!(verify_inclusion(&leaf, index, size, &proof, &root).is_err(), "{index} of {size}");
    }
    let (mut other_leaf, mut other_root) = (leaf, root);
    flip(&mut other_leaf, bit);
    flip(&mut other_root, bit);
    assert_eq!(verify_inclusion(&other_leaf, index, size, &proof, &root), Err(ProofError::WrongRoot));
    assert_eq!(verify_inclusion(&leaf, index, size, &proof, &other_root), Err(ProofError::WrongRoot));
}

fn check_consistency(old: u64, leaves: &[Hash], bit: usize) {
    let (new, old_root, new_root) = (leaves.len() as u64, root(&leaves[..at(old)]), root(leaves));
    let proof = made(&consistency_plan(old, new).expect("grown"), leaves);
    assert_eq!(proof, subproof(at(old), leaves, true), "{old} to {new}");
    assert_eq!(verify_consistency(old, &old_root, new, &new_root, &proof), Ok(()), "{old} to {new}");
    for proof in spoilt(&proof, bit) {
        assert!(verify_consistency(old, &old_root, new, &new_root, &proof).is_err(), "{old} to {new}");
    }
    let (mut other_old, mut other_new) = (old_root, new_root);
    flip(&mut other_old, bit);
    flip(&mut other_new, bit);
    let refused = Err(ProofError::WrongRoot);
    assert_eq!(verify_consistency(old, &other_old, new, &new_root, &proof), refused, "{old} to {new}");
    assert_eq!(verify_consistency(old, &old_root, new, &other_new, &proof), refused, "{old} to {new}");
}

#[test]
fn every_inclusion_proof_of_small_trees() {
    for size in 1..=70 {
        let leaves = leaves(size);
        (0..size).for_each(|index| check_inclusion(index, &leaves, at(index * size)));
    }
}

#[test]
fn every_consistency_proof_of_small_trees() {
    for new in 1..=70 {
        let leaves = leaves(new);
        (1..=new).for_each(|old| check_consistency(old, &leaves, at(old * new)));
    }
}

/// On which side of the way from a leaf up to the root the hashes of `path` are.
fn sides(m: u64, n: u64) -> Vec<bool> {
    if n == 1 {
        return Vec::new();
    }
    let k = n.next_power_of_two() / 2;
    let (mut sides, left) = if m < k { (sides(m, k), false) } else { (sides(m - k, n - k), true) };
    sides.push(left);
    sides
}

/// The same for `subproof`, and whether the first hash is that of a subtree of the old tree.
fn both_sides(m: u64, n: u64, known: bool) -> (bool, Vec<bool>) {
    if m == n {
        return (!known, Vec::new());
    }
    let k = n.next_power_of_two() / 2;
    let ((first, mut sides), left) =
        if m <= k { (both_sides(m, k, known), false) } else { (both_sides(m - k, n - k, false), true) };
    sides.push(left);
    (first, sides)
}

/// A proof does not state its sizes: it holds for others exactly where they hash the same in the same order.
#[test]
fn an_inclusion_proof_holds_for_no_other_place() {
    for size in 1..=20 {
        let leaves = leaves(size);
        for index in 0..size {
            let (leaf, proof, root) = (leaves[at(index)], path(at(index), &leaves), root(&leaves));
            for (other, n) in (1..=40).flat_map(|n| (0..n).map(move |other| (other, n))) {
                let holds = verify_inclusion(&leaf, other, n, &proof, &root).is_ok();
                assert_eq!(holds, sides(other, n) == sides(index, size), "{index} of {size} as {other} of {n}");
                assert!(!holds || n != size || other == index);
            }
        }
    }
}

#[test]
fn a_consistency_proof_holds_for_no_other_sizes() {
    for (old, new) in (2..=20).flat_map(|new| (1..new).map(move |old| (old, new))) {
        let leaves = leaves(new);
        let (proof, old_root, new_root) = (subproof(at(old), &leaves, true), root(&leaves[..at(old)]), root(&leaves));
        for (m, n) in (2..=40).flat_map(|n| (1..n).map(move |m| (m, n))) {
            let holds = verify_consistency(m, &old_root, n, &new_root, &proof).is_ok();
            let same = both_sides(m, n, true) == both_sides(old, new, true);
            assert_eq!(holds, same, "{old} to {new} as {m} to {n}");
            assert!(!holds || n != new || m == old);
        }
    }
}

#[test]
fn a_tree_has_grown_from_the_empty_one_and_from_itself() {
    let (one, two) = (root(&leaves(1)), root(&leaves(2)));
    let check = verify_consistency;
    assert_eq!(consistency_plan(0, 9), Ok(ProofPlan::default()));
    assert_eq!(check(0, &empty_root(), 2, &two, &[]), Ok(()));
    assert_eq!(check(0, &empty_root(), 0, &empty_root(), &[]), Ok(()));
    assert_eq!(check(2, &two, 2, &two, &[]), Ok(()));

    assert_eq!(check(0, &one, 2, &two, &[]), Err(ProofError::WrongRoot));
    assert_eq!(check(0, &empty_root(), 0, &one, &[]), Err(ProofError::WrongRoot));
    assert_eq!(check(0, &one, 0, &one, &[]), Err(ProofError::WrongRoot));
    assert_eq!(check(2, &two, 2, &one, &[]), Err(ProofError::WrongRoot));
    assert_eq!(check(0, &empty_root(), 2, &two, &[one]), Err(ProofError::WrongLength));
    assert_eq!(check(2, &two, 2, &two, &[one]), Err(ProofError::WrongLength));
    assert_eq!(check(1, &one, 2, &two, &[]), Err(ProofError::WrongLength));
    assert_eq!(check(3, &one, 4, &two, &[]), Err(ProofError::WrongLength));
}

#[test]
fn impossible_sizes_are_refused() {
    let absent = |index, size| ProofError::NoSuchLeaf { index, size };
    assert_eq!(inclusion_plan(0, 0), Err(absent(0, 0)));
    assert_eq!(inclusion_plan(7, 7), Err(absent(7, 7)));
    assert_eq!(verify_inclusion(&[0; 32], 0, 0, &[], &empty_root()), Err(absent(0, 0)));
    assert_eq!(verify_inclusion(&[0; 32], 7, 7, &[], &[0; 32]), Err(absent(7, 7)));
    let shrunk = ProofError::Shrunk { old: 2, new: 1 };
    assert_eq!(consistency_plan(2, 1), Err(shrunk));
    assert_eq!(verify_consistency(2, &[0; 32], 1, &[0; 32], &[]), Err(shrunk));
}

#[test]
fn a_plan_takes_one_hash_a_node() {
    let plan = consistency_plan(3, 7).expect("grown");
    let missing = |hashes| Err(ProofError::HashesMissing { nodes: plan.nodes().len(), hashes });
    let count = plan.nodes().len();
    assert_eq!(plan.assemble(&vec![[0; 32]; count - 1]), missing(count - 1));
    assert_eq!(plan.assemble(&vec![[0; 32]; count + 1]), missing(count + 1));
}

/// In trees that no machine holds every perfect subtree of a height has the same hash.
fn uniform(plan: &ProofPlan) -> Vec<Hash> {
    let hash = |height| (0..height).fold([1; 32], |node, _| hash_children(&node, &node));
    let hashes: Vec<_> = plan.nodes().iter().map(|node| hash(node.height())).collect();
    plan.assemble(&hashes).expect("a hash for every node")
}

fn uniform_root(size: u64) -> Hash {
    let nodes = stele_tlog::subtrees_of(size);
    let hash = |height| (0..height).fold([1; 32], |node, _| hash_children(&node, &node));
    let frontier: Vec<_> = nodes.iter().flat_map(|node| hash(node.height())).collect();
    stele_tlog::Frontier::from_bytes(size, &frontier).expect("its nodes").root()
}

fn check_huge(index: u64, old: u64, size: u64) {
    let proof = uniform(&inclusion_plan(index, size).expect("the tree has it"));
    assert_eq!(verify_inclusion(&[1; 32], index, size, &proof, &uniform_root(size)), Ok(()), "{index} of {size}");
    let proof = uniform(&consistency_plan(old, size).expect("grown"));
    let (old_root, root) = (uniform_root(old), uniform_root(size));
    assert_eq!(verify_consistency(old, &old_root, size, &root, &proof), Ok(()), "{old} to {size}");
}

#[test]
fn the_largest_trees_have_proofs() {
    let edges = [1, 2, (1 << 63) - 1, 1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX];
    for size in edges {
        for old in edges.into_iter().filter(|old| *old <= size) {
            check_huge(old - 1, old, size);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn proofs_of_larger_trees(size in 71..3000_u64, index: prop::sample::Index, old: prop::sample::Index, bit in 0..256_usize) {
        let leaves = leaves(size);
        check_inclusion(index.index(at(size)) as u64, &leaves, bit);
        check_consistency(old.index(at(size)) as u64 + 1, &leaves, bit);
    }

    #[test]
    fn proofs_of_huge_trees(size in 1..=u64::MAX, bits in 0..64, index: u64, old: u64) {
        let size = u64::max(size >> bits, 1);
        check_huge(index % size, old % size + 1, size);
    }

    #[test]
    fn no_proof_makes_a_verifier_panic(
        index: u64, size: u64, bits in (0..64, 0..64), proof in prop::collection::vec(any::<Hash>(), 0..140)
    ) {
        let (index, size) = (index >> bits.0, size >> bits.1);
        prop_assert!(verify_inclusion(&[0; 32], index, size, &proof, &[1; 32]).is_err());
        prop_assert!(verify_consistency(index, &[0; 32], size, &[1; 32], &proof).is_err());
    }
}
