//! What is counted of a project's answers to one question.
//!
//! Every count is an integer that a task adds to or takes from as a whole, so taking back what a task once added leaves no
//! trace, in whatever order.

use sha2::{Digest, Sha256};
use stele_agreement::annotator::{GoldAnswer, Side};
use uuid::Uuid;

/// What a count is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Counter {
    /// Units that have exactly these ratings, in order.
    Unit { ratings: Vec<String> },
    /// Units that two annotators have put into these categories, the lesser id first.
    Pair { annotators: [Uuid; 2], categories: [String; 2] },
    /// An annotator's labels of units with so many ratings, of which so many others say the same.
    Alike { annotator: Uuid, ratings: u32, alike: u32 },
    /// An annotator's labels of a category.
    Said { annotator: Uuid, category: String },
    /// An annotator's comparisons, by which of the two was preferred: the one seen first (left) or second, or neither.
    Preferred { annotator: Uuid, side: Side },
    /// An annotator's labels of gold tasks.
    Gold { annotator: Uuid, answer: GoldAnswer },
    /// Comparisons of two models' responses.
    Compared { models: [String; 2], in_order: bool, outcome: String },
    /// Labels of single responses of a model.
    Rated { model: String, category: String },
}

/// The names of what was preferred, as they are stored.
const SIDES: [(Side, &str); 3] = [(Side::Left, "first"), (Side::Right, "second"), (Side::Tie, "neither")];

/// The names of answers to gold tasks, as they are stored.
const GOLD: [(GoldAnswer, &str); 2] = [(GoldAnswer::Right, "right"), (GoldAnswer::Wrong, "wrong")];

fn name<T: PartialEq>(names: &[(T, &'static str)], thing: &T) -> String {
    let found = names.iter().find(|(known, _)| known == thing);
    found.map_or_else(String::new, |(_, name)| (*name).to_owned())
}

fn named<T: Copy>(names: &[(T, &'static str)], name: &str) -> Option<T> {
    names.iter().find(|(_, known)| *known == name).map(|(thing, _)| *thing)
}

impl Counter {
    /// The kinds that are not of pairs of annotators.
    pub(super) const OF_ONE: &[&str] = &["unit", "alike", "said", "preferred", "gold", "compared", "rated"];
    /// The kinds that are.
    pub(super) const OF_PAIRS: &[&str] = &["pair"];

    pub(super) const fn is_of_pair(&self) -> bool {
        matches!(self, Self::Pair { .. })
    }

    /// The counter as it is stored: its kind, and what distinguishes it from others of its kind.
    pub(super) fn stored(&self) -> (&'static str, Vec<String>) {
        match self {
            Self::Unit { ratings } => ("unit", ratings.clone()),
            Self::Pair { annotators: [a, b], categories: [of_a, of_b] } => {
                ("pair", vec![a.to_string(), b.to_string(), of_a.clone(), of_b.clone()])
            }
            Self::Alike { annotator, ratings, alike } => {
                ("alike", vec![annotator.to_string(), ratings.to_string(), alike.to_string()])
            }
            Self::Said { annotator, category } => ("said", vec![annotator.to_string(), category.clone()]),
            Self::Preferred { annotator, side } => ("preferred", vec![annotator.to_string(), name(&SIDES, side)]),
            Self::Gold { annotator, answer } => ("gold", vec![annotator.to_string(), name(&GOLD, answer)]),
            Self::Compared { models: [left, right], in_order, outcome } => {
                ("compared", vec![left.clone(), right.clone(), in_order.to_string(), outcome.clone()])
            }
            Self::Rated { model, category } => ("rated", vec![model.clone(), category.clone()]),
        }
    }

    /// The counter of a stored row, if it is one.
    pub(super) fn read(kind: &str, key: Vec<String>) -> Option<Self> {
        if kind == "unit" {
            return Some(Self::Unit { ratings: key });
        }
        let mut key = key.into_iter();
        let mut next = || key.next();
        let counter = match kind {
            "pair" => Self::Pair {
                annotators: [next()?.parse().ok()?, next()?.parse().ok()?],
                categories: [next()?, next()?],
            },
            "alike" => Self::Alike {
                annotator: next()?.parse().ok()?,
                ratings: next()?.parse().ok()?,
                alike: next()?.parse().ok()?,
            },
            "said" => Self::Said { annotator: next()?.parse().ok()?, category: next()? },
            "preferred" => Self::Preferred { annotator: next()?.parse().ok()?, side: named(&SIDES, &next()?)? },
            "gold" => Self::Gold { annotator: next()?.parse().ok()?, answer: named(&GOLD, &next()?)? },
            "compared" => {
                Self::Compared { models: [next()?, next()?], in_order: next()?.parse().ok()?, outcome: next()? }
            }
            "rated" => Self::Rated { model: next()?, category: next()? },
            _ => return None,
        };
        next().is_none().then_some(counter)
    }
}

/// A name of a stored counter that fits an index, however long its parts are.
pub(super) fn digest(kind: &str, key: &[String]) -> Uuid {
    let mut hash = Sha256::new();
    for part in std::iter::once(kind).chain(key.iter().map(String::as_str)) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut start = [0; 16];
    start.copy_from_slice(&hash.finalize()[..16]);
    Uuid::from_bytes(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_read_as_it_was_stored() {
        let (ada, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let text = |text: &str| text.to_owned();
        for counter in [
            Counter::Unit { ratings: vec![text("a"), text("a"), text("b")] },
            Counter::Unit { ratings: Vec::new() },
            Counter::Pair { annotators: [ada, bob], categories: [text("a"), text("")] },
            Counter::Alike { annotator: ada, ratings: 3, alike: 2 },
            Counter::Said { annotator: ada, category: text("a|b") },
            Counter::Preferred { annotator: bob, side: Side::Tie },
            Counter::Gold { annotator: bob, answer: GoldAnswer::Wrong },
            Counter::Compared { models: [text("m"), text("n")], in_order: true, outcome: text("tie") },
            Counter::Rated { model: text("m"), category: text("5") },
        ] {
            let (kind, key) = counter.stored();
            let kinds = if counter.is_of_pair() { Counter::OF_PAIRS } else { Counter::OF_ONE };
            assert!(kinds.contains(&kind), "{kind}");
            assert_eq!(Counter::read(kind, key), Some(counter));
        }
    }

    #[test]
    fn a_damaged_row_is_no_counter() {
        let id = Uuid::from_u128(1).to_string();
        for (kind, key) in
            [("none", vec!["a"]), ("said", vec![&id]), ("said", vec![&id, "a", "b"]), ("gold", vec!["a", "true"])]
        {
            assert_eq!(Counter::read(kind, key.into_iter().map(str::to_owned).collect()), None);
        }
    }

    #[test]
    fn no_two_keys_have_one_digest() {
        let digest = |key: &[&str]| digest("said", &key.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>());
        assert_ne!(digest(&["ab", "c"]), digest(&["a", "bc"]));
        assert_ne!(digest(&["a"]), digest(&["a", ""]));
    }
}
