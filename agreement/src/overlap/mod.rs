//! Agreement on what was marked: spans of a text, boxes in an image.
//!
//! Annotators mark as many things as they see, so there is no table of categories and no agreement by chance: nearly
//! everything could have been marked and wasn't. What is left of a kappa as that share grows without bound is the
//! F measure of one annotator against the other (Hripcsak & Rothschild, "Agreement, the F-measure, and reliability in
//! information retrieval", *Journal of the American Medical Informatics Association* 12(3), 2005), which is what
//! [`MatchCount::f1`] gives: `2 a / (2 a + b + c)` of `a` marks that both made and `b` and `c` that only one made.
//!
//! 1. Two marks can match if they have the same label and the intersection of what they cover is at least a given share
//!    ([`Threshold`]) of the union (the Jaccard index).
//! 2. Of one unit and two annotators, the marks are matched one to one ([`compare`]): as many as can be, and of such
//!    matchings the one with the greatest sum of overlaps.
//! 3. What matched and what only one has made is counted, as integers that can be taken back ([`MatchCount`]). Over all
//!    units and all pairs of annotators the counts add up ([`compare_all`]), and the figures are of the sums: a unit weighs as
//!    much as was marked in it, and three annotators make three pairs.
//!
//! Two annotators who mark nothing agree, and that counts for nothing.

pub mod match_count;
mod matching;
pub mod region;
pub mod span;
pub mod threshold;

pub use self::{
    match_count::MatchCount,
    matching::{compare, compare_all},
    region::{NotARegion, Region},
    span::{NotASpan, Span},
    threshold::{NotAThreshold, Threshold},
};

/// Something that an annotator marked.
pub trait Mark: Ord {
    /// The share of what both cover in what either covers, 0 to 1: 1 if they cover the same, 0 if they have different labels.
    ///
    /// The same whichever comes first.
    fn overlap(&self, other: &Self) -> f64;
}
