//! Majority vote: the category that most labels of an item name.

use super::{Labels, Posterior, labels::count_votes};

/// What becomes of an item for which several categories have the most votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TiePolicy {
    /// It has no majority.
    Undecided,
    /// It goes to the lowest of them. That favours low categories, so that shares of categories are biased.
    Lowest,
    /// It goes to the one of them that was given first, in the order in which [`Labels::new`] took the labels.
    First,
    /// It goes to one of them by lot: for the same seed, item and categories always the same one.
    Lot {
        /// What the lot is drawn from.
        seed: u64,
    },
}

/// The category of each item that has most votes, or nothing for an undecided item.
///
/// It is a plurality: more votes than any other category has, and not more than half of all.
#[must_use]
pub fn majority(labels: &Labels, policy: TiePolicy) -> Vec<Option<u32>> {
    let mut votes = vec![0; labels.classes()];
    let winner = |(item, (cells, &leader)): (u64, (&[u32], &u32))| {
        count_votes(&mut votes, cells);
        let most = votes.iter().copied().max()?;
        let mut winners = (0..).zip(&votes).filter(|&(_, &votes)| votes == most).map(|(category, _)| category);
        let tied = votes.iter().filter(|&&votes| votes == most).count();
        match policy {
            TiePolicy::Undecided if tied > 1 => None,
            TiePolicy::Undecided | TiePolicy::Lowest => winners.next(),
            TiePolicy::First => Some(leader),
            TiePolicy::Lot { seed } => winners.nth(lot(seed, item, tied)),
        }
    };
    (0..).zip(labels.cells_by_item().zip(labels.leaders())).map(winner).collect()
}

/// The share of each item's votes that each category has.
#[must_use]
pub fn vote_shares(labels: &Labels) -> Posterior {
    let mut votes = vec![0; labels.classes()];
    let mut shares = Vec::with_capacity(labels.shape().items as usize * votes.len());
    for cells in labels.cells_by_item() {
        count_votes(&mut votes, cells);
        shares.extend(votes.iter().map(|&votes| f64::from(votes) / cells.len() as f64));
    }
    Posterior::new(labels.classes().max(1), shares)
}

/// A number below `tied`, from a hash of seed and item: the output function of `SplitMix64` (Steele, Lea & Flood 2014).
fn lot(seed: u64, item: u64, tied: usize) -> usize {
    let mut hash = seed.wrapping_add((item + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^= hash >> 31;
    // The high half of the product is uniform below `tied`, but for less than one part in 2³².
    let drawn = (u128::from(hash) * tied as u128) >> 64;
    usize::try_from(drawn).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consensus::{Label, Shape};

    fn labels(items: &[&[u32]]) -> Labels {
        let rows: Vec<Label> = (0..)
            .zip(items)
            .flat_map(|(item, row)| {
                (0..).zip(*row).map(move |(annotator, &category)| Label { item, annotator, category })
            })
            .collect();
        let shape = Shape { items: u32::try_from(items.len()).expect("few"), annotators: 4, categories: 3 };
        Labels::new(shape, &rows).expect("inside")
    }

    #[test]
    fn a_plurality_wins_and_a_tie_follows_the_policy() {
        let labels = labels(&[&[2, 1, 2, 0], &[2, 1, 1, 2], &[0]]);
        assert_eq!(majority(&labels, TiePolicy::Undecided), [Some(2), None, Some(0)]);
        assert_eq!(majority(&labels, TiePolicy::Lowest), [Some(2), Some(1), Some(0)]);
        assert_eq!(majority(&labels, TiePolicy::First), [Some(2), Some(2), Some(0)]);
        assert_eq!(vote_shares(&labels).of(0), Some(&[0.25, 0.25, 0.5][..]));
    }

    #[test]
    fn lots_fall_evenly_and_the_same_way_each_time() {
        let labels = labels(&vec![&[1, 2][..]; 4_000]);
        let drawn = majority(&labels, TiePolicy::Lot { seed: 7 });
        let low = drawn.iter().filter(|&&category| category == Some(1)).count();
        assert!(drawn.iter().all(|&category| category == Some(1) || category == Some(2)));
        // Five standard deviations of a fair coin, each √4000 / 2.
        assert!(low.abs_diff(2_000) < 158, "{low}");
        assert_eq!(drawn, majority(&labels, TiePolicy::Lot { seed: 7 }));
        assert_ne!(drawn, majority(&labels, TiePolicy::Lot { seed: 8 }));
    }
}
