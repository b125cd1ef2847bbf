//! When a message that failed is sent again.

/// How often a message is sent before nothing is sent to the webhook any more.
pub(super) const MAX_ATTEMPTS: u32 = 10;

/// The first wait, in seconds; each further one is four times as long.
const FIRST_WAIT: u32 = 5;
/// The longest wait, in seconds.
const LONGEST_WAIT: u32 = 12 * 60 * 60;

/// How many seconds to wait after a message has failed so many times; `None` if it is not sent again.
///
/// The wait is somewhere between half its length and the whole of it, as `chance` draws it: receivers that failed together
/// are not all knocked at together again.
pub(super) fn wait_after(failures: u32, chance: u64) -> Option<u32> {
    if failures >= MAX_ATTEMPTS {
        return None;
    }
    let longest = FIRST_WAIT.saturating_mul(4_u32.saturating_pow(failures.saturating_sub(1))).min(LONGEST_WAIT);
    let half = longest / 2;
    let drawn = chance % u64::from(longest - half + 1);
    Some(half + u32::try_from(drawn).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_half_a_day_and_end_after_ten_attempts() {
        let longest: Vec<u32> = (1..MAX_ATTEMPTS)
            .map(|failures| {
                let waits = (0..1_000_000).step_by(997).map(|chance| wait_after(failures, chance).expect("again"));
                let (least, most) =
                    waits.fold((u32::MAX, 0), |(least, most), wait| (least.min(wait), most.max(wait)));
                assert!(least >= most / 2, "{failures}: {least} to {most}");
                most
            })
            .collect();
        assert_eq!(longest[..4], [5, 20, 80, 320]);
        assert!(longest.is_sorted() && longest.iter().all(|wait| *wait <= LONGEST_WAIT), "{longest:?}");
        assert_eq!(wait_after(MAX_ATTEMPTS, 0), None);
    }
}
