//! Why there are no strengths.

use std::fmt::Debug;

/// Why no strengths can be estimated from comparisons.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unfit<I: Debug> {
    /// No two items were compared.
    #[error("no two items were compared")]
    NoComparison,
    /// A count that no comparisons could have led to: such as a difference of counts, or damaged stored rows.
    #[error("the counts are not those of any comparisons")]
    Impossible,
    /// Some items' strengths can't be compared, or only be called infinitely many times as large; the groups within which
    /// strengths can be compared.
    #[error("the comparisons leave {} groups of items unrelated, or related by wins of one side only", .0.len())]
    NotConnected(Vec<Vec<I>>),
    /// No greatest likelihood was found: it grows for ever as some parameter does.
    #[error("the likelihood has no maximum")]
    NoMaximum,
    /// A setting out of its range.
    #[error("the {name} {value} is out of its range")]
    Setting {
        /// The setting's name.
        name: &'static str,
        /// Its value.
        value: f64,
    },
}
