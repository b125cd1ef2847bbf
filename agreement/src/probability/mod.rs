//! Exact probabilities and corrections for many tests: what a statement about a person needs besides a share.
//!
//! | question | here |
//! |---|---|
//! | what is known of a rate | [`Beta`] |
//! | is a count one that chance gives | [`binomial`] |
//! | is a mean below a bound | [`t_test_below`], [`signed_rank_test_below`] |
//! | which of many small p-values count | [`benjamini_hochberg`], [`benjamini_yekutieli`] |
//! | which of many figures lies far out | [`RobustScale`] |
//! | would chance give so long a run | [`run_at_least`] |

pub mod beta;
pub mod binomial;
pub mod false_discovery;
pub mod robust_scale;
pub mod run;
pub mod signed_rank;
pub mod student;

pub use beta::Beta;
pub use false_discovery::{benjamini_hochberg, benjamini_yekutieli};
pub use robust_scale::{RobustScale, median};
pub use run::run_at_least;
pub use signed_rank::signed_rank_test_below;
pub use student::t_test_below;

/// A number for which the figure is not defined: the text names it and its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("out of range: {0}")]
pub struct OutOfRange(pub &'static str);

/// `share` if it is between 0 and 1.
pub(crate) fn checked_share(share: f64, name: &'static str) -> Result<f64, OutOfRange> {
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(OutOfRange(name)) }
}
