//! What a task shows, as far as answers are held against it.

use serde::{Deserialize, Serialize};

/// What a task shows, as far as answers are held against it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The content fields, in order.
    pub content: Vec<ShownField>,
    /// The responses, in order.
    pub responses: Vec<ShownResponse>,
}

/// A content field that is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownField {
    /// Its name.
    pub name: String,
    /// How long its text is, in Unicode scalar values; `None` where that is not on record.
    pub length: Option<u32>,
}

/// A response that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownResponse {
    /// How long its text is, in Unicode scalar values.
    pub length: u32,
    /// How many steps it has.
    pub steps: u32,
}
