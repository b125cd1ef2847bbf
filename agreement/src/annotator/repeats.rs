//! Self-consistency: the same content judged again by the same annotator.

use std::collections::BTreeMap;

use super::{NoFigure, Observed, Tally};

/// Two judgements of the same content by one annotator; of more than two, each with the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repeat<C> {
    /// The earlier answer.
    pub first: C,
    /// The later answer.
    pub again: C,
}

/// How an annotator answered what had been answered before.
pub type Repeats<C> = Tally<Repeat<C>>;

impl<C: Ord> Tally<Repeat<C>> {
    /// The repeats that were answered as before, of all.
    pub fn observed(&self) -> Result<Observed, NoFigure> {
        let trials = self.total()? as f64;
        let same = self.iter().filter(|(repeat, _)| repeat.first == repeat.again);
        let same: i128 = same.map(|(_, number)| i128::from(number)).sum();
        Observed::new(same as f64, trials).map_err(|_| NoFigure::Impossible)
    }

    /// Intra-annotator kappa: self-consistency beyond that of someone who draws from the same answers, at most 1.
    ///
    /// `(p_o − p_e) / (1 − p_e)`, where `p_e` is the sum of the squared shares of the answers, first and later
    /// together: one person gave them all, so there is one distribution of answers (Scott 1955), and the figure
    /// doesn't depend on which answer came first. Undefined if all answers are the same.
    ///
    /// Source: Bojar et al. (2016), "Findings of the 2016 Conference on Machine Translation", section on
    /// annotator agreement, where chance agreement is estimated from the answers in this way.
    pub fn kappa(&self) -> Result<f64, NoFigure> {
        let observed = self.observed()?;
        let mut answers: BTreeMap<&C, i128> = BTreeMap::new();
        for (repeat, number) in self.iter() {
            *answers.entry(&repeat.first).or_default() += i128::from(number);
            *answers.entry(&repeat.again).or_default() += i128::from(number);
        }
        let total: i128 = answers.values().sum();
        let by_chance: i128 = answers.values().map(|number| number.pow(2)).sum();
        if by_chance == total.pow(2) {
            return Err(NoFigure::NoVariation);
        }
        let differing = 1.0 - observed.successes() / observed.trials();
        Ok(1.0 - differing * total.pow(2) as f64 / (total.pow(2) - by_chance) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeats(pairs: &[&str]) -> Repeats<char> {
        let letter = |pair: &str, place| pair.chars().nth(place).expect("two letters");
        pairs.iter().map(|pair| Repeat { first: letter(pair, 0), again: letter(pair, 1) }).collect()
    }

    #[test]
    fn kappa_is_scotts() {
        // p_o = 3/4; of eight answers four are each: p_e = 1/2.
        let counts = repeats(&["aa", "aa", "bb", "bb", "ab", "ba", "aa", "bb"]);
        assert!((counts.kappa().expect("varied") - 0.5).abs() < 1e-15);
        assert!((counts.observed().expect("counted").successes() - 6.0).abs() < 1e-15);
    }

    #[test]
    fn which_answer_came_first_does_not_matter() {
        assert_eq!(repeats(&["ab", "ac", "bb"]).kappa(), repeats(&["ba", "ca", "bb"]).kappa());
        assert_eq!(repeats(&["ab", "ac", "aa"]).kappa(), repeats(&["ba", "ac", "aa"]).kappa());
        assert!(repeats(&["ab", "ba"]).kappa().expect("varied") < 0.0);
    }

    #[test]
    fn one_answer_all_the_time_shows_nothing() {
        assert_eq!(repeats(&["aa", "aa"]).kappa(), Err(NoFigure::NoVariation));
        assert_eq!(repeats(&[]).kappa(), Err(NoFigure::NothingCounted));
    }
}
