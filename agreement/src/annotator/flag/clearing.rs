//! How many answers would clear a flag.

/// Beyond this a number of further answers is no advice.
const MOST: u64 = 1 << 24;

/// The fewest further answers with which a flag is cleared; nothing if it takes more than 16 million.
///
/// Found by doubling and halving: where `cleared` isn't monotone it is one number at which the flag is cleared, while
/// it isn't with one less.
pub(super) fn fewest_answers(cleared: impl Fn(u64) -> bool) -> Option<u64> {
    let mut enough = 1;
    while !cleared(enough) {
        enough *= 2;
        if enough > MOST {
            return None;
        }
    }
    let mut short = enough / 2;
    while enough - short > 1 {
        let middle = u64::midpoint(short, enough);
        if cleared(middle) {
            enough = middle;
        } else {
            short = middle;
        }
    }
    Some(enough)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_least_number() {
        for least in (1..20).chain([1000, MOST]) {
            assert_eq!(fewest_answers(|answers| answers >= least), Some(least));
        }
        assert_eq!(fewest_answers(|_| false), None);
    }
}
