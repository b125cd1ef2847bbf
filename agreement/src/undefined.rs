//! Why an agreement has no value.

/// Why an agreement has no value; the alternative would be a 0 or a 1 that nobody measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undefined {
    /// Nothing can be compared: no unit has two ratings.
    #[error("no unit has two ratings")]
    NoPairableValues,
    /// Nothing could have differed: without variation, chance alone explains that all values are the same.
    #[error("all values that can be paired are of one category")]
    OneCategory,
    /// A count that no ratings could have led to: such as a difference of counts, or damaged stored rows.
    #[error("the counts are not those of any ratings")]
    Impossible,
}
