//! What one can defend to say about an annotator.
//!
//! Of each annotator and question a few integer counts are kept. Each event adds to them or takes from them, so the
//! counts are those of the answers that stand, whatever came between; figures are made of them when they are read.
//!
//! | question about an annotator | counts | figure |
//! |---|---|---|
//! | do others agree? | [`LeaveOneOut`] | rate, posterior |
//! | are gold tasks answered rightly? | [`Gold`] | rate, posterior |
//! | is a task answered the same way again? | [`Repeats`] | rate, kappa |
//! | is a side preferred? | [`Position`], [`Swaps`] | exact p-value |
//! | is it always the same answer? | [`Answers`], [`longest_run`] | exact p-value, entropy |
//! | how long does an answer take? | [`Durations`], [`Paces`] | median, share of hasty answers |
//! | are ratings higher than others'? | [`Leniency`] | mean residual |
//! | does it change with time? | a series | [`drift()`] |
//!
//! [`Pool`] says what a rate of few answers is worth, and [`flags`] which annotators a person should look at. A flag
//! is a reason to look, and never one to leave answers out: whole groups may disagree with good reason (see
//! [`crate::group`]).
//!
//! ```
//! use stele_agreement::annotator::{Gold, GoldAnswer, NoFigure, Pool, Tally};
//!
//! let gold = |right, wrong| Gold::from_rows([(GoldAnswer::Right, right), (GoldAnswer::Wrong, wrong)]);
//! let counts = [gold(90, 10), gold(85, 15), gold(1, 2), gold(30, 70)];
//! let rates: Vec<_> = counts.iter().map(Tally::<GoldAnswer>::observed).collect::<Result<_, NoFigure>>()?;
//! let pool = Pool::of(&rates);
//!
//! // A third right of three answers says little, and of a hundred much.
//! assert!(pool.posterior(rates[2])?.below(0.6) < 0.95);
//! assert!(pool.posterior(rates[3])?.below(0.6) > 0.95);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod drift;
pub mod duration;
pub mod entropy;
pub mod flag;
pub mod gold;
pub mod leave_one_out;
pub mod leniency;
pub mod pace;
pub mod position;
pub mod rate;
pub mod repeats;
pub mod straight_line;
pub mod tally;

pub use drift::{Chart, Drift, drift};
pub use duration::{Bucket, Durations};
pub use flag::{Clears, Flag, FlagError, Floor, Profile, Rule, Rules, Strength, flags};
pub use gold::{Gold, GoldAnswer};
pub use leave_one_out::{Compared, LeaveOneOut, dispersion};
pub use leniency::{Leniency, Residual};
pub use pace::{Pace, Paces};
pub use position::{Position, Side, Swap, Swaps};
pub use rate::{Observed, Pool, Prior};
pub use repeats::{Repeat, Repeats};
pub use straight_line::{Answers, longest_run};
pub use tally::Tally;

/// Why a figure about an annotator has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoFigure {
    /// Nothing was counted that the figure could be made of.
    #[error("nothing has been counted")]
    NothingCounted,
    /// All that was counted is the same, so that chance alone explains it.
    #[error("all that has been counted is the same")]
    NoVariation,
    /// A count that no answers could have led to: such as a difference of counts, or damaged stored rows.
    #[error("the counts are not those of any answers")]
    Impossible,
}
