//! Random counts: how often each of several outcomes comes up, drawn exactly.

use chacha20::rand_core::Rng;

/// Draws as many outcomes as the weights add up to, each with a chance in proportion to its weight.
///
/// The counts replace the weights. Only bits and integers are involved, so the same bits give the same counts on every
/// machine. Outcomes are parted into halves of about the same weight, again and again, and the draws with them: so it takes
/// about two bits for each draw and parting that it goes through, not a number for each.
pub(super) fn redraw(weights: &mut [u32], generator: &mut impl Rng) {
    let total = weights.iter().map(|&weight| u64::from(weight)).sum();
    share_out(weights, total, total, generator);
}

fn share_out(weights: &mut [u32], total: u64, draws: u64, generator: &mut impl Rng) {
    if let [count] = weights {
        // There are no more draws than weights had in all, which fitted.
        *count = u32::try_from(draws).unwrap_or(u32::MAX);
        return;
    }
    if draws == 0 {
        weights.fill(0);
        return;
    }
    let (place, of_left) = middle(weights, total);
    let (left, right) = weights.split_at_mut(place);
    let to_left = binomial(draws, of_left, total, generator);
    share_out(left, of_left, to_left, generator);
    share_out(right, total - of_left, draws - to_left, generator);
}

/// Where half of the weight is passed, with something on either side, and the weight before.
fn middle(weights: &[u32], total: u64) -> (usize, u64) {
    let mut before = 0;
    for (place, &weight) in weights.iter().enumerate().take(weights.len().saturating_sub(1)) {
        // The outcome goes to the side that is lighter without it.
        if place > 0 && before + u64::from(weight) / 2 >= total / 2 {
            return (place, before);
        }
        before += u64::from(weight);
    }
    (weights.len().saturating_sub(1), before)
}

/// How many of `draws` come up if each does with the chance `part / whole`; `part` is at most `whole < 2⁶³`.
///
/// Each draw is a number between 0 and 1, of which as many binary digits are drawn as it takes to tell it from the
/// chance: about two a draw. Digits of many draws come as one number, of which the set bits are counted. After Farach-Colton &
/// Tsai, "Exact sublinear binomial sampling", *Algorithmica* 73(4), 2015.
fn binomial(draws: u64, part: u64, whole: u64, generator: &mut impl Rng) -> u64 {
    if part == whole {
        return draws;
    }
    let (mut undecided, mut part, mut successes) = (draws, part, 0);
    while undecided > 0 && part > 0 {
        let ones = set_bits(undecided, generator);
        // The next binary digit of the chance: a draw with a lesser one is below it, with a greater one above.
        part *= 2;
        if part >= whole {
            part -= whole;
            successes += undecided - ones;
            undecided = ones;
        } else {
            undecided -= ones;
        }
    }
    successes
}

/// How many of so many random bits are set.
fn set_bits(bits: u64, generator: &mut impl Rng) -> u64 {
    let whole: u64 = (0..bits / 64).map(|_| u64::from(generator.next_u64().count_ones())).sum();
    match bits % 64 {
        0 => whole,
        rest => whole + u64::from((generator.next_u64() >> (64 - rest)).count_ones()),
    }
}

#[cfg(test)]
mod tests {
    use chacha20::{ChaCha8Rng, rand_core::SeedableRng};

    use super::*;

    fn generator() -> ChaCha8Rng {
        ChaCha8Rng::from_seed([7; 32])
    }

    /// Strombergson, "Test vectors for the stream cipher `ChaCha`" (2013), TC1 with 8 rounds: a key of zeros.
    #[test]
    fn the_generator_is_chacha8() {
        let mut zeros = ChaCha8Rng::from_seed([0; 32]);
        assert_eq!(zeros.next_u64().to_le_bytes(), [0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f, 0x40, 0xd6]);
    }

    #[test]
    fn as_many_are_drawn_as_there_were() {
        let mut generator = generator();
        for weights in [vec![5], vec![0, 3, 0], vec![1; 1000], vec![70, 1, 900, 0, 29]] {
            let mut counts = weights.clone();
            redraw(&mut counts, &mut generator);
            assert_eq!(counts.iter().sum::<u32>(), weights.iter().sum::<u32>());
            let impossible = counts.iter().zip(&weights).any(|(&count, &weight)| weight == 0 && count > 0);
            assert!(!impossible, "{weights:?} {counts:?}");
        }
        redraw(&mut [], &mut generator);
        redraw(&mut [0, 0], &mut generator);
    }

    #[test]
    fn certain_outcomes_are_certain() {
        let mut generator = generator();
        assert_eq!(binomial(1000, 7, 7, &mut generator), 1000);
        assert_eq!(binomial(1000, 0, 7, &mut generator), 0);
        assert_eq!(binomial(0, 3, 7, &mut generator), 0);
    }

    /// The mean and variance of 4,000 draws of B(100, p), within five standard errors.
    #[test]
    fn counts_are_binomial() {
        let mut generator = generator();
        for (part, whole) in [(1, 2), (1, 3), (2, 3), (1, 100), (97, 100), (5, 7)] {
            let counts: Vec<f64> = (0..4000).map(|_| binomial(100, part, whole, &mut generator) as f64).collect();
            let p = part as f64 / whole as f64;
            let (mean, variance) = (100.0 * p, 100.0 * p * (1.0 - p));
            let found = counts.iter().sum::<f64>() / 4000.0;
            assert!((found - mean).abs() < 5.0 * (variance / 4000.0).sqrt(), "{part}/{whole}: mean {found}");
            let spread = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / 4000.0;
            let error = variance * ((2.0 + 1.0 / variance) / 4000.0).sqrt();
            assert!((spread - variance).abs() < 5.0 * error, "{part}/{whole}: variance {spread}, not {variance}");
        }
    }

    /// All 10 outcomes of three draws among three, against their chances, by chi-squared: 9 degrees of freedom, p = 0.001.
    #[test]
    fn counts_are_multinomial() {
        let mut generator = generator();
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..27_000 {
            let mut counts = [1, 1, 1];
            redraw(&mut counts, &mut generator);
            *seen.entry(counts).or_insert(0.0) += 1.0;
        }
        assert_eq!(seen.len(), 10);
        let ways = |counts: &[u32; 3]| {
            6.0 / counts.iter().map(|&count| f64::from((1..=count).product::<u32>())).product::<f64>()
        };
        let chi_squared: f64 = seen
            .iter()
            .map(|(counts, seen): (_, &f64)| (seen - 1000.0 * ways(counts)).powi(2) / (1000.0 * ways(counts)))
            .sum();
        assert!(chi_squared < 27.88, "{chi_squared}");
    }
}
