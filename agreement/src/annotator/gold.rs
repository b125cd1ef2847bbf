//! Answers to gold tasks, whose right answer is known.

use super::{NoFigure, Observed, Tally};

/// Whether a gold task was answered as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GoldAnswer {
    /// Not the known answer.
    Wrong,
    /// The known answer.
    Right,
}

/// How an annotator answered gold tasks.
pub type Gold = Tally<GoldAnswer>;

impl Tally<GoldAnswer> {
    /// The right answers of all answers to gold tasks.
    pub fn observed(&self) -> Result<Observed, NoFigure> {
        let trials = self.total()? as f64;
        Observed::new(self.of(&GoldAnswer::Right) as f64, trials).map_err(|_| NoFigure::Impossible)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_answers_are_successes() {
        let counts: Gold = [GoldAnswer::Right, GoldAnswer::Wrong, GoldAnswer::Right].into_iter().collect();
        assert_eq!(counts.observed().expect("counted"), Observed::new(2.0, 3.0).expect("a rate"));
        assert_eq!(Gold::new().observed(), Err(NoFigure::NothingCounted));
        assert_eq!(Gold::from_rows([(GoldAnswer::Wrong, -1)]).observed(), Err(NoFigure::Impossible));
    }
}
