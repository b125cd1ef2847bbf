//! Who answered what: the input of every consensus.

/// The most entries that a table of the models may have, one gibibyte of them: `annotators × categories²`.
const MOST_ENTRIES: u64 = 1 << 27;

/// One answer of one annotator to one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The item, below [`Shape::items`].
    pub item: u32,
    /// The annotator, below [`Shape::annotators`].
    pub annotator: u32,
    /// The category that the annotator put the item into, below [`Shape::categories`].
    pub category: u32,
}

/// How many items, annotators and categories there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The number of items.
    pub items: u32,
    /// The number of annotators; some may have no label.
    pub annotators: u32,
    /// The number of categories that could be answered, at least one; some may never have been.
    pub categories: u32,
}

/// Why labels are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelsError {
    /// A label names an item, an annotator or a category that the shape doesn't have.
    #[error("{label:?} is outside {shape:?}")]
    Outside {
        /// The label.
        label: Label,
        /// What it had to be within.
        shape: Shape,
    },
    /// An item without a label, of which nothing can be said.
    #[error("item {item} has no label")]
    NoLabel {
        /// The first such item.
        item: u32,
    },
    /// More labels than a `u32` counts, or more than 2²⁷ in `annotators × categories²`.
    #[error("{0:?} with {1} labels is too large")]
    TooLarge(Shape, usize),
}

/// The labels of all items: each item's side by side, in the order of annotators.
///
/// Four bytes a label and eight an item. An annotator may label an item more than once, as in Dawid and Skene's
/// own example: the answers then count as independent ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    shape: Shape,
    /// Where each item's cells start, and after the last item, where its cells end.
    starts: Vec<u32>,
    /// `annotator × categories + category`, sorted within an item.
    cells: Vec<u32>,
    /// Each item's category with the most labels; of several, the one that was given first.
    leaders: Vec<u32>,
}

impl Labels {
    /// Sorts labels, given in any order, by item. Their order matters for [`TiePolicy::First`](super::TiePolicy::First) alone.
    ///
    /// Costs a time proportional to the labels. Every item must have a label, and every index must be within the shape.
    pub fn new(shape: Shape, labels: &[Label]) -> Result<Self, LabelsError> {
        check(shape, labels)?;
        let mut starts = counts(shape, labels);
        if let Some((item, _)) = (0..shape.items).zip(&starts).find(|&(_, &count)| count == 0) {
            return Err(LabelsError::NoLabel { item });
        }
        // From counts to where each item's cells end, ...
        let mut end = 0;
        for start in &mut starts {
            end += *start;
            *start = end;
        }
        // ... and from there down to where they start, as each label takes its place.
        let mut cells = vec![0; labels.len()];
        for label in labels {
            let start = &mut starts[label.item as usize];
            *start -= 1;
            cells[*start as usize] = label.annotator * shape.categories + label.category;
        }
        let mut votes = vec![0; shape.categories as usize];
        let mut leaders = Vec::with_capacity(shape.items as usize);
        for bounds in starts.windows(2) {
            let cells = &mut cells[bounds[0] as usize..bounds[1] as usize];
            leaders.extend(leader(&mut votes, cells, shape.categories));
            cells.sort_unstable();
        }
        Ok(Self { shape, starts, cells, leaders })
    }

    /// How many items, annotators and categories there are.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The number of labels.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is no label, and so no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// All labels, by item, annotator and category.
    pub fn iter(&self) -> impl Iterator<Item = Label> {
        let categories = self.shape.categories;
        (0..).zip(self.cells_by_item()).flat_map(move |(item, cells)| {
            cells.iter().map(move |cell| Label { item, annotator: cell / categories, category: cell % categories })
        })
    }

    /// Each item's cells, `annotator × categories + category`, in rising order; at least one.
    pub(crate) fn cells_by_item(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|bounds| &self.cells[bounds[0] as usize..bounds[1] as usize])
    }

    /// Each item's category with the most labels; of several, the one that was given first.
    pub(crate) fn leaders(&self) -> &[u32] {
        &self.leaders
    }

    /// The number of categories, to index with.
    pub(crate) fn classes(&self) -> usize {
        self.shape.categories as usize
    }

    /// The number of different cells, `annotators × categories`.
    pub(crate) fn cells(&self) -> usize {
        self.shape.annotators as usize * self.classes()
    }
}

/// Checks the size of everything, so that no later arithmetic overflows, and that each label is inside.
fn check(shape: Shape, labels: &[Label]) -> Result<(), LabelsError> {
    let [annotators, categories] = [shape.annotators, shape.categories].map(u64::from);
    // Both factors are below 2³², and the second product is only made of a first one that is small.
    let fits = u32::try_from(labels.len()).is_ok()
        && annotators * categories <= MOST_ENTRIES
        && annotators * categories * categories <= MOST_ENTRIES;
    if !fits {
        return Err(LabelsError::TooLarge(shape, labels.len()));
    }
    let inside = |label: &&Label| {
        label.item < shape.items && label.annotator < shape.annotators && label.category < shape.categories
    };
    match labels.iter().find(|label| !inside(label)) {
        Some(&label) => Err(LabelsError::Outside { label, shape }),
        None => Ok(()),
    }
}

/// The number of labels of each item, and a zero after them.
fn counts(shape: Shape, labels: &[Label]) -> Vec<u32> {
    let mut counts = vec![0; shape.items as usize + 1];
    for label in labels {
        counts[label.item as usize] += 1;
    }
    counts
}

/// Sets the votes to those of one item.
pub(super) fn count_votes(votes: &mut [u32], cells: &[u32]) {
    votes.fill(0);
    for &cell in cells {
        votes[cell as usize % votes.len()] += 1;
    }
}

/// The category with the most votes of an item whose cells are given from the last label to the first.
fn leader(votes: &mut [u32], cells: &[u32], categories: u32) -> Option<u32> {
    count_votes(votes, cells);
    // of equal ones `max_by_key` takes the last
    cells.iter().map(|cell| cell % categories).max_by_key(|category| votes[*category as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape { items: 2, annotators: 3, categories: 4 };

    fn label(item: u32, annotator: u32, category: u32) -> Label {
        Label { item, annotator, category }
    }

    #[test]
    fn labels_are_sorted_by_item_annotator_and_category() {
        let sorted = [label(0, 0, 3), label(0, 2, 1), label(0, 2, 1), label(1, 1, 0), label(1, 1, 2)];
        let mut given = sorted;
        given.reverse();
        given.swap(0, 3);
        let labels = Labels::new(SHAPE, &given).expect("inside");
        assert_eq!(labels.iter().collect::<Vec<_>>(), sorted);
        assert_eq!((labels.len(), labels.shape()), (5, SHAPE));
    }

    #[test]
    fn an_item_is_led_by_the_category_with_most_labels_or_the_first_of_several() {
        let given = [label(1, 2, 0), label(0, 2, 3), label(0, 0, 1), label(1, 1, 2), label(0, 1, 1), label(0, 0, 3)];
        assert_eq!(Labels::new(SHAPE, &given).expect("inside").leaders(), [3, 0]);
        let mut backwards = given;
        backwards.reverse();
        assert_eq!(Labels::new(SHAPE, &backwards).expect("inside").leaders(), [3, 2]);
        assert_eq!(Labels::new(SHAPE, &given[..5]).expect("inside").leaders(), [1, 0]);
    }

    #[test]
    fn no_item_is_no_label() {
        let labels = Labels::new(Shape { items: 0, ..SHAPE }, &[]).expect("nothing to refuse");
        assert!(labels.is_empty());
        assert_eq!(labels.iter().count(), 0);
    }

    #[test]
    fn a_label_outside_is_refused() {
        for outside in [label(2, 0, 0), label(0, 3, 0), label(0, 0, 4)] {
            let refused = Labels::new(SHAPE, &[label(0, 0, 0), label(1, 0, 0), outside]);
            assert_eq!(refused, Err(LabelsError::Outside { label: outside, shape: SHAPE }));
        }
    }

    #[test]
    fn an_item_without_a_label_is_refused() {
        assert_eq!(Labels::new(SHAPE, &[label(0, 0, 0)]), Err(LabelsError::NoLabel { item: 1 }));
        assert_eq!(Labels::new(SHAPE, &[label(1, 0, 0)]), Err(LabelsError::NoLabel { item: 0 }));
    }

    #[test]
    fn a_shape_whose_tables_do_not_fit_is_refused() {
        for shape in [
            Shape { items: 1, annotators: u32::MAX, categories: u32::MAX },
            Shape { items: 1, annotators: 1, categories: 1 << 14 },
            Shape { items: 1, annotators: 1 << 28, categories: 1 },
        ] {
            assert_eq!(Labels::new(shape, &[label(0, 0, 0)]), Err(LabelsError::TooLarge(shape, 1)));
        }
    }
}
