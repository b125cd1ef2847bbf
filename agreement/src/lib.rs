//! How far annotators agree, from integer counts that can be taken back exactly.
//!
//! A statistic over a ledger changes with every answer, revision and withdrawal. A running floating-point sum
//! would then depend on the order of events and drift; so what is kept is integers only, an event adds and
//! subtracts them exactly, and the division happens when a figure is read. Any history with the same final
//! ratings gives the same bits.
//!
//! | concept | here |
//! |---|---|
//! | the ratings of one unit (task) | [`Unit`] |
//! | what all units add up to, with units of different `m` apart | [`Coincidences`], cell by [`Cell`] |
//! | Krippendorff's alpha for nominal data | [`nominal_alpha`] |
//! | percent agreement, overall and of two annotators | [`observed_agreement`], [`PairCount`] |
//! | the true categories behind the ratings | [`consensus`] |
//! | strengths of items that were compared in pairs | [`preference`] |
//! | what can be said of an annotator: rates, sides, habits, flags | [`annotator`] |
//! | agreement within and across groups of annotators | [`group`] |
//! | whether a model may stand in for annotators | [`stand_in`] |
//! | exact tails, corrections for many tests, robust scales | [`probability`] |
//!
//! ```
//! use stele_agreement::{Coincidences, Unit, nominal_alpha};
//!
//! let mut first: Unit<&str> = ["left", "left", "tie"].into_iter().collect();
//! let second: Unit<&str> = ["right", "right"].into_iter().collect();
//! let mut counts = Coincidences::new();
//! counts.add(&first);
//! counts.add(&second);
//!
//! // The third annotator revises "tie" to "left".
//! let before = first.clone();
//! first.remove(&"tie")?;
//! first.add(&"left");
//! counts.merge(&Coincidences::delta(&before, &first));
//! assert_eq!(nominal_alpha(&counts), Ok(1.0));
//! # Ok::<(), stele_agreement::NotCounted>(())
//! ```
//!
//! Sources: Krippendorff, *Content Analysis* (2nd edition 2004; chapter 12 of the 4th, 2018); Hayes & Krippendorff,
//! "Answering the call for a standard reliability measure for coding data", *Communication Methods and Measures*
//! 1(1), 2007. Their notation is used throughout: a unit `u` has `m_u` ratings, `n_uc` of them of category `c`; its
//! pairs give the coincidences `o_ck`, whose rows add up to `n_c` and these to `n`.

pub mod alpha;
pub mod annotator;
pub mod coincidence;
pub mod consensus;
pub mod crossed;
pub mod group;
pub mod icc;
pub mod interval;
pub mod kappa;
pub mod kendall;
mod log_product;
pub mod overlap;
mod pairable;
pub mod percent;
pub mod preference;
pub mod probability;
mod range;
pub mod reliability_data;
pub mod stand_in;
mod sum;
pub mod undefined;
pub mod unit;
pub mod value;

pub use alpha::{Level, alpha, nominal_alpha};
pub use coincidence::Coincidences;
pub use crossed::{CrossedRatings, NotCrossed};
pub use interval::{Confidence, Estimate, Interval};
pub use percent::{PairCount, observed_agreement};
pub use reliability_data::ReliabilityData;
pub use undefined::Undefined;
pub use unit::{Cell, NotCounted, Unit};
pub use value::{NotAValue, Value};
