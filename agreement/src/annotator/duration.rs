//! How long answers take, in a histogram that doesn't depend on the order of events.

use super::{NoFigure, Tally};
use crate::probability::OutOfRange;

/// The parts that a doubling of the duration is divided into.
const PARTS: u64 = 32;

/// A range of durations: of one millisecond below 64, and then 32 for each doubling.
///
/// So a range is at most 1/32 of its durations wide. All is in integers, so that every machine has the same ranges.
/// Buckets are numbered by rising duration, from 0 to 1,919.
///
/// Source: the design of `HdrHistogram` (Tene).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(u16);

impl Bucket {
    /// The highest number of a bucket.
    const LAST: u16 = 1919;

    /// The range that holds a duration in milliseconds.
    #[must_use]
    pub fn of(milliseconds: u64) -> Self {
        let halvings = milliseconds.max(PARTS).ilog2() - PARTS.ilog2();
        let number = u64::from(halvings) * PARTS + (milliseconds >> halvings);
        Self(u16::try_from(number).unwrap_or(Self::LAST))
    }

    /// The bucket of a stored number, 0 to 1,919.
    pub fn numbered(number: u16) -> Result<Self, OutOfRange> {
        if number <= Self::LAST { Ok(Self(number)) } else { Err(OutOfRange("buckets are numbered 0 to 1919")) }
    }

    /// The number to store.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }

    /// The shortest and the longest duration in the range, in milliseconds.
    #[must_use]
    pub fn bounds(self) -> (u64, u64) {
        let number = u64::from(self.0);
        let halvings = (number / PARTS).saturating_sub(1);
        let shortest = (number - halvings * PARTS) << halvings;
        (shortest, shortest + ((1 << halvings) - 1))
    }

    /// The middle of the range in milliseconds: at most 1/64 away from any duration in it, relative to that.
    #[must_use]
    pub fn middle(self) -> f64 {
        let (shortest, longest) = self.bounds();
        f64::midpoint(shortest as f64, longest as f64)
    }
}

/// How many answers took how long.
pub type Durations = Tally<Bucket>;

impl Tally<Bucket> {
    /// The duration in milliseconds that this share of answers doesn't exceed, to 1/64 of itself.
    ///
    /// The nearest rank: of `n` answers the `⌈share · n⌉`-th by duration, at least the first. `share` is held to 0 to
    /// 1.
    pub fn quantile(&self, share: f64) -> Result<f64, NoFigure> {
        let total = self.total()? as f64;
        let rank = (share * total).ceil().clamp(1.0, total);
        let mut seen = 0.0;
        for (bucket, number) in self.iter() {
            seen += number as f64;
            if seen >= rank {
                return Ok(bucket.middle());
            }
        }
        Err(NoFigure::Impossible)
    }

    /// The median duration in milliseconds, to 1/64 of itself.
    pub fn median(&self) -> Result<f64, NoFigure> {
        self.quantile(0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_is_in_the_range_of_its_bucket() {
        let powers = (0..64).map(|power| 1_u64 << power);
        for duration in powers.flat_map(|power| [power - 1, power, power + power / 3]).chain([u64::MAX]) {
            let (shortest, longest) = Bucket::of(duration).bounds();
            assert!((shortest..=longest).contains(&duration), "{duration}: {shortest} to {longest}");
            assert!(longest - shortest <= shortest / 32, "{shortest} to {longest}");
            assert_eq!(Bucket::numbered(Bucket::of(duration).number()), Ok(Bucket::of(duration)));
        }
    }

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        for number in 0..Bucket::LAST {
            let next = Bucket(number + 1).bounds().0;
            assert_eq!(Bucket(number).bounds().1 + 1, next);
            assert_eq!(Bucket::of(next), Bucket(number + 1));
        }
        assert_eq!(Bucket(Bucket::LAST).bounds().1, u64::MAX);
        assert!(Bucket::numbered(1920).is_err());
    }

    #[test]
    fn quantiles_are_by_nearest_rank() {
        let counts: Durations = [10, 20, 30, 40].map(Bucket::of).into_iter().collect();
        for (share, expected) in [(0.0, 10.0), (0.25, 10.0), (0.26, 20.0), (0.5, 20.0), (0.75, 30.0), (1.0, 40.0)] {
            assert_eq!(counts.quantile(share), Ok(expected), "{share}");
        }
        assert_eq!(Durations::new().median(), Err(NoFigure::NothingCounted));
    }
}
