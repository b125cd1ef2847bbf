//! What is left out of a dataset.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use stele_domain::Timestamp;

use crate::{Method, Recipe, RecipeError, is_default, shape};

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
    /// A task gives no row where the winning outcome is less probable than this by the method's own measure, from 0 to 1. An
    /// adjudicated task passes.
    #[serde(skip_serializing_if = "is_default")]
    pub min_probability: Option<f64>,
    /// Only judgments that are said to have been given at this time or later.
    #[serde(skip_serializing_if = "is_default")]
    pub judged_from: Option<Timestamp>,
    /// Only judgments that are said to have been given before this time.
    #[serde(skip_serializing_if = "is_default")]
    pub judged_before: Option<Timestamp>,
    /// Whose judgments don't count: annotators that one of these rules flags, on the judgments that are left by everything
    /// above. A flag says that somebody should look; it is the recipe that decides.
    #[serde(skip_serializing_if = "is_default")]
    pub flagged: BTreeSet<FlagRule>,
    /// The longest prompt, in Unicode scalar values.
    pub max_prompt_characters: Option<u32>,
    /// The longest response, in Unicode scalar values.
    pub max_response_characters: Option<u32>,
    /// What to do with a row that says what an earlier one said.
    pub duplicates: Duplicates,
    /// A row is left out where its words are those of an earlier row to at least this share, from 0.5 to 1: the share of
    /// runs of five characters that both have in all that either has (Jaccard's index), as 64 hashes estimate it.
    #[serde(skip_serializing_if = "is_default")]
    pub near_duplicates: Option<f64>,
}

/// A rule by which annotators are flagged, as `flags` of the API has it: of those, the ones that need the judgments alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagRule {
    /// The others agree too seldom.
    LowAgreement,
    /// Nearly all answers are the same.
    StraightLining,
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

impl FlagRule {
    /// The name under which it stands in a recipe.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LowAgreement => "low_agreement",
            Self::StraightLining => "straight_lining",
        }
    }
}

impl Filters {
    pub(crate) fn check(&self, recipe: &Recipe) -> Result<(), RecipeError> {
        let format = recipe.format.as_str();
        for (field, share, least) in [
            ("filters.min_agreement", self.min_agreement, 0.0),
            ("filters.min_probability", self.min_probability, 0.0),
            ("filters.near_duplicates", self.near_duplicates, 0.5),
        ] {
            if share.is_some_and(|share| !(least..=1.0).contains(&share)) {
                return Err(RecipeError::field(field, format!("a share is between {least} and 1")));
            }
        }
        for (field, is_asked) in [
            ("filters.min_agreement", self.min_agreement.is_some()),
            ("filters.min_probability", self.min_probability.is_some()),
        ] {
            if is_asked && !shape::has_winner(recipe.format) {
                let reason = format!("{format} datasets have no outcome that wins");
                return Err(RecipeError::field(field, reason));
            }
        }
        if self.min_probability.is_some() && recipe.aggregation.method == Some(Method::Mean) {
            return Err(RecipeError::field("filters.min_probability", "a mean gives no probability"));
        }
        for (field, bound) in [
            ("filters.min_judgments", self.min_judgments),
            ("filters.max_prompt_characters", self.max_prompt_characters),
            ("filters.max_response_characters", self.max_response_characters),
        ] {
            if bound == Some(0) {
                return Err(RecipeError::field(field, "0 is no bound; leave it out for none"));
            }
        }
        if let (Some(from), Some(before)) = (self.judged_from, self.judged_before)
            && before <= from
        {
            return Err(RecipeError::field("filters.judged_before", "no time is before it and after `judged_from`"));
        }
        Ok(())
    }
}
