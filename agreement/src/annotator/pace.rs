//! Whether an answer came sooner than its task can have been read.

use std::num::NonZeroU32;

use super::{NoFigure, Tally};

/// Whether there was time to read what was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pace {
    /// There was.
    Unhurried,
    /// Less than a third of what others took for this task, and less than reading it takes.
    Hasty,
}

impl Pace {
    /// The pace of an answer, from its duration, the median of the unit's answers and the time that reading takes at
    /// least.
    ///
    /// All in milliseconds. Both bounds must be missed: a short duration alone is that of a practised annotator, or
    /// of a task that needs no reading.
    #[must_use]
    pub fn of(duration: u64, unit_median: u64, reading: u64) -> Self {
        let soon = u128::from(duration) * 3 < u128::from(unit_median);
        if soon && duration < reading { Self::Hasty } else { Self::Unhurried }
    }
}

/// The time in milliseconds that so many words take to read at this speed.
///
/// Adults read English silently at 238 words a minute on average (Brysbaert 2019, *Journal of Memory and Language*
/// 109); a floor that only haste falls below supposes a speed well above that.
#[must_use]
pub fn reading_time(words: u32, words_a_minute: NonZeroU32) -> u64 {
    u64::from(words) * 60_000 / u64::from(words_a_minute.get())
}

/// How many answers of an annotator were hasty.
///
/// A unit's median changes with its answers: then what its annotators' answers were before is removed, and what they
/// are now is added.
pub type Paces = Tally<Pace>;

impl Tally<Pace> {
    /// The share of hasty answers among those whose duration is known, 0 to 1.
    pub fn hasty_share(&self) -> Result<f64, NoFigure> {
        Ok(self.of(&Pace::Hasty) as f64 / self.total()? as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn haste_misses_both_bounds() {
        assert_eq!(Pace::of(900, 3_000, 1_000), Pace::Hasty);
        assert_eq!(Pace::of(1_000, 3_000, 2_000), Pace::Unhurried);
        assert_eq!(Pace::of(999, 3_000, 999), Pace::Unhurried);
        assert_eq!(Pace::of(u64::MAX, u64::MAX, u64::MAX), Pace::Unhurried);
    }

    #[test]
    fn reading_takes_its_time() {
        let speed = NonZeroU32::new(300).expect("not zero");
        assert_eq!(reading_time(50, speed), 10_000);
    }

    #[test]
    fn the_share_is_that_of_timed_answers() {
        let paces: Paces = [Pace::Hasty, Pace::Unhurried, Pace::Unhurried, Pace::Unhurried].into_iter().collect();
        assert_eq!(paces.hasty_share(), Ok(0.25));
        assert_eq!(Paces::new().hasty_share(), Err(NoFigure::NothingCounted));
    }
}
