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
    /// More than 2³² − 1 ratings: the exact arithmetic ends there.
    #[error("more than 2^32 - 1 ratings")]
    TooMany,
    /// A negative value where the scale has none: ratios are of amounts, from zero upwards.
    #[error("a ratio scale has no negative values")]
    Negative,
    /// All units have the same mean: there is no variance of units that a part of could be due to anything.
    #[error("all units have the same mean")]
    EqualUnits,
    /// A value that isn't among the categories of the scale that it is to be weighed on.
    #[error("a value is not on the scale")]
    OffScale,
}
