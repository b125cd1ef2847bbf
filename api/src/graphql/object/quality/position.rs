//! Which side is preferred.

use async_graphql::SimpleObject;
use stele_agreement::annotator::{Position, Side};

use super::coefficient::Coefficient;

/// Which side is preferred: the order of responses is left to chance, so neither should be.
#[derive(SimpleObject)]
#[graphql(name = "PositionPreference")]
pub(super) struct PositionObject {
    /// Comparisons where the response that was seen first was preferred.
    first: u64,
    /// Those where the one seen second was.
    second: u64,
    /// Those where neither was.
    neither: u64,
    /// The share of the first among the decisive ones, 0 to 1.
    left_share: Coefficient,
    /// How probable so uneven a share is where no side is preferred, by the exact binomial distribution; 0 to 1.
    p_value: Coefficient,
}

impl From<Position> for PositionObject {
    fn from(position: Position) -> Self {
        let count = |side| position.of(&side).cast_unsigned();
        Self {
            first: count(Side::Left),
            second: count(Side::Right),
            neither: count(Side::Tie),
            left_share: position.left_share().into(),
            p_value: position.p_value().into(),
        }
    }
}
