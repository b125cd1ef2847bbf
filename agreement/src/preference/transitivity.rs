//! Preferences that run in a circle, which no strengths explain.

use super::{Comparisons, wins::Wins};

/// How many triads of items run in a circle, of those that could.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Triads {
    /// Each item is preferred to the next, and the third to the first.
    pub circular: u64,
    /// All three pairs have an item that is preferred more often.
    pub decided: u64,
}

/// Counts the circular triads among items, of each pair of which the one preferred more often is taken as preferred.
///
/// Triads with an undecided pair are left out, so that comparisons needn't be complete. By chance a quarter of the decided
/// triads are circular. Costs at most the cube of the number of items. Nothing if the counts are not those of any
/// comparisons.
///
/// Source: Kendall & Babington Smith, "On the method of paired comparisons", *Biometrika* 31, 1940.
#[must_use]
pub fn circular_triads<I: Ord + Clone>(comparisons: &Comparisons<I>) -> Option<Triads> {
    let wins = Wins::of(comparisons)?;
    let count = wins.items.len();
    // By lower and higher item, whether the lower is preferred.
    let mut preferred = vec![vec![None; count]; count];
    for pair in &wins.pairs {
        if pair.first_wins != pair.second_wins {
            preferred[pair.first][pair.second] = Some(pair.first_wins > pair.second_wins);
        }
    }
    let mut triads = Triads::default();
    for (first, over) in preferred.iter().enumerate() {
        for second in first + 1..count {
            let Some(over_second) = over[second] else { continue };
            for (over_third, second_over_third) in over.iter().zip(&preferred[second]).skip(second + 1) {
                let (Some(over_third), Some(second_over_third)) = (*over_third, *second_over_third) else { continue };
                triads.decided += 1;
                // First over second over third over first, or all the other way round.
                triads.circular += u64::from(over_second == second_over_third && over_second != over_third);
            }
        }
    }
    Some(triads)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preference::Outcome;

    fn triads(wins: &[(char, char)]) -> Triads {
        let mut comparisons = Comparisons::new();
        for &(winner, loser) in wins {
            comparisons.add(winner, loser, Outcome::Left);
        }
        circular_triads(&comparisons).expect("possible counts")
    }

    #[test]
    fn circles_are_told_from_orders() {
        assert_eq!(triads(&[('a', 'b'), ('b', 'c'), ('c', 'a')]), Triads { circular: 1, decided: 1 });
        assert_eq!(triads(&[('a', 'c'), ('c', 'b'), ('b', 'a')]), Triads { circular: 1, decided: 1 });
        assert_eq!(triads(&[('a', 'b'), ('b', 'c'), ('a', 'c')]), Triads { circular: 0, decided: 1 });
        assert_eq!(triads(&[('a', 'b'), ('b', 'c'), ('c', 'd')]), Triads::default());
        assert_eq!(triads(&[('a', 'b'), ('b', 'a'), ('b', 'c'), ('c', 'a')]), Triads::default());
    }

    /// Of a complete tournament of `n` items, `n (n − 1)(2n − 1)/12 − ½ Σ wins²` triads are circular: equation 3 there.
    #[test]
    fn a_complete_tournament_has_as_many_as_the_formula() {
        let wins: Vec<(char, char)> = (0..9u8)
            .flat_map(|first| (first + 1..9).map(move |second| (first, second)))
            .map(|(first, second)| if (first * 7 + second * 5) % 3 == 0 { (second, first) } else { (first, second) })
            .map(|(winner, loser)| (char::from(b'a' + winner), char::from(b'a' + loser)))
            .collect();
        let squares: usize =
            ('a'..='i').map(|item| wins.iter().filter(|(winner, _)| *winner == item).count().pow(2)).sum();
        let expected = (9 * 8 * 17 / 6 - squares) / 2;
        assert!(expected > 0);
        assert_eq!(triads(&wins), Triads { circular: expected as u64, decided: 84 });
    }
}
