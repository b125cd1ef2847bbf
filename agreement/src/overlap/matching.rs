//! Which marks of two annotators are of the same thing.

use super::{Mark, MatchCount, Threshold};

/// Matches the marks of two annotators in one unit, one to one.
///
/// As many as can be; of such matchings, the one with the greatest sum of overlaps. So the number of matches is that of no
/// particular algorithm, and the order of marks or of annotators doesn't matter to anything. Costs the cube of the number
/// of marks, and memory of its square.
///
/// Source: Kuhn, "The Hungarian method for the assignment problem", *Naval Research Logistics Quarterly* 2, 1955, by
/// shortest augmenting paths.
pub fn compare<M: Mark>(first: &[M], second: &[M], threshold: Threshold) -> MatchCount {
    let (mut fewer, mut more): (Vec<&M>, Vec<&M>) = (first.iter().collect(), second.iter().collect());
    fewer.sort_unstable();
    more.sort_unstable();
    // Put in an order of their own, because which of two equally good matchings is found depends on it.
    let swapped = (more.len(), &more) < (fewer.len(), &fewer);
    if swapped {
        std::mem::swap(&mut fewer, &mut more);
    }
    let overlaps: Vec<Vec<f64>> =
        fewer.iter().map(|mark| more.iter().map(|other| above(mark.overlap(other), threshold)).collect()).collect();
    let matched: Vec<f64> = assign(&overlaps).into_iter().filter(|&overlap| overlap > 0.0).collect();
    let pairs = count(matched.len());
    MatchCount {
        matched: pairs,
        only_first: count(first.len()) - pairs,
        only_second: count(second.len()) - pairs,
        overlap_billionths: matched.into_iter().map(billionths).sum(),
    }
}

/// [`compare`]s the marks of every two annotators in one unit, and adds up; each list holds an annotator's.
///
/// The first of two is the one that comes first in the list.
pub fn compare_all<M: Mark>(annotators: &[impl AsRef<[M]>], threshold: Threshold) -> MatchCount {
    let mut all = MatchCount::default();
    for (index, first) in annotators.iter().enumerate() {
        for second in &annotators[index + 1..] {
            all.add(compare(first.as_ref(), second.as_ref(), threshold));
        }
    }
    all
}

fn above(overlap: f64, threshold: Threshold) -> f64 {
    if overlap >= threshold.get() { overlap } else { 0.0 }
}

fn count(marks: usize) -> i64 {
    i64::try_from(marks).unwrap_or(i64::MAX)
}

#[allow(clippy::cast_possible_truncation, reason = "between 0 and a billion")]
fn billionths(overlap: f64) -> i64 {
    (overlap * 1e9).round() as i64
}

/// The overlaps of the best assignment of rows to columns, of which there are at least as many; 0 is no match.
fn assign(overlaps: &[Vec<f64>]) -> Vec<f64> {
    let columns = overlaps.first().map_or(0, Vec::len);
    let mut state = Assignment {
        overlaps,
        // More than all overlaps together: one match more outweighs any sum of them.
        a_match: overlaps.len() as f64 + 1.0,
        of_row: vec![0.0; overlaps.len()],
        of_column: vec![0.0; columns],
        row: vec![None; columns],
    };
    (0..overlaps.len()).for_each(|row| state.augment(row));
    state.row.iter().enumerate().filter_map(|(column, row)| row.map(|row| overlaps[row][column])).collect()
}

/// An assignment of the rows so far that costs least, with the potentials that prove it.
struct Assignment<'a> {
    overlaps: &'a [Vec<f64>],
    a_match: f64,
    of_row: Vec<f64>,
    of_column: Vec<f64>,
    /// By column.
    row: Vec<Option<usize>>,
}

/// What the search for a column knows of each.
#[derive(Clone, Copy)]
struct Reached {
    distance: f64,
    /// The column that it was reached from, if any.
    from: Option<usize>,
    done: bool,
}

impl Assignment<'_> {
    /// The cost of putting them together, less the potentials: never below 0 but by rounding.
    fn reduced_cost(&self, row: usize, column: usize) -> f64 {
        let overlap = self.overlaps[row][column];
        let gain = if overlap > 0.0 { self.a_match + overlap } else { 0.0 };
        -gain - self.of_row[row] - self.of_column[column]
    }

    /// Assigns one more row, and others anew if that is better: by the shortest path to a free column.
    fn augment(&mut self, start: usize) {
        let mut reached = vec![Reached { distance: f64::INFINITY, from: None, done: false }; self.row.len()];
        let (mut row, mut last, mut distance) = (start, None, 0.0);
        loop {
            for (column, reached) in reached.iter_mut().enumerate().filter(|(_, reached)| !reached.done) {
                let through = distance + self.reduced_cost(row, column);
                if through < reached.distance {
                    *reached = Reached { distance: through, from: last, done: false };
                }
            }
            let nearest = (0..reached.len())
                .filter(|&column| !reached[column].done)
                .min_by(|&a, &b| reached[a].distance.total_cmp(&reached[b].distance));
            // There are enough columns, so a free one is found before they are all done.
            let Some(column) = nearest else { return };
            reached[column].done = true;
            distance = reached[column].distance;
            last = Some(column);
            match self.row[column] {
                Some(taken_by) => row = taken_by,
                None => break,
            }
        }
        self.move_potentials(start, &reached, distance);
        self.turn_path(start, &reached, last);
    }

    fn move_potentials(&mut self, start: usize, reached: &[Reached], distance: f64) {
        self.of_row[start] += distance;
        for (column, reached) in reached.iter().enumerate().filter(|(_, reached)| reached.done) {
            let moved = distance - reached.distance;
            self.of_column[column] -= moved;
            if let Some(row) = self.row[column] {
                self.of_row[row] += moved;
            }
        }
    }

    /// Every column on the path takes the row of the one before it, and the first takes the new row.
    fn turn_path(&mut self, start: usize, reached: &[Reached], mut last: Option<usize>) {
        while let Some(column) = last {
            let before = reached[column].from;
            self.row[column] = before.map_or(Some(start), |before| self.row[before]);
            last = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlap::Span;

    fn spans(marks: &[(u64, u64)]) -> Vec<Span<char>> {
        marks.iter().map(|&(start, end)| Span::new('a', start, end).expect("not empty")).collect()
    }

    #[test]
    fn marks_match_one_to_one() {
        let count = compare(&spans(&[(0, 10), (20, 30), (40, 50)]), &spans(&[(20, 30), (0, 8)]), Threshold::HALF);
        assert_eq!(
            count,
            MatchCount { matched: 2, only_first: 1, only_second: 0, overlap_billionths: 1_800_000_000 }
        );
        // Two of one annotator's over one of the other's: one of them is left.
        let count = compare(&spans(&[(0, 10)]), &spans(&[(0, 9), (0, 10)]), Threshold::HALF);
        assert_eq!(
            count,
            MatchCount { matched: 1, only_first: 0, only_second: 1, overlap_billionths: 1_000_000_000 }
        );
    }

    #[test]
    fn as_many_match_as_can() {
        // The best pair alone would leave the other two without a match.
        let (first, second) = (spans(&[(0, 10), (4, 14)]), spans(&[(3, 13), (9, 19)]));
        let count = compare(&first, &second, Threshold::new(0.3).expect("a share"));
        assert_eq!(count.matched, 2);
        // (0, 10) with (3, 13) is 7/13, (4, 14) with (9, 19) is 5/15.
        assert_eq!(count.overlap_billionths, 538_461_538 + 333_333_333);
    }

    #[test]
    fn the_threshold_itself_is_enough() {
        let (first, second) = (spans(&[(0, 10)]), spans(&[(0, 5)]));
        assert_eq!(compare(&first, &second, Threshold::HALF).matched, 1);
        assert_eq!(compare(&first, &second, Threshold::new(0.51).expect("a share")).matched, 0);
        assert_eq!(compare(&first, &second, Threshold::EXACT).matched, 0);
    }

    #[test]
    fn nothing_marked_counts_for_nothing() {
        assert_eq!(compare::<Span<char>>(&[], &[], Threshold::HALF), MatchCount::default());
        let count = compare(&[], &spans(&[(0, 1)]), Threshold::HALF);
        assert_eq!(count, MatchCount { only_second: 1, ..MatchCount::default() });
    }

    #[test]
    fn three_annotators_make_three_pairs() {
        let marks = [spans(&[(0, 4)]), spans(&[(0, 4)]), spans(&[(8, 9)])];
        let count = compare_all(&marks, Threshold::HALF);
        assert_eq!(
            count,
            MatchCount { matched: 1, only_first: 2, only_second: 2, overlap_billionths: 1_000_000_000 }
        );
        assert_eq!(count.f1(), Ok(2.0 / 6.0));
    }
}
