//! Recipes: what a dataset is to be made of, and how.

use std::{fmt, path::Path};

use serde::{Deserialize, Serialize};
use stele_domain::form::QuestionKey;

/// How a preference (DPO) dataset is made: for each task the response that a strict majority of its annotators
/// preferred, and the other one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DpoRecipe {
    /// The preference question to use; may be left out where the project asks only one.
    pub question: Option<QuestionKey>,
    /// The content fields that make up the prompt, in order; all of them by default.
    pub prompt: Option<Vec<String>>,
    /// What stands between the prompt's fields.
    pub separator: String,
    /// What to do with a task where one of the two responses is empty.
    pub empty_responses: EmptyResponses,
    /// What to do with a task whose prompt holds personal text.
    pub personal_text: PersonalText,
}

/// What to do with a task where one of the two responses is empty or white space only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyResponses {
    /// Leave it out, and count it in the manifest.
    #[default]
    Drop,
    /// Keep it like any other.
    Keep,
}

/// What to do with a task whose prompt holds text that belongs to a data subject.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalText {
    /// Leave it out, and count it in the manifest.
    #[default]
    Withhold,
    /// Keep it. Only a release may: the history then tells whose text has left.
    Include,
}

impl Default for DpoRecipe {
    fn default() -> Self {
        Self {
            question: None,
            prompt: None,
            separator: "\n\n".to_owned(),
            empty_responses: EmptyResponses::default(),
            personal_text: PersonalText::default(),
        }
    }
}

/// Why a recipe can't be followed.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// The file can't be read.
    #[error("{file}: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not a recipe.
    #[error("{file}: {reason}")]
    Malformed {
        /// The file.
        file: String,
        /// Where, and what is wrong.
        reason: String,
    },
    /// The project asks no preference question of that name, or none at all, or several.
    #[error("`question`: {reason}; the project's preference questions are {}", Listed(known))]
    Question {
        /// What is wrong.
        reason: String,
        /// The keys to choose from.
        known: Vec<QuestionKey>,
    },
}

struct Listed<'a>(&'a [QuestionKey]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&str> = self.0.iter().map(QuestionKey::as_str).collect();
        f.write_str(if keys.is_empty() { "none" } else { "" })?;
        f.write_str(&keys.join(", "))
    }
}

impl DpoRecipe {
    /// Reads a recipe from a YAML file.
    pub fn load(path: &Path) -> Result<Self, RecipeError> {
        let file = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| RecipeError::Unreadable { file: file.clone(), source })?;
        serde_saphyr::from_str(&text).map_err(|error| RecipeError::Malformed { file, reason: error.to_string() })
    }

    /// The recipe with its question named, given the preference questions that the project asks.
    pub(crate) fn resolve(mut self, known: &[QuestionKey]) -> Result<(Self, QuestionKey), RecipeError> {
        let wrong = |reason: String| RecipeError::Question { reason, known: known.to_vec() };
        let question = match (&self.question, known) {
            (Some(asked), _) if known.contains(asked) => asked.clone(),
            (Some(asked), _) => return Err(wrong(format!("the project does not ask `{asked}`"))),
            (None, [only]) => only.clone(),
            (None, []) => return Err(wrong("the project asks for no preference".to_owned())),
            (None, _) => return Err(wrong("the project asks for several preferences, so name one".to_owned())),
        };
        self.question = Some(question.clone());
        Ok((self, question))
    }

    /// The recipe as canonical JSON (RFC 8785), which its hash is made of.
    pub(crate) fn canonical(&self) -> Result<String, serde_json::Error> {
        serde_json_canonicalizer::to_string(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str) -> Result<DpoRecipe, String> {
        serde_saphyr::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let error = load("separator: ' '\nempty_response: keep\n").expect_err("unknown field");
        assert!(error.contains("empty_response") && error.contains("line 2"), "{error}");
    }

    #[test]
    fn the_question_is_chosen_only_where_there_is_one() {
        let key = |text: &str| QuestionKey::try_from(text).expect("valid key");
        let (resolved, question) = DpoRecipe::default().resolve(&[key("better")]).expect("one question");
        assert_eq!((resolved.question, question), (Some(key("better")), key("better")));
        for known in [vec![], vec![key("better"), key("safer")]] {
            assert!(DpoRecipe::default().resolve(&known).is_err());
        }
        let other = DpoRecipe { question: Some(key("other")), ..DpoRecipe::default() };
        let error = other.resolve(&[key("better")]).expect_err("not asked").to_string();
        assert_eq!(
            error,
            "`question`: the project does not ask `other`; the project's preference questions are better"
        );
    }
}
