//! The tree twice: from the leaves as recomputed and as stored. Where they part, a known root tells which to believe.

use stele_tlog::Hash;

use crate::{
    digest::Digested,
    finding::{FindingKind, Findings},
    tree::{NodeAt, Tree},
};

/// A node that has become complete, with the hashes it may have.
pub(crate) struct Complete {
    pub(crate) node: NodeAt,
    pub(crate) computed: Hash,
    pub(crate) stored: Hash,
}

/// What a known root or frontier is equal to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// The tree of the recomputed leaves, which is that of the stored ones but for damaged `leaf_hash` columns.
    Computed,
    /// Only the tree of the stored leaves: other columns have been changed.
    Stored,
    Neither,
    /// Leaves are missing, so there is no tree to compare with.
    Unknown,
}

pub(crate) struct Leaves {
    computed: Tree,
    /// There is one only while it differs from the other.
    stored: Option<Tree>,
    /// Positions whose two leaves differ, since the last known root; as many as may be listed.
    differing: Vec<u64>,
    unlisted: u64,
    complete: Vec<Complete>,
    /// Whether a leaf is missing.
    broken: bool,
}

impl Leaves {
    pub(crate) fn new() -> Self {
        Self {
            computed: Tree::default(),
            stored: None,
            differing: Vec::new(),
            unlisted: 0,
            complete: Vec::new(),
            broken: false,
        }
    }

    /// From now on there is no telling what the roots should be.
    pub(crate) const fn break_off(&mut self) {
        self.broken = true;
    }

    pub(crate) fn push(&mut self, position: u64, event: &Digested, limit: usize) {
        let (computed, stored) = match (event.computed, event.stored) {
            (Some(computed), Some(stored)) => (computed, stored),
            // the column that is at fault has been found already
            (Some(leaf), None) | (None, Some(leaf)) => (leaf, leaf),
            (None, None) => return self.break_off(),
        };
        if computed != stored {
            if self.differing.len() < limit {
                self.differing.push(position);
            } else {
                self.unlisted += 1;
            }
            self.stored.get_or_insert_with(|| self.computed.clone());
        }
        if self.broken {
            return;
        }
        let first = self.complete.len();
        self.computed.push(computed, |node, hash| {
            self.complete.push(Complete { node, computed: hash, stored: hash });
        });
        if let Some(tree) = &mut self.stored {
            let mut place = first;
            tree.push(stored, |_, hash| {
                self.complete[place].stored = hash;
                place += 1;
            });
        }
    }

    /// The nodes that have become complete since this was last asked.
    pub(crate) fn take_complete(&mut self) -> Vec<Complete> {
        std::mem::take(&mut self.complete)
    }

    /// The root of the leaves believed in, unless some are missing.
    pub(crate) fn root(&self) -> Option<Hash> {
        (!self.broken).then(|| self.computed.root())
    }

    /// The frontier of the leaves believed in, and how many these are.
    pub(crate) fn frontier(&self) -> (u64, &[u8]) {
        (self.computed.size(), self.computed.frontier())
    }

    pub(crate) fn compare_root(&mut self, root: &Hash, findings: &mut Findings) -> Agreement {
        self.compare(|tree| tree.root() == *root, findings)
    }

    pub(crate) fn compare_frontier(&mut self, frontier: &[u8], findings: &mut Findings) -> Agreement {
        self.compare(|tree| tree.frontier() == frontier, findings)
    }

    fn compare(&mut self, is: impl Fn(&Tree) -> bool, findings: &mut Findings) -> Agreement {
        if self.broken {
            return Agreement::Unknown;
        }
        if is(&self.computed) {
            self.settle(
                "leaf_hash",
                "it is not the hash of the other columns, which a known root confirms",
                findings,
            );
            self.stored = None;
            return Agreement::Computed;
        }
        if let Some(stored) = self.stored.take_if(|stored| is(stored)) {
            self.settle("leaf", "hashed columns are not what they were when the leaf was made", findings);
            self.computed = stored;
            return Agreement::Stored;
        }
        Agreement::Neither
    }

    /// Reports leaves that differ and that no known root has told more about.
    pub(crate) fn finish(&mut self, findings: &mut Findings) {
        self.settle("leaf", "the leaf hash and the hashed columns don't belong together", findings);
    }

    fn settle(&mut self, field: &'static str, detail: &str, findings: &mut Findings) {
        for position in self.differing.drain(..) {
            findings.tampered(position, field, detail);
        }
        findings.add_unlisted(FindingKind::Tampered, std::mem::take(&mut self.unlisted));
    }
}

#[cfg(test)]
mod tests {
    use stele_tlog::fold;

    use super::*;

    /// Ten leaves, of which the fifth is computed from changed columns.
    fn changed() -> (Leaves, Vec<Hash>, Vec<Hash>) {
        let stored: Vec<Hash> = (0..10).map(|leaf| [leaf; 32]).collect();
        let mut computed = stored.clone();
        computed[4] = [99; 32];
        let mut leaves = Leaves::new();
        for (position, (computed, stored)) in (1..).zip(computed.iter().zip(&stored)) {
            let event = Digested { stored: Some(*stored), ..Digested::sound(*computed) };
            leaves.push(position, &event, 10);
        }
        (leaves, computed, stored)
    }

    fn fields(findings: Findings) -> Vec<(Option<u64>, &'static str)> {
        findings.finish().2.into_iter().map(|finding| (finding.position, finding.field)).collect()
    }

    #[test]
    fn the_root_of_the_stored_leaves_shows_that_other_columns_were_changed() {
        let (mut leaves, _, mut stored) = changed();
        let mut findings = Findings::new(10);
        assert_eq!(leaves.compare_root(&fold(&stored), &mut findings), Agreement::Stored);
        // from here on the stored leaves are those to go by
        leaves.push(11, &Digested::sound([11; 32]), 10);
        stored.push([11; 32]);
        assert_eq!(leaves.compare_root(&fold(&stored), &mut findings), Agreement::Computed);
        assert_eq!(fields(findings), [(Some(5), "leaf")]);
    }

    #[test]
    fn the_root_of_the_computed_leaves_shows_that_the_leaf_was_changed() {
        let (mut leaves, computed, _) = changed();
        let mut findings = Findings::new(10);
        assert_eq!(leaves.compare_root(&fold(&computed), &mut findings), Agreement::Computed);
        assert_eq!(fields(findings), [(Some(5), "leaf_hash")]);
    }

    #[test]
    fn another_root_leaves_it_open() {
        let (mut leaves, ..) = changed();
        let mut findings = Findings::new(10);
        assert_eq!(leaves.compare_root(&[0; 32], &mut findings), Agreement::Neither);
        leaves.finish(&mut findings);
        assert_eq!(fields(findings), [(Some(5), "leaf")]);
    }
}
