//! Who preferred which item: comparisons with their annotators.

use super::Outcome;

/// One annotator's comparison of two items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judgment {
    /// Who compared.
    pub annotator: u32,
    /// The left item.
    pub left: u32,
    /// The right item.
    pub right: u32,
    /// What was preferred.
    pub outcome: Outcome,
}

/// Why judgments are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JudgmentsError {
    /// A judgment of an annotator or an item that there isn't.
    #[error("{0:?} has an annotator or an item that there isn't")]
    Outside(Judgment),
    /// No two items were compared.
    #[error("no two items were compared")]
    NoComparison,
}

/// The judgments of all annotators, each annotator's side by side; ties are half a preference for either item.
///
/// Judgments that are the same in everything are kept once, with their number.
#[derive(Clone, Debug)]
pub struct Judgments {
    items: u32,
    /// Pairs of different items that were compared, the lower one first, in order.
    pairs: Vec<(u32, u32)>,
    rows: Vec<Row>,
    /// Where each annotator's rows start, and after the last annotator, where his end.
    starts: Vec<usize>,
    /// The number of judgments of different items.
    count: u64,
}

/// Judgments of one annotator and pair that are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) annotator: u32,
    /// The pair's place among all pairs.
    pub(crate) pair: u32,
    /// Whether the pair's first item was preferred.
    pub(crate) first_preferred: bool,
    /// Whether the item on the left was preferred.
    pub(crate) left_preferred: bool,
    /// Twice the number of preferences.
    pub(crate) halves: u32,
}

impl Judgments {
    /// Sorts judgments, given in any order, by annotator.
    ///
    /// An item compared with itself is left out: nothing follows from it.
    pub fn new(annotators: u32, items: u32, judgments: &[Judgment]) -> Result<Self, JudgmentsError> {
        let inside = |row: &Judgment| row.annotator < annotators && row.left.max(row.right) < items;
        if let Some(&outside) = judgments.iter().find(|row| !inside(row)) {
            return Err(JudgmentsError::Outside(outside));
        }
        let pairs = pairs(judgments);
        if pairs.is_empty() {
            return Err(JudgmentsError::NoComparison);
        }
        let rows = rows(judgments, &pairs);
        let start = |annotator| rows.partition_point(|row| row.annotator < annotator);
        let count = rows.iter().map(|row| u64::from(row.halves)).sum::<u64>() / 2;
        let starts = (0..annotators).chain([u32::MAX]).map(start).collect();
        Ok(Self { items, pairs, rows, starts, count })
    }

    /// The number of items.
    #[must_use]
    pub fn items(&self) -> u32 {
        self.items
    }

    /// The number of annotators.
    #[must_use]
    pub fn annotators(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of judgments of two different items.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn pairs(&self) -> &[(u32, u32)] {
        &self.pairs
    }

    /// The rows of each annotator, who may have none.
    pub(crate) fn by_annotator(&self) -> impl Iterator<Item = &[Row]> {
        self.starts.windows(2).map(|bounds| &self.rows[bounds[0]..bounds[1]])
    }
}

/// The pairs of different items, in order.
fn pairs(judgments: &[Judgment]) -> Vec<(u32, u32)> {
    let mut pairs: Vec<(u32, u32)> = judgments.iter().filter(|row| row.left != row.right).map(pair).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

fn pair(judgment: &Judgment) -> (u32, u32) {
    (judgment.left.min(judgment.right), judgment.left.max(judgment.right))
}

/// Two halves of a preference for each judgment, sorted, and equal ones added up.
fn rows(judgments: &[Judgment], pairs: &[(u32, u32)]) -> Vec<Row> {
    let mut rows = Vec::with_capacity(judgments.len());
    for judgment in judgments {
        let Some(place) = pairs.binary_search(&pair(judgment)).ok().and_then(|place| u32::try_from(place).ok())
        else {
            continue;
        };
        let row = |left_preferred: bool, halves| Row {
            annotator: judgment.annotator,
            pair: place,
            first_preferred: left_preferred == (judgment.left < judgment.right),
            left_preferred,
            halves,
        };
        match judgment.outcome {
            Outcome::Left => rows.push(row(true, 2)),
            Outcome::Right => rows.push(row(false, 2)),
            Outcome::Tie => rows.extend([row(true, 1), row(false, 1)]),
        }
    }
    rows.sort_unstable();
    merge(&mut rows);
    rows
}

/// Makes one row of equal ones, which are neighbours.
fn merge(rows: &mut Vec<Row>) {
    rows.dedup_by(|next, row| {
        let same = |row: &Row| (row.annotator, row.pair, row.first_preferred, row.left_preferred);
        let equal = same(next) == same(row);
        if equal {
            row.halves += next.halves;
        }
        equal
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judgment(annotator: u32, left: u32, right: u32, outcome: Outcome) -> Judgment {
        Judgment { annotator, left, right, outcome }
    }

    #[test]
    fn rows_are_by_annotator_and_equal_ones_add_up() {
        let given = [
            judgment(2, 1, 0, Outcome::Left),
            judgment(0, 0, 1, Outcome::Tie),
            judgment(2, 1, 0, Outcome::Left),
            judgment(0, 0, 1, Outcome::Left),
            judgment(0, 1, 1, Outcome::Left),
        ];
        let judgments = Judgments::new(4, 2, &given).expect("inside");
        let row = |annotator, first_preferred, left_preferred, halves| Row {
            annotator,
            pair: 0,
            first_preferred,
            left_preferred,
            halves,
        };
        let expected: [&[Row]; 4] =
            [&[row(0, false, false, 1), row(0, true, true, 3)], &[], &[row(2, false, true, 4)], &[]];
        assert_eq!(judgments.by_annotator().collect::<Vec<_>>(), expected);
        assert_eq!((judgments.count(), judgments.annotators(), judgments.items()), (4, 4, 2));
        assert_eq!(judgments.pairs(), [(0, 1)]);
    }

    #[test]
    fn judgments_outside_or_of_one_item_are_refused() {
        for outside in [judgment(1, 0, 1, Outcome::Tie), judgment(0, 0, 2, Outcome::Tie)] {
            assert_eq!(Judgments::new(1, 2, &[outside]).map(|_| ()), Err(JudgmentsError::Outside(outside)));
        }
        let itself = judgment(0, 1, 1, Outcome::Left);
        assert_eq!(Judgments::new(1, 2, &[itself]).map(|_| ()), Err(JudgmentsError::NoComparison));
        assert_eq!(Judgments::new(1, 2, &[]).map(|_| ()), Err(JudgmentsError::NoComparison));
    }
}
