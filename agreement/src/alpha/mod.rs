//! Krippendorff's alpha: 1 where annotators agree, 0 where they might as well have drawn lots.
//!
//! `1 − (n − 1) Σ o_ck δ_ck / Σ n_c n_k δ_ck`, where `δ` says how far apart two categories are: that is all that the
//! levels of measurement differ in. Units may have any number of ratings; those with one are left out. At most 1.
//!
//! Undefined without two ratings of one unit, and where all pairable values are the same: nothing could then have
//! differed by chance.
//!
//! Source: Krippendorff, *Content Analysis* (2018), chapter 12; Hayes & Krippendorff (2007).

mod interval;
mod nominal;
mod ordinal;
mod ratio;

pub use self::{interval::interval, nominal::nominal, ordinal::ordinal, ratio::ratio};
use crate::{ReliabilityData, Undefined, Value};

/// What may be said of two ratings: the level of measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// They are the same or not: [`nominal`].
    Nominal,
    /// One is above the other, but by no amount: [`ordinal`].
    Ordinal,
    /// One is above the other by an amount: [`interval`].
    Interval,
    /// One is so many times the other; there is a true zero: [`ratio`].
    Ratio,
}

/// Krippendorff's alpha of numbers, at a level of measurement.
///
/// Categories that are no numbers have [`nominal`] and, if their `Ord` means something, [`ordinal`].
pub fn alpha(data: &ReliabilityData<Value>, level: Level) -> Result<f64, Undefined> {
    match level {
        Level::Nominal => nominal(data),
        Level::Ordinal => ordinal(data),
        Level::Interval => interval(data),
        Level::Ratio => ratio(data),
    }
}
