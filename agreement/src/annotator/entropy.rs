//! Response entropy: how varied an annotator's answers are.

use super::{NoFigure, Tally};

impl<K: Ord> Tally<K> {
    /// The entropy of the answers in bits: 0 if all are the same, `log₂ k` if `k` of them are equally frequent.
    ///
    /// `log₂ n − (Σ n_c log₂ n_c) / n`, the estimate by shares; it is too low for few answers, by about `(k − 1) / (2
    /// n ln 2)` (Miller 1955). Summed by rising count, so that the names of the answers don't matter.
    ///
    /// Source: Shannon (1948).
    pub fn entropy(&self) -> Result<f64, NoFigure> {
        let total = self.total()? as f64;
        let mut counts: Vec<i64> = self.iter().map(|(_, number)| number).collect();
        counts.sort_unstable();
        let sum: f64 = counts.iter().map(|&number| number as f64 * (number as f64).log2()).sum();
        Ok((total.log2() - sum / total).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entropy(answers: &str) -> Result<f64, NoFigure> {
        answers.chars().collect::<Tally<char>>().entropy()
    }

    #[test]
    fn it_is_in_bits() {
        assert_eq!(entropy("aaa"), Ok(0.0));
        assert_eq!(entropy("aabb"), Ok(1.0));
        assert_eq!(entropy("abcd"), Ok(2.0));
        // ½ · 1 + 2 · ¼ · 2
        assert!((entropy("aabc").expect("counted") - 1.5).abs() < 1e-15);
    }

    #[test]
    fn the_names_of_the_answers_do_not_matter() {
        assert_eq!(entropy("aaabbccccc"), entropy("cccaabbbbb"));
        assert_eq!(entropy(""), Err(NoFigure::NothingCounted));
    }
}
