//! In which order an annotator sees the responses: another one for each, so that no place is favoured.

use super::ResponseIndex;

/// The responses in an order that follows from the seed, each order as likely as any other (Fisher and Yates' shuffle).
pub(super) fn shuffled(responses: usize, seed: u64) -> Vec<ResponseIndex> {
    let mut order: Vec<ResponseIndex> =
        (0..responses).filter_map(|index| index.try_into().ok().map(ResponseIndex)).collect();
    let mut state = seed;
    for last in (1..order.len()).rev() {
        let below = u128::from(split_mix(&mut state)) * (last as u128 + 1);
        // the upper half is in range, and as good as even: a task has few responses
        order.swap(last, usize::try_from(below >> 64).unwrap_or(0));
    }
    order
}

/// `SplitMix64`: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
const fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_generator_is_the_published_one() {
        let mut state = 1_234_567;
        let drawn = [split_mix(&mut state), split_mix(&mut state), split_mix(&mut state)];
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn every_order_is_as_likely() {
        let mut counts = BTreeMap::<Vec<ResponseIndex>, u32>::new();
        for seed in 0..60_000 {
            *counts.entry(shuffled(3, seed)).or_default() += 1;
        }
        assert_eq!(counts.len(), 6);
        // 10,000 each, with a standard deviation of 91
        assert!(counts.values().all(|count| count.abs_diff(10_000) < 500), "{counts:?}");
        assert_eq!((shuffled(0, 1), shuffled(1, 1)), (vec![], vec![ResponseIndex(0)]));
    }
}
