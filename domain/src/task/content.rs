//! What a task shows: named content fields.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ChatMessage, MediaRef, Response, chat};
use crate::{
    Personal, SubjectId,
    form::{Extent, Frame, Shown, ShownField, ShownResponse},
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

    /// Whether its value is of its kind.
    fn check(&self) -> Result<(), String> {
        match (&self.value, self.value.as_clear()) {
            (ContentValue::Media(file), _) => file.check(self.kind),
            (_, Some(ContentBody::Text(_))) if self.kind.is_text() => Ok(()),
            (_, Some(ContentBody::Chat(messages))) if self.kind == ContentKind::Chat => chat::check(messages),
            _ => Err(format!("it is said to be {}, and is none", self.kind.noun())),
        }
    }

    /// Its text, if it is one that can be read.
    fn text(&self) -> Option<&str> {
        self.value.as_clear().and_then(ContentBody::as_text)
    }

    /// What there is to answer about.
    fn extent(&self) -> Extent {
        match (self.kind, &self.value) {
            (ContentKind::Image, ContentValue::Media(MediaRef { width, height, .. })) => {
                Extent::Image(frame(*width, *height))
            }
            (ContentKind::Video, ContentValue::Media(MediaRef { width, height, duration_ms, .. })) => {
                Extent::Video(frame(*width, *height), *duration_ms)
            }
            (_, ContentValue::Media(file)) => Extent::Audio(file.duration_ms),
            (ContentKind::Chat, _) => Extent::Chat,
            _ => Extent::Text(self.length.or_else(|| self.text().map(length))),
        }
    }

    /// The field with whatever can't be told once it is sealed.
    fn measured(mut self) -> Self {
        self.length = match &self.value {
            ContentValue::Personal(_) => self.text().map(length),
            ContentValue::Public(_) | ContentValue::Media(_) => None,
        };
        self
    }
}

fn frame(width: Option<u32>, height: Option<u32>) -> Option<Frame> {
    Some(Frame { width: width?, height: height? })
}

/// How long a text is, in Unicode scalar values. A task's texts are shorter than [`MAX_BYTES`].
pub(super) fn length(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// What a content field says: words that are nobody's, words that belong to a data subject, or a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ContentValue {
    /// A text or a chat that is nobody's.
    Public(ContentBody),
    /// A text or a chat that belongs to a data subject, and goes when they are erased.
    Personal(Personal<ContentBody>),
    /// A media file; it says itself whose it is.
    Media(MediaRef),
}

/// What is said in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ContentBody {
    /// A text.
    Text(String),
    /// The messages of a chat.
    Chat(Vec<ChatMessage>),
}

impl ContentValue {
    /// Whose it is, if it is somebody's.
    #[must_use]
    pub const fn subject(&self) -> Option<SubjectId> {
        match self {
            Self::Public(_) => None,
            Self::Personal(body) => Some(body.subject()),
            Self::Media(file) => file.subject,
        }
    }

    /// What it says in words, unless that is sealed or erased.
    #[must_use]
    pub fn as_clear(&self) -> Option<&ContentBody> {
        match self {
            Self::Public(body) => Some(body),
            Self::Personal(body) => body.as_clear(),
            Self::Media(_) => None,
        }
    }
}

impl ContentBody {
    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Chat(_) => None,
        }
    }

    /// Every text in it.
    fn texts(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => vec![text],
            Self::Chat(messages) => messages.iter().flat_map(ChatMessage::texts).collect(),
        }
    }
}

impl From<String> for ContentBody {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for ContentBody {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Vec<ChatMessage>> for ContentBody {
    fn from(messages: Vec<ChatMessage>) -> Self {
        Self::Chat(messages)
    }
}

impl From<Personal<ContentBody>> for ContentValue {
    fn from(body: Personal<ContentBody>) -> Self {
        Self::Personal(body)
    }
}

impl From<MediaRef> for ContentValue {
    fn from(file: MediaRef) -> Self {
        Self::Media(file)
    }
}

impl<T: Into<ContentBody>> From<T> for ContentValue {
    fn from(body: T) -> Self {
        Self::Public(body.into())
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
    /// As the messages of a chat.
    Chat,
    /// As a picture.
    Image,
    /// As a sound that can be played.
    Audio,
    /// As a video that can be played.
    Video,
}

impl ContentKind {
    /// What a field of this kind is, for people.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Text | Self::Markdown => "a text",
            Self::Chat => "a chat",
            Self::Image => "an image",
            Self::Audio => "a sound",
            Self::Video => "a video",
        }
    }

    /// Whether a field of this kind is a text.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Markdown)
    }
}

/// Whose media files are shown: one entry a file that is somebody's.
pub(super) fn media_subjects(content: &[ContentField]) -> Vec<SubjectId> {
    let media = content.iter().filter(|field| matches!(field.value, ContentValue::Media(_)));
    media.filter_map(|field| field.value.subject()).collect()
}

/// What answers to the task are held against.
pub(super) fn shown(content: &[ContentField], responses: &[Response]) -> Shown {
    let field = |field: &ContentField| ShownField { name: field.name.clone(), extent: field.extent() };
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
    /// A field's value is not of its kind.
    #[error("content field `{name}`: {reason}")]
    Field {
        /// The field's name.
        name: String,
        /// What is wrong.
        reason: String,
    },
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

/// The texts of a new field, which is clear until it is stored.
fn texts(field: &ContentField) -> Vec<&str> {
    field.value.as_clear().map(ContentBody::texts).unwrap_or_default()
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
        if field.name.contains('\0') || texts(field).iter().any(|text| text.contains('\0')) {
            return Err(ContentError::NulCharacter(format!("content field {index}")));
        }
        field.check().map_err(|reason| ContentError::Field { name: field.name.clone(), reason })?;
    }
    for (index, response) in responses.iter().enumerate() {
        if response.text.contains('\0') || response.model.as_ref().is_some_and(|model| model.contains('\0')) {
            return Err(ContentError::NulCharacter(format!("response {index}")));
        }
        response.check_steps().map_err(|reason| ContentError::Steps { index, reason })?;
    }
    let is_empty = |field: &ContentField| field.text().is_some_and(|text| text.trim().is_empty());
    if fields.iter().all(is_empty) {
        return Err(ContentError::Empty);
    }
    let bytes = fields.iter().flat_map(texts).map(str::len).sum::<usize>()
        + responses.iter().map(|response| response.text.len()).sum::<usize>();
    if bytes > MAX_BYTES {
        return Err(ContentError::TooLarge(bytes));
    }
    Ok(fields.iter().cloned().map(ContentField::measured).collect())
}
