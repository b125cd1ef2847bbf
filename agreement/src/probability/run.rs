//! Runs: how long the same answer is given again and again, and whether chance does so.

use super::{OutOfRange, checked_share};

/// The most answers for which it is computed: what is kept on the way grows with them.
pub const MOST_ANSWERS: usize = 1 << 24;

/// The probability that `answers` independent draws have a run of at least `length` equal ones.
///
/// `shares` are the probabilities of the answers; they add up to at most 1, and what is missing is taken to be
/// answers that never repeat. Exact, in O(`answers` × number of shares), of at most [`MOST_ANSWERS`]. A `length` of 0
/// or 1 is certain if there is an answer.
///
/// A first run of answer `c` is complete at draw `t` if draw `t − length` was another answer, no run was complete
/// until there, and the `length` draws since were all `c`.
///
/// Source: the renewal argument of Feller, *An Introduction to Probability Theory* I, XIII.7, for several answers.
pub fn run_at_least(length: usize, answers: usize, shares: &[f64]) -> Result<f64, OutOfRange> {
    if answers > MOST_ANSWERS {
        return Err(OutOfRange("the probability of a run is of at most 16 million answers"));
    }
    for &share in shares {
        checked_share(share, "the share of an answer is between 0 and 1")?;
    }
    if shares.iter().sum::<f64>() > 1.0 + 1e-9 {
        return Err(OutOfRange("the shares of the answers add up to at most 1"));
    }
    if length <= 1 || answers < length {
        return Ok(if length <= answers { 1.0 } else { 0.0 });
    }
    Ok(first_runs(length, answers, shares).min(1.0))
}

fn first_runs(length: usize, answers: usize, shares: &[f64]) -> f64 {
    let whole: Vec<f64> = shares.iter().map(|share| share.powf(length as f64)).collect();
    // After each draw: the probability that no run is complete, and of this together with the last answer being `c`.
    let mut without = vec![1.0];
    let mut without_and_last = vec![vec![0.0; shares.len()]];
    let mut complete = 0.0;
    for draw in 1..=answers {
        let before = draw.checked_sub(length);
        let mut last = Vec::with_capacity(shares.len());
        for (answer, share) in shares.iter().enumerate() {
            let now = before.map_or(0.0, |start| whole[answer] * (without[start] - without_and_last[start][answer]));
            complete += now;
            last.push(share * without[draw - 1] - now);
        }
        without.push(1.0 - complete);
        without_and_last.push(last);
    }
    complete
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds up the probability of every sequence that has such a run.
    fn enumerated(length: usize, answers: usize, shares: &[f64]) -> f64 {
        let sequences = shares.len().pow(u32::try_from(answers).expect("few"));
        let mut sum = 0.0;
        for sequence in 0..sequences {
            let digits: Vec<usize> =
                (0..answers).map(|place| sequence / shares.len().pow(u32::try_from(place).expect("few"))).collect();
            let digits: Vec<usize> = digits.iter().map(|digit| digit % shares.len()).collect();
            if digits.windows(length).any(|window| window.iter().all(|digit| *digit == window[0])) {
                sum += digits.iter().map(|&digit| shares[digit]).product::<f64>();
            }
        }
        sum
    }

    #[test]
    fn it_is_the_sum_over_all_sequences() {
        for shares in [&[0.5, 0.5][..], &[0.7, 0.3], &[0.5, 0.3, 0.2]] {
            for (length, answers) in [(2, 2), (2, 5), (3, 7), (4, 8), (8, 8)] {
                let exact = run_at_least(length, answers, shares).expect("shares");
                let expected = enumerated(length, answers, shares);
                assert!((exact - expected).abs() < 1e-14, "{length} of {answers}: {exact}, not {expected}");
            }
        }
    }

    #[test]
    fn a_run_of_one_is_certain_and_one_that_does_not_fit_impossible() {
        assert_eq!(run_at_least(1, 3, &[0.5, 0.5]), Ok(1.0));
        assert_eq!(run_at_least(0, 0, &[]), Ok(1.0));
        assert_eq!(run_at_least(4, 3, &[0.5, 0.5]), Ok(0.0));
        assert_eq!(run_at_least(3, 5, &[1.0]), Ok(1.0));
    }

    #[test]
    fn a_small_probability_keeps_its_digits() {
        let exact = run_at_least(40, 40, &[0.5, 0.5]).expect("shares");
        assert!((exact - 2.0_f64.powi(-39)).abs() < 1e-24, "{exact}");
    }

    #[test]
    fn what_is_no_distribution_is_refused() {
        assert!(run_at_least(2, 5, &[0.7, 0.7]).is_err());
        assert!(run_at_least(2, 5, &[-0.1]).is_err());
        assert!(run_at_least(2, MOST_ANSWERS + 1, &[0.5]).is_err());
        assert!(run_at_least(2, 5, &[f64::NAN]).is_err());
    }
}
