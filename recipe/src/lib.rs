//! Recipes: what a dataset is to be made of, and how.
//!
//! A recipe is YAML to whoever writes it and canonical JSON (RFC 8785) in the history. What can be wrong with one is told
//! before anything is read: with the line, the field, or the questions that there are to choose from.

mod aggregation;
mod card;
mod error;
mod filters;
mod layout;
mod question;
mod shape;
mod sources;
mod split;

use std::path::Path;

use serde::{Deserialize, Serialize};
use stele_domain::{
    dataset::DatasetFormat,
    form::{Question, QuestionKey, QuestionKind},
};

pub use self::{
    aggregation::{Aggregation, Method, Ties},
    card::Card,
    error::RecipeError,
    filters::{Duplicates, Filters, FlagRule, Review},
    layout::{Arrangement, Layout},
    shape::has_each_judgment,
    sources::Sources,
    split::{Side, Split, SplitBy},
};

/// How a dataset is made. Everything has a default.
///
/// What was added after the first recipes is left out of the canonical form where it has its default, so that an old recipe
/// keeps its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    /// Which rows there are.
    #[serde(skip_serializing_if = "is_default")]
    pub format: DatasetFormat,
    /// Whose trainer they are laid out for.
    #[serde(skip_serializing_if = "is_default")]
    pub layout: Layout,
    /// The question to use; may be left out where the project asks only one that the format can use.
    pub question: Option<QuestionKey>,
    /// The text question whose answers tell why somebody answered as they did: a column of formats that have each judgment
    /// by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rationale: Option<QuestionKey>,
    /// The content fields that make up the prompt, in order; all of them by default.
    pub prompt: Option<Vec<String>>,
    /// What stands between the prompt's fields.
    pub separator: String,
    /// Whether prompts and responses are texts or messages.
    #[serde(skip_serializing_if = "is_default")]
    pub style: Style,
    /// Which tasks are used.
    #[serde(skip_serializing_if = "is_default")]
    pub sources: Sources,
    /// How one verdict comes of several judgments.
    #[serde(skip_serializing_if = "is_default")]
    pub aggregation: Aggregation,
    /// Which judgments, tasks and rows are left out.
    #[serde(skip_serializing_if = "is_default")]
    pub filters: Filters,
    /// What to do with a task where a response is empty.
    pub empty_responses: EmptyResponses,
    /// What to do with personal text: of prompts, and of those who answered.
    pub personal_text: PersonalText,
    /// How rows are divided into those to train with and those to test with.
    #[serde(skip_serializing_if = "is_default")]
    pub split: Split,
    /// What the dataset card says that the ledger can't know.
    #[serde(skip_serializing_if = "is_default")]
    pub card: Card,
}

/// Whether prompts and responses are texts or messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Texts.
    #[default]
    Standard,
    /// Lists of messages, each with its role and its content.
    Conversational,
}

impl Style {
    /// The name under which it stands in a recipe.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Conversational => "conversational",
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What to do with a task where a response is empty or white space only.
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

impl Default for Recipe {
    fn default() -> Self {
        Self {
            format: DatasetFormat::default(),
            layout: Layout::default(),
            question: None,
            rationale: None,
            prompt: None,
            separator: "\n\n".to_owned(),
            style: Style::default(),
            sources: Sources::default(),
            aggregation: Aggregation::default(),
            filters: Filters::default(),
            empty_responses: EmptyResponses::default(),
            personal_text: PersonalText::default(),
            split: Split::default(),
            card: Card::default(),
        }
    }
}

impl Recipe {
    /// Reads a recipe from a YAML file.
    pub fn load(path: &Path) -> Result<Self, RecipeError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&file, &text),
            Err(source) => Err(RecipeError::Unreadable { file, source }),
        }
    }

    /// Reads a recipe from YAML, or from JSON, which is YAML too. Errors name where it is from.
    pub fn parse(name: &str, text: &str) -> Result<Self, RecipeError> {
        serde_saphyr::from_str(text)
            .map_err(|error| RecipeError::Malformed { name: name.to_owned(), reason: error.to_string() })
    }

    /// Checks what can be told without a project.
    pub fn check(&self) -> Result<(), RecipeError> {
        let format = self.format.as_str();
        if self.style == Style::Conversational && !shape::is_said(self.format) {
            return Err(RecipeError::field("style", format!("{format} datasets have texts only")));
        }
        self.layout.check(self.format, self.style)?;
        if self.rationale.is_some() {
            if !shape::has_each_judgment(self.format) {
                let reason = format!("{format} datasets don't have each judgment by itself");
                return Err(RecipeError::field("rationale", reason));
            }
            self.needs_personal("rationale", "a rationale")?;
        }
        self.filters.check(self)?;
        self.split.check()
    }

    /// The recipe with its question named, and the question; `Prompts` need none.
    pub fn resolve(mut self, questions: &[Question]) -> Result<(Self, Option<Question>), RecipeError> {
        self.check()?;
        if self.format == DatasetFormat::Prompts {
            return Ok((self, None));
        }
        let question = question::find(&self, questions)?;
        if matches!(question.kind, QuestionKind::Text(_)) {
            self.needs_personal("question", &format!("what is answered to `{}`", question.key))?;
        }
        if let Some(rationale) = &self.rationale {
            let is_text = |asked: &&Question| matches!(asked.kind, QuestionKind::Text(_));
            if !questions.iter().filter(is_text).any(|asked| asked.key == *rationale) {
                let reason = format!("the project asks for no text by the name of `{rationale}`");
                return Err(RecipeError::field("rationale", reason));
            }
        }
        self.aggregation.check(&self, question::answered(&question.kind))?;
        self.question = Some(question.key.clone());
        Ok((self, Some(question.clone())))
    }

    /// By which rule verdicts come of answers to a question of this kind.
    #[must_use]
    pub fn method(&self, kind: &QuestionKind) -> Method {
        self.aggregation.method(question::answered(kind))
    }

    /// The recipe as canonical JSON (RFC 8785), which its hash is made of.
    pub fn canonical(&self) -> Result<String, serde_json::Error> {
        serde_json_canonicalizer::to_string(self)
    }

    fn needs_personal(&self, field: &'static str, what: &str) -> Result<(), RecipeError> {
        if self.personal_text == PersonalText::Include {
            return Ok(());
        }
        let reason = format!("{what} is personal text of whoever wrote it, which takes `personal_text: include`");
        Err(RecipeError::field(field, reason))
    }
}

#[cfg(test)]
mod tests;
