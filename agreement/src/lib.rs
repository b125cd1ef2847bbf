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
//! | what all units add up to, whoever rated them | [`ReliabilityData`] |
//! | ratings as numbers | [`Value`] |
//! | Krippendorff's alpha for nominal, ordinal, interval and ratio data | [`alpha`](mod@alpha) |
//! | percent agreement, overall and of two annotators | [`percent`], [`PairCount`] |
//! | Fleiss's kappa, Gwet's AC1 and AC2, Cohen's kappa of two annotators | [`kappa`] |
//! | what everybody has rated, as numbers or as a ranking: ICC, Kendall's W | [`CrossedRatings`], [`icc`], [`kendall`] |
//! | spans and boxes that were marked | [`overlap`] |
//! | confidence intervals, by bootstrap or by jackknife of the units | [`interval`] |
//! | the true categories behind the ratings | [`consensus`] |
//! | strengths of items that were compared in pairs | [`preference`] |
//! | what can be said of an annotator: rates, sides, habits, flags | [`annotator`] |
//! | agreement within and across groups of annotators | [`group`] |
//! | whether a model may stand in for annotators | [`stand_in`] |
//! | exact tails, corrections for many tests, robust scales | [`probability`] |
//!
//! ```
//! use stele_agreement::{ReliabilityData, Unit, alpha};
//!
//! let mut first: Unit<&str> = ["left", "left", "tie"].into_iter().collect();
//! let second: Unit<&str> = ["right", "right"].into_iter().collect();
//! let mut data: ReliabilityData<&str> = [first.clone(), second].into_iter().collect();
//!
//! // The third annotator revises "tie" to "left".
//! let before = first.clone();
//! first.remove(&"tie")?;
//! first.add(&"left");
//! data.merge(&ReliabilityData::delta(&before, &first));
//! assert_eq!(alpha::nominal(&data), Ok(1.0));
//! # Ok::<(), stele_agreement::NotCounted>(())
//! ```
//!
//! Ratings that are numbers are read as such once, and then have four levels of measurement, and intervals:
//!
//! ```
//! use stele_agreement::{Confidence, Level, ReliabilityData, Unit, Value, alpha, interval::bootstrap};
//!
//! let stored = [(["4", "5"], 12), (["2", "2"], 30), (["1", "3"], 7), (["5", "5"], 41)];
//! let data: ReliabilityData<&str> = stored.map(|(ratings, tasks)| (Unit::from_iter(ratings), tasks)).into_iter().collect();
//! let data = data.try_map(|text| text.parse::<Value>())?;
//! let figure = alpha(&data, Level::Ordinal)?;
//! let interval = bootstrap(&data, 2000, [7; 32], alpha::ordinal)?.interval(Confidence::NINETY_FIVE);
//! assert!(interval.low < figure && figure < interval.high);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Sources: Krippendorff, *Content Analysis* (2nd edition 2004; chapter 12 of the 4th, 2018); Hayes & Krippendorff,
//! "Answering the call for a standard reliability measure for coding data", *Communication Methods and Measures*
//! 1(1), 2007. Their notation is used throughout: a unit `u` has `m_u` ratings, `n_uc` of them of category `c`; its
//! pairs give the coincidences `o_ck`, whose rows add up to `n_c` and these to `n`. What else there is names its own.

pub mod alpha;
pub mod annotator;
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

pub use alpha::{Level, alpha};
pub use crossed::{CrossedRatings, NotCrossed};
pub use interval::{Confidence, Estimate, Interval};
pub use percent::PairCount;
pub use reliability_data::ReliabilityData;
pub use undefined::Undefined;
pub use unit::{NotCounted, Unit};
pub use value::{NotAValue, Value};
