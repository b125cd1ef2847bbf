//! Agreement within groups of annotators, and between them.
//!
//! Where annotators declare a group (a community, an age, a place) and judge what concerns it, a group may agree with
//! itself and not with another. An annotator who disagrees with most is then no outlier but someone of the smaller
//! group, so this is to be looked at before anyone is flagged. Examples: HS-Brexit (Akhtar, Basile & Patti 2021) and
//! DICES (Aroyo et al. 2023).

mod across;
mod within;

pub use across::AcrossGroups;
pub use within::WithinGroup;

use std::collections::BTreeMap;

use crate::Undefined;

/// The agreement of each group with itself and of each two groups with each other, as integer counts.
///
/// Adding a unit and retracting it are exact inverses in any order. A unit costs the product of its ratings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupAgreement<G, C> {
    /// Never an empty value, so equal counts are equal.
    within: BTreeMap<G, WithinGroup<C>>,
    /// By the two groups in their order; never an empty value.
    across: BTreeMap<(G, G), AcrossGroups<C>>,
}

impl<G: Ord + Clone, C: Ord + Clone> GroupAgreement<G, C> {
    /// No unit yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { within: BTreeMap::new(), across: BTreeMap::new() }
    }

    /// Counts a unit: the ratings of those who declare a group, each with the group. Others' ratings are left out.
    pub fn add(&mut self, unit: &[(G, C)]) {
        self.count(unit, 1);
    }

    /// Takes a unit back, as it was when it was counted.
    pub fn retract(&mut self, unit: &[(G, C)]) {
        self.count(unit, -1);
    }

    /// Adds the counts of `other`: another shard's.
    pub fn merge(&mut self, other: &Self) {
        for (group, counts) in &other.within {
            let own = self.within.entry(group.clone()).or_default();
            own.merge(counts);
        }
        for (groups, counts) in &other.across {
            let own = self.across.entry(groups.clone()).or_default();
            own.merge(counts);
        }
        self.forget_zeros();
    }

    /// The counts of each group that has two ratings of a unit, in order.
    pub fn within(&self) -> impl Iterator<Item = (&G, &WithinGroup<C>)> {
        self.within.iter()
    }

    /// The counts of each two groups that have rated the same unit, in order, the lesser group first.
    pub fn across(&self) -> impl Iterator<Item = (&(G, G), &AcrossGroups<C>)> {
        self.across.iter()
    }

    /// The agreement of two groups beyond chance, in parts of what their agreement with themselves allows.
    ///
    /// `κ_x / √(α_1 α_2)`: near 1 if two groups are as one, and lower the more they differ from each other than among
    /// themselves. Undefined unless both alphas are positive. It may exceed 1, as both are estimates.
    ///
    /// Source: the normalised form of Wong, Paritosh & Aroyo (2021), after Spearman's correction for attenuation
    /// (1904).
    pub fn normalised(&self, one: &G, other: &G) -> Result<f64, Undefined> {
        let groups = if one <= other { (one.clone(), other.clone()) } else { (other.clone(), one.clone()) };
        let across = self.across.get(&groups).ok_or(Undefined::NoPairableValues)?.kappa()?;
        let alpha = |group| self.within.get(group).ok_or(Undefined::NoPairableValues)?.alpha();
        let (first, second) = (alpha(one)?, alpha(other)?);
        if first > 0.0 && second > 0.0 { Ok(across / (first * second).sqrt()) } else { Err(Undefined::OneCategory) }
    }

    fn count(&mut self, unit: &[(G, C)], sign: i64) {
        let mut by_group: BTreeMap<&G, Vec<&C>> = BTreeMap::new();
        for (group, category) in unit {
            by_group.entry(group).or_default().push(category);
        }
        let groups: Vec<(&G, Vec<&C>)> = by_group.into_iter().collect();
        for (place, (group, ratings)) in groups.iter().enumerate() {
            self.within.entry((*group).clone()).or_default().count(ratings, sign);
            for (other, others) in &groups[place + 1..] {
                let key = ((*group).clone(), (*other).clone());
                self.across.entry(key).or_default().count(ratings, others, sign);
            }
        }
        self.forget_zeros();
    }

    fn forget_zeros(&mut self) {
        self.within.retain(|_, counts| !counts.is_empty());
        self.across.retain(|_, counts| !counts.is_empty());
    }
}

impl<G: Ord + Clone, C: Ord + Clone> Default for GroupAgreement<G, C> {
    fn default() -> Self {
        Self::new()
    }
}
