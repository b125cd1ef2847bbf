//! Good or bad, each response by itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Reason, one_a_response};

/// Whether each response is good or bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThumbsQuestion {}

/// A verdict on one response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Thumb {
    /// It is good.
    Up,
    /// It is bad.
    Down,
}

impl ThumbsQuestion {
    pub(in crate::form) fn accept(given: &[Thumb], responses: usize) -> Result<Vec<Thumb>, Reason> {
        one_a_response(given.len(), responses)?;
        Ok(given.to_vec())
    }
}
