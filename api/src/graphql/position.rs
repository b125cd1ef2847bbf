//! Positions and receipts on the wire.

use async_graphql::{
    InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value, connection::CursorType,
};
use stele_ledger::Position;

/// A place in the ledger: 1 for the first event, with no gaps; 0 stands before every event.
#[derive(Clone, Copy, Debug)]
pub(super) struct PositionScalar(pub(super) Position);

#[Scalar(name = "Position")]
impl ScalarType for PositionScalar {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::Number(number) if number.is_u64() => Ok(Self(Position::from(number.as_u64().unwrap_or_default()))),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::from(self.0.get())
    }
}

/// A cursor: the position at which an item entered its list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor(pub(super) Position);

impl CursorType for Cursor {
    type Error = std::num::ParseIntError;

    fn decode_cursor(cursor: &str) -> Result<Self, Self::Error> {
        cursor.parse::<u64>().map(|position| Self(position.into()))
    }

    fn encode_cursor(&self) -> String {
        self.0.to_string()
    }
}

/// Proof that a command took effect, once. The same command under the same key gets the same receipt again.
#[derive(SimpleObject)]
pub(super) struct Receipt {
    /// The position of the command's first event.
    first: PositionScalar,
    /// The position of its last event; pass it as `atLeast` to read what was written.
    last: PositionScalar,
    /// Whether the command had been recorded before, under the same key.
    replayed: bool,
}

impl From<stele_ledger::Receipt> for Receipt {
    fn from(receipt: stele_ledger::Receipt) -> Self {
        Self { first: PositionScalar(receipt.first), last: PositionScalar(receipt.last), replayed: receipt.replayed }
    }
}
