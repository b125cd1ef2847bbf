//! The thresholds of the rules.

use crate::probability::{OutOfRange, checked_share};

/// Which rate is too low.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Floor {
    /// So much below the median of the annotators' posterior means, 0 to 1.
    BelowMedian(f64),
    /// A given rate, 0 to 1.
    At(f64),
}

/// When annotators are flagged; the default is what the fields say.
///
/// - **Rates** (agreement with others, gold, consistency): the posterior probability that the rate is below its floor
///   is more than `certainty`. Any number of answers is enough, because few say little in the posterior.
/// - **Position bias**: the exact p-value, adjusted over annotators, is at most `discovery_rate`, and the left share
///   is at least `side_distance` from ½. Without that floor a bias that matters to nobody is flagged if only there
///   are enough answers.
/// - **Straight-lining** and **long runs**: at least `fewest` answers, a modal share above `modal_share`, or a run of
///   at least `run_share` of all answers; and the adjusted p-value is at most `discovery_rate`.
/// - **Leniency**: at least `fewest` ratings, and a mean residual further than `robust_z` from the pool's median.
/// - **Speed**: at least `fewest` timed answers, a log median duration further than `robust_z` *below* the pool's
///   median, *and* low agreement. On its own speed says nothing of quality.
/// - **Haste**: at least `fewest` timed answers, and at least `hasty_share` of them hasty (see
///   [`Pace`](crate::annotator::Pace)).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// The floor of the agreement with others; .10 below the median.
    pub agreement: Floor,
    /// The floor of the rate of right answers to gold tasks; .10 below the median.
    pub gold: Floor,
    /// The floor of the rate of repeats that were answered as before; .10 below the median.
    pub consistency: Floor,
    /// The posterior probability above which a rate is called low; .95.
    pub certainty: f64,
    /// The false discovery rate over the annotators of a question; .05.
    pub discovery_rate: f64,
    /// The least distance of the left share from ½, 0 to ½; .15.
    pub side_distance: f64,
    /// The share that the most frequent answer must exceed, 0 to 1; .9.
    pub modal_share: f64,
    /// The least share of all answers in the longest run, 0 to 1; ½.
    pub run_share: f64,
    /// The fewest answers for a statement on their kind or size; 20.
    pub fewest: u64,
    /// The distance from the median in robust standard deviations that must be exceeded, more than 0; 3.5.
    pub robust_z: f64,
    /// The least share of hasty answers, above 0 to 1; ¼.
    pub hasty_share: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            agreement: Floor::BelowMedian(0.1),
            gold: Floor::BelowMedian(0.1),
            consistency: Floor::BelowMedian(0.1),
            certainty: 0.95,
            discovery_rate: 0.05,
            side_distance: 0.15,
            modal_share: 0.9,
            run_share: 0.5,
            fewest: 20,
            robust_z: 3.5,
            hasty_share: 0.25,
        }
    }
}

impl Rules {
    pub(super) fn checked(&self) -> Result<&Self, OutOfRange> {
        for Floor::BelowMedian(share) | Floor::At(share) in [self.agreement, self.gold, self.consistency] {
            checked_share(share, "the floor of a rate is between 0 and 1")?;
        }
        let shares = [self.certainty, self.discovery_rate, self.modal_share, self.run_share, self.hasty_share];
        for share in shares {
            checked_share(share, "a threshold of a probability or share is between 0 and 1")?;
        }
        checked_share(2.0 * self.side_distance, "a share lies between 0 and a half from a half")?;
        if self.robust_z > 0.0 && self.robust_z.is_finite() && self.hasty_share > 0.0 {
            Ok(self)
        } else {
            Err(OutOfRange("a distance in standard deviations and a share of hasty answers are more than 0"))
        }
    }
}
