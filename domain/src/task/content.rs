//! What a task shows: named content fields.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Response;
use crate::{
    Personal, SubjectId,
    form::{Shown, ShownField, ShownResponse},
};

/// One named field of a task's content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentField {
    /// Its name within the task, such as `instruction`.
    pub name: String,
    /// How it is to be shown.
    pub kind: ContentKind,
    /// What it says.
    pub value: ContentValue,
    /// How long its text is, in Unicode scalar values, where that can't be counted later: in a text that is sealed. It is
    /// set when the task is created, and tells no more than the sealed bytes' own length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<u32>,
}

impl ContentField {
    /// A field as it is given to a new task.
    pub fn new(name: impl Into<String>, kind: ContentKind, value: impl Into<ContentValue>) -> Self {
        Self { name: name.into(), kind, value: value.into(), length: None }
    }

    /// How long its text is, in Unicode scalar values; `None` where that is not on record.
    fn text_length(&self) -> Option<u32> {
        self.length.or_else(|| self.value.as_clear().map(length))
    }

    /// The field with whatever can't be told once it is sealed.
    fn measured(mut self) -> Self {
        self.length = match &self.value {
            ContentValue::Public(_) => None,
            ContentValue::Personal(_) => self.value.as_clear().map(length),
        };
        self
    }
}

/// How long a text is, in Unicode scalar values. A task's texts are shorter than [`MAX_BYTES`].
pub(super) fn length(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// What a content field says: a text that is nobody's, or one that belongs to a data subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ContentValue {
    /// A text that is nobody's.
    Public(String),
    /// A text that belongs to a data subject, and goes when they are erased.
    Personal(Personal<String>),
}

impl ContentValue {
    /// Whose text it is, if it is somebody's.
    #[must_use]
    pub const fn subject(&self) -> Option<SubjectId> {
        match self {
            Self::Public(_) => None,
            Self::Personal(text) => Some(text.subject()),
        }
    }

    /// The text, unless it is sealed or erased.
    #[must_use]
    pub fn as_clear(&self) -> Option<&str> {
        match self {
            Self::Public(text) => Some(text),
            Self::Personal(text) => text.as_clear().map(String::as_str),
        }
    }
}

impl From<Personal<String>> for ContentValue {
    fn from(text: Personal<String>) -> Self {
        Self::Personal(text)
    }
}

impl From<String> for ContentValue {
    fn from(text: String) -> Self {
        Self::Public(text)
    }
}

impl From<&str> for ContentValue {
    fn from(text: &str) -> Self {
        Self::Public(text.to_owned())
    }
}

/// How a content field is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContentKind {
    /// As it stands.
    Text,
    /// As `CommonMark`.
    Markdown,
}

/// What answers to the task are held against.
pub(super) fn shown(content: &[ContentField], responses: &[Response]) -> Shown {
    let field = |field: &ContentField| ShownField { name: field.name.clone(), length: field.text_length() };
    let response = |response: &Response| ShownResponse {
        length: length(&response.text),
        steps: u32::try_from(response.step_ends.len()).unwrap_or(u32::MAX),
    };
    Shown { content: content.iter().map(field).collect(), responses: responses.iter().map(response).collect() }
}

/// The most content fields that a task may have.
pub const MAX_FIELDS: usize = 64;
/// The most responses that a task may have.
pub const MAX_RESPONSES: usize = 32;
/// The most text that a task may hold, in bytes of UTF-8 over all fields and responses.
pub const MAX_BYTES: usize = 1 << 20;

/// Why a task can't be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// No field, or more than [`MAX_FIELDS`].
    #[error("a task has 1 to {MAX_FIELDS} content fields, not {0}")]
    FieldCount(usize),
    /// A field's name is empty or too long.
    #[error("content field {0} needs a name of 1 to 64 characters")]
    FieldName(usize),
    /// Two fields share a name.
    #[error("two content fields are called `{0}`")]
    DuplicateField(String),
    /// Every field is empty.
    #[error("every content field is empty")]
    Empty,
    /// More than [`MAX_RESPONSES`].
    #[error("a task has at most {MAX_RESPONSES} responses, not {0}")]
    ResponseCount(usize),
    /// More than [`MAX_BYTES`].
    #[error("a task holds at most {MAX_BYTES} bytes of text, not {0}")]
    TooLarge(usize),
    /// A response's steps don't divide its text.
    #[error("response {index}: {reason}")]
    Steps {
        /// The response's place.
        index: usize,
        /// What is wrong.
        reason: String,
    },
    /// PostgreSQL's text can't hold U+0000.
    #[error("{0} contains the character U+0000, which can't be stored")]
    NulCharacter(String),
}

/// What a new field says: it is clear until it is stored.
fn text(field: &ContentField) -> &str {
    field.value.as_clear().unwrap_or_default()
}

/// Checks that content can be shown and stored, and gives it back as it is recorded.
pub(super) fn accept(fields: &[ContentField], responses: &[Response]) -> Result<Vec<ContentField>, ContentError> {
    if fields.is_empty() || fields.len() > MAX_FIELDS {
        return Err(ContentError::FieldCount(fields.len()));
    }
    if responses.len() > MAX_RESPONSES {
        return Err(ContentError::ResponseCount(responses.len()));
    }
    let mut names = BTreeSet::new();
    for (index, field) in fields.iter().enumerate() {
        if field.name.trim().is_empty() || field.name.chars().count() > 64 {
            return Err(ContentError::FieldName(index));
        }
        if !names.insert(&field.name) {
            return Err(ContentError::DuplicateField(field.name.clone()));
        }
        if field.name.contains('\0') || text(field).contains('\0') {
            return Err(ContentError::NulCharacter(format!("content field {index}")));
        }
    }
    for (index, response) in responses.iter().enumerate() {
        if response.text.contains('\0') || response.model.as_ref().is_some_and(|model| model.contains('\0')) {
            return Err(ContentError::NulCharacter(format!("response {index}")));
        }
        response.check_steps().map_err(|reason| ContentError::Steps { index, reason })?;
    }
    if fields.iter().all(|field| text(field).trim().is_empty()) {
        return Err(ContentError::Empty);
    }
    let bytes = fields.iter().map(|field| text(field).len()).sum::<usize>()
        + responses.iter().map(|response| response.text.len()).sum::<usize>();
    if bytes > MAX_BYTES {
        return Err(ContentError::TooLarge(bytes));
    }
    Ok(fields.iter().cloned().map(ContentField::measured).collect())
}
