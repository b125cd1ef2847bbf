//! Straight-lining: the same answer whatever the task.

use super::{NoFigure, Tally};
use crate::probability::{OutOfRange, binomial};

/// How often an annotator, or a pool of them, gave each answer.
pub type Answers<C> = Tally<C>;

impl<C: Ord + Clone> Tally<C> {
    /// The most frequent answer and its count; of several the first in order.
    pub fn modal(&self) -> Result<(&C, u64), NoFigure> {
        self.total()?;
        let mut modal = None;
        for (answer, number) in self.iter() {
            if modal.is_none_or(|(_, most)| number > most) {
                modal = Some((answer, number));
            }
        }
        let (answer, number) = modal.ok_or(NoFigure::NothingCounted)?;
        Ok((answer, u64::try_from(number).map_err(|_| NoFigure::Impossible)?))
    }

    /// The share of the most frequent answer, more than 0 and at most 1.
    pub fn modal_share(&self) -> Result<f64, NoFigure> {
        Ok(self.modal()?.1 as f64 / self.total()? as f64)
    }

    /// The probability that some answer is given so often by someone who answers as the pool does, task by task.
    ///
    /// `pool` are the answers of all annotators, with these among them; the shares are those of the others, with one
    /// more of each answer. The sum over answers of the binomial probability of at least as many, at most 1: exact if
    /// the modal answer is more than half of all, since then no two answers can be so frequent, and else an upper
    /// bound.
    pub fn modal_p_value(&self, pool: &Self) -> Result<f64, NoFigure> {
        let shares = self.shares_of_others(pool)?;
        let (answers, (_, most)) = (self.total()?, self.modal()?);
        let tails: Result<Vec<f64>, OutOfRange> =
            shares.iter().map(|&share| binomial::at_least(most, answers, share)).collect();
        Ok(tails.map_err(|_| NoFigure::Impossible)?.iter().sum::<f64>().min(1.0))
    }

    /// The pool's shares without these answers, with one more of each answer in the pool.
    pub fn shares_of_others(&self, pool: &Self) -> Result<Vec<f64>, NoFigure> {
        let mut counts = Vec::with_capacity(pool.iter().len());
        for (answer, number) in pool.iter() {
            counts.push(i128::from(number) - i128::from(self.of(answer)) + 1);
        }
        if counts.iter().any(|&number| number < 1) || self.iter().any(|(answer, _)| pool.of(answer) == 0) {
            return Err(NoFigure::Impossible);
        }
        let total: i128 = counts.iter().sum();
        Ok(counts.iter().map(|&number| number as f64 / total as f64).collect())
    }
}

/// The longest run of equal answers in the order they were given, 0 without any: the long-string index.
///
/// It is made of the series and not of counts, for the order is part of it. How likely chance gives such a run says
/// [`run_at_least`](crate::probability::run_at_least).
///
/// Source: Meade & Craig (2012), *Psychological Methods* 17(3).
pub fn longest_run<C: PartialEq>(answers: impl IntoIterator<Item = C>) -> u64 {
    let (mut longest, mut current, mut last) = (0, 0, None);
    for answer in answers {
        current = if last.as_ref() == Some(&answer) { current + 1 } else { 1 };
        longest = longest.max(current);
        last = Some(answer);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(letters: &str) -> Answers<char> {
        letters.chars().collect()
    }

    #[test]
    fn the_modal_answer_is_the_most_frequent() {
        assert_eq!(answers("abcb").modal(), Ok((&'b', 2)));
        assert_eq!(answers("ba").modal(), Ok((&'a', 1)));
        assert_eq!(answers("abcb").modal_share(), Ok(0.5));
        assert_eq!(answers("").modal(), Err(NoFigure::NothingCounted));
        assert_eq!(Answers::from_rows([('a', 2), ('b', -1)]).modal(), Err(NoFigure::Impossible));
    }

    #[test]
    fn the_probability_is_that_of_the_others_answers() {
        // The others: 3 a, 1 b, and one more of each: 4/6 and 2/6.
        let p = answers("bb").modal_p_value(&answers("bbaaab")).expect("a pool");
        assert!((p - (16.0 + 4.0) / 36.0).abs() < 1e-14, "{p}");
        let p = answers("bbb").modal_p_value(&answers("bbbaaab")).expect("a pool");
        assert!((p - (64.0 + 8.0) / 216.0).abs() < 1e-14, "{p}");
    }

    #[test]
    fn a_pool_without_the_answers_is_refused() {
        assert_eq!(answers("bb").modal_p_value(&answers("aab")), Err(NoFigure::Impossible));
        assert_eq!(answers("c").modal_p_value(&answers("aab")), Err(NoFigure::Impossible));
        assert_eq!(answers("").modal_p_value(&answers("aab")), Err(NoFigure::NothingCounted));
    }

    #[test]
    fn a_run_ends_with_another_answer() {
        assert_eq!(longest_run("abbbaabb".chars()), 3);
        assert_eq!(longest_run("a".chars()), 1);
        assert_eq!(longest_run("".chars()), 0);
    }
}
