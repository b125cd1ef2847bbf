//! What is left out of a dataset.

use serde::{Deserialize, Serialize};

use super::RecipeError;

/// Which judgments, tasks and rows are left out; nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Filters {
    /// Which judgments count, by what reviewers said of them.
    pub review: Review,
    /// A task with fewer judgments gives no row.
    pub min_judgments: Option<u32>,
    /// A task gives no row where the winning outcome has less than this share of the judgments, from 0 to 1. An adjudicated
    /// task passes: it was decided over the annotators' heads.
    pub min_agreement: Option<f64>,
    /// The longest prompt, in Unicode scalar values.
    pub max_prompt_characters: Option<u32>,
    /// The longest response, in Unicode scalar values.
    pub max_response_characters: Option<u32>,
    /// What to do with a row that says what an earlier one said.
    pub duplicates: Duplicates,
}

/// Which judgments count, by what reviewers said of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// All but those that were rejected.
    #[default]
    Unrejected,
    /// Those that were approved.
    Approved,
}

/// What to do with a row whose prompt and responses are those of an earlier one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// Keep it like any other.
    #[default]
    Keep,
    /// Leave it out, and count it in the manifest.
    Drop,
}

impl Filters {
    pub(super) fn check(&self) -> Result<(), RecipeError> {
        if self.min_agreement.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            let reason = "a share is between 0 and 1".to_owned();
            return Err(RecipeError::Field { field: "filters.min_agreement", reason });
        }
        for (field, bound) in [
            ("filters.min_judgments", self.min_judgments),
            ("filters.max_prompt_characters", self.max_prompt_characters),
            ("filters.max_response_characters", self.max_response_characters),
        ] {
            if bound == Some(0) {
                return Err(RecipeError::Field { field, reason: "0 is no bound; leave it out for none".to_owned() });
            }
        }
        Ok(())
    }
}
