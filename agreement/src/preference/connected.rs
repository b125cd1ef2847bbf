//! Which items the comparisons put into an order: the strongly connected components of the graph of wins.

use super::{Comparisons, wins::Wins};

/// Groups of items such that, of any two in a group, each has beaten the other, or beaten one who has, and so on.
///
/// A tie counts as a win of both. Strengths within a group can be compared, and a maximum-likelihood estimate of them
/// exists (Ford 1957; Hunter 2004, assumption 1). Between groups the ratio is either unknown, if no item of one met one of the
/// other, or infinite, as one always won. Groups are in the order of their first items, and so are items within a group.
/// Nothing if the counts are not those of any comparisons.
///
/// Source: Tarjan, "Depth-first search and linear graph algorithms", *SIAM Journal on Computing* 1(2), 1972.
#[must_use]
pub fn connected_components<I: Ord + Clone>(comparisons: &Comparisons<I>) -> Option<Vec<Vec<I>>> {
    Wins::of(comparisons).map(|wins| components(&wins))
}

/// The groups, named.
pub(crate) fn components<I: Clone>(wins: &Wins<I>) -> Vec<Vec<I>> {
    let mut groups = Search::new(wins).components();
    for group in &mut groups {
        group.sort_unstable();
    }
    groups.sort_unstable();
    groups.into_iter().map(|group| group.into_iter().map(|item| wins.items[item].clone()).collect()).collect()
}

/// Tarjan's search, with a stack of its own, so that a long chain of wins doesn't exhaust the thread's.
struct Search {
    beaten: Vec<Vec<usize>>,
    /// When each item was met, 0 if not yet.
    met: Vec<usize>,
    /// The earliest item on the path that each one is known to reach.
    reaches: Vec<usize>,
    /// Items met whose component isn't complete.
    open: Vec<usize>,
    is_open: Vec<bool>,
    clock: usize,
}

impl Search {
    fn new<I>(wins: &Wins<I>) -> Self {
        let count = wins.items.len();
        let mut beaten = vec![Vec::new(); count];
        for pair in &wins.pairs {
            if pair.first_wins > 0 || pair.ties > 0 {
                beaten[pair.first].push(pair.second);
            }
            if pair.second_wins > 0 || pair.ties > 0 {
                beaten[pair.second].push(pair.first);
            }
        }
        Self {
            beaten,
            met: vec![0; count],
            reaches: vec![0; count],
            open: Vec::new(),
            is_open: vec![false; count],
            clock: 0,
        }
    }

    fn components(mut self) -> Vec<Vec<usize>> {
        let mut groups = Vec::new();
        for start in 0..self.beaten.len() {
            if self.met[start] == 0 {
                self.search_from(start, &mut groups);
            }
        }
        groups
    }

    fn search_from(&mut self, start: usize, groups: &mut Vec<Vec<usize>>) {
        self.meet(start);
        let mut path = vec![(start, 0)];
        while let Some((item, next)) = path.last_mut() {
            let item = *item;
            let Some(&loser) = self.beaten[item].get(*next) else {
                path.pop();
                if let Some(&(winner, _)) = path.last() {
                    self.reaches[winner] = self.reaches[winner].min(self.reaches[item]);
                }
                self.close(item, groups);
                continue;
            };
            *next += 1;
            if self.met[loser] == 0 {
                self.meet(loser);
                path.push((loser, 0));
            } else if self.is_open[loser] {
                self.reaches[item] = self.reaches[item].min(self.met[loser]);
            }
        }
    }

    fn meet(&mut self, item: usize) {
        self.clock += 1;
        self.met[item] = self.clock;
        self.reaches[item] = self.clock;
        self.open.push(item);
        self.is_open[item] = true;
    }

    /// If an item reaches none earlier, it and all open ones after it are a component.
    fn close(&mut self, item: usize, groups: &mut Vec<Vec<usize>>) {
        if self.reaches[item] != self.met[item] {
            return;
        }
        let place = self.open.iter().rposition(|&other| other == item).unwrap_or(0);
        let group = self.open.split_off(place);
        for &member in &group {
            self.is_open[member] = false;
        }
        groups.push(group);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::preference::Outcome;

    fn beats(wins: &[(char, char)]) -> Vec<String> {
        let mut comparisons = Comparisons::new();
        for &(winner, loser) in wins {
            comparisons.add(loser, winner, Outcome::Right);
        }
        let groups = connected_components(&comparisons).expect("possible counts");
        groups.into_iter().map(|group| group.into_iter().collect()).collect()
    }

    #[test]
    fn a_circle_is_one_group_and_a_chain_is_many() {
        assert_eq!(beats(&[('a', 'b'), ('b', 'c'), ('c', 'a')]), ["abc"]);
        assert_eq!(beats(&[('a', 'b'), ('b', 'c'), ('a', 'c')]), ["a", "b", "c"]);
        assert_eq!(beats(&[('d', 'b'), ('b', 'd'), ('d', 'a'), ('a', 'c'), ('c', 'a')]), ["ac", "bd"]);
    }

    #[test]
    fn a_tie_connects_and_a_long_chain_is_searched() {
        let mut comparisons = Comparisons::new();
        for item in 0..100_000 {
            comparisons.add(item, item + 1, Outcome::Tie);
        }
        assert_eq!(connected_components(&comparisons).map(|groups| groups.len()), Some(1));
        comparisons.retract(500, 501, Outcome::Tie);
        assert_eq!(connected_components(&comparisons).map(|groups| groups.len()), Some(2));
    }

    #[test]
    fn impossible_counts_have_no_groups() {
        let mut comparisons = Comparisons::new();
        comparisons.retract('a', 'b', Outcome::Tie);
        assert_eq!(connected_components(&comparisons), None);
        assert_eq!(connected_components::<char>(&Comparisons::new()), Some(Vec::new()));
    }

    proptest! {
        /// Two items are in a group if each reaches the other, by the transitive closure.
        #[test]
        fn groups_are_those_of_the_closure(wins in proptest::collection::vec((0..7usize, 0..7usize), 1..20)) {
            let mut comparisons = Comparisons::new();
            let mut reaches = [[false; 7]; 7];
            for &(winner, loser) in &wins {
                comparisons.add(winner, loser, Outcome::Left);
                reaches[winner][loser] = true;
            }
            for middle in 0..7 {
                for from in 0..7 {
                    for to in 0..7 {
                        reaches[from][to] |= reaches[from][middle] && reaches[middle][to];
                    }
                }
            }
            let groups = connected_components(&comparisons).expect("possible counts");
            let group = |item: usize| groups.iter().position(|group| group.contains(&item)).expect("in a group");
            for &first in &comparisons.items() {
                for &second in &comparisons.items() {
                    let together = first == second || (reaches[first][second] && reaches[second][first]);
                    prop_assert_eq!(group(first) == group(second), together);
                }
            }
        }
    }
}
