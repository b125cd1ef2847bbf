//! The candidate responses that a task asks to judge.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::content::length;

/// A candidate response, and the model that gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The model that gave it, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What it says; a model may have answered with nothing.
    pub text: String,
    /// Where each step of its reasoning ends, in Unicode scalar values from the start of the text: increasing, and the last
    /// where the text ends. Empty where it is not divided into steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub step_ends: Vec<u32>,
}

impl Response {
    /// A response that is not divided into steps.
    pub fn new(model: Option<String>, text: impl Into<String>) -> Self {
        Self { model, text: text.into(), step_ends: Vec::new() }
    }

    pub(super) fn check_steps(&self) -> Result<(), String> {
        let ends = &self.step_ends;
        if ends.is_empty() {
            return Ok(());
        }
        if !ends.is_sorted_by(|one, next| one < next) || ends.first() == Some(&0) {
            return Err("its steps don't end one after the other".into());
        }
        let length = length(&self.text);
        if ends.last() != Some(&length) {
            return Err(format!("its last step does not end where the text does, at {length}"));
        }
        Ok(())
    }
}

/// A response's place among its task's responses, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ResponseIndex(pub u8);

impl ResponseIndex {
    /// The first response: a preference's left.
    pub const LEFT: Self = Self(0);
    /// The second response: a preference's right.
    pub const RIGHT: Self = Self(1);
}

impl fmt::Display for ResponseIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
