//! How one verdict comes of several judgments.

use serde::{Deserialize, Serialize};

use crate::{Recipe, RecipeError, is_default, shape};

/// How one verdict comes of several judgments. An adjudication stands above all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Aggregation {
    /// By which rule; by default a majority, or the mean where the answers are numbers.
    pub method: Option<Method>,
    /// What becomes of judgments that prefer neither response.
    pub ties: Ties,
    /// Whether rows tell how probable it is that the chosen response is the better one, by the method's own measure.
    #[serde(skip_serializing_if = "is_default")]
    pub chosen_probability: bool,
}

/// By which rule one verdict comes of several judgments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// What more than half of the judgments say.
    Majority,
    /// What more than half of the judgments' weight says. A judgment weighs as much as its annotator agrees with the others.
    Weighted,
    /// What the model of Dawid and Skene (1979) finds most probable.
    DawidSkene,
    /// Which response is stronger by the model of Bradley and Terry (1952) of the task's comparisons.
    BradleyTerry,
    /// The mean of the numbers that were given.
    Mean,
}

/// What becomes of judgments that prefer neither of two responses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// They are votes for a tie like any others: where they win there is no row.
    #[default]
    Drop,
    /// Each is half a vote for either response.
    Split,
}

impl Method {
    /// The name under which it stands in a recipe.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Majority => "majority",
            Self::Weighted => "weighted",
            Self::DawidSkene => "dawid_skene",
            Self::BradleyTerry => "bradley_terry",
            Self::Mean => "mean",
        }
    }

    /// Whether it is fitted to all judgments of a question, and not to those of one task.
    #[must_use]
    pub const fn is_global(self) -> bool {
        matches!(self, Self::Weighted | Self::DawidSkene)
    }
}

/// What a question's answers are, as far as they are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// A comparison of two responses.
    Comparisons,
    /// A comparison of several responses.
    Rankings,
    /// One of several categories.
    Categories,
    /// A number.
    Numbers,
    /// Anything else, of which there is no one verdict.
    Other,
}

impl Answered {
    const fn is_compared(self) -> bool {
        matches!(self, Self::Comparisons | Self::Rankings)
    }
}

impl Aggregation {
    /// Checks that the rule fits the answers that it is to put together.
    pub(crate) fn check(&self, recipe: &Recipe, answered: Answered) -> Result<(), RecipeError> {
        let (method, format) = (self.method(answered), recipe.format.as_str());
        if *self == Self::default() {
            return Ok(());
        }
        if shape::has_each_judgment(recipe.format) {
            return Err(RecipeError::field("aggregation", format!("{format} datasets have each judgment by itself")));
        }
        let fits = match method {
            Method::Majority => answered.is_compared() || answered == Answered::Categories,
            // of more than two responses each pair has its verdict, which need not add up to a ranking
            Method::Weighted | Method::DawidSkene => match answered {
                Answered::Comparisons | Answered::Categories => true,
                Answered::Rankings => shape::has_pair(recipe.format),
                Answered::Numbers | Answered::Other => false,
            },
            Method::BradleyTerry => answered.is_compared(),
            Method::Mean => answered == Answered::Numbers,
        };
        if !fits {
            let reason = format!("`{}` is not for answers of this question's kind", method.as_str());
            return Err(RecipeError::field("aggregation.method", reason));
        }
        if self.ties == Ties::Split && (!answered.is_compared() || method == Method::BradleyTerry) {
            let reason = match method {
                Method::BradleyTerry => "`bradley_terry` counts them as halves in any case",
                _ => "only comparisons have ties",
            };
            return Err(RecipeError::field("aggregation.ties", reason));
        }
        if self.chosen_probability && !(shape::has_pair(recipe.format) && method != Method::Mean) {
            let reason = match method {
                Method::Mean => "a mean gives no probability".to_owned(),
                _ => format!("{format} datasets have no chosen response"),
            };
            return Err(RecipeError::field("aggregation.chosen_probability", reason));
        }
        Ok(())
    }

    /// The rule that is followed.
    pub(crate) fn method(&self, answered: Answered) -> Method {
        self.method.unwrap_or(if answered == Answered::Numbers { Method::Mean } else { Method::Majority })
    }
}
