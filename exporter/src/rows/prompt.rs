//! What a task asks of the models, or shows to those who mark it.

use std::{borrow::Cow, collections::BTreeSet, mem};

use stele_domain::{
    StreamType, SubjectId,
    dataset::DatasetFormat,
    form::QuestionKind,
    task::{ChatMessage, ChatRole, ContentBody, ContentField, ContentKind, ContentValue, MediaRef},
};
use stele_ledger::{Ledger, StreamKey};
use stele_recipe::{PersonalText, Recipe, Style};

use super::{Reason, field, message};
use crate::{ExportError, replay::JudgedTask, table::Cell};

/// What a task asks of the models, or shows.
pub(crate) struct Prompt {
    /// All of its words; of an image, its name.
    pub(crate) text: String,
    /// The cells that it is in a row: the first ones.
    pub(crate) cells: Vec<Cell>,
    /// Whose personal text is in it.
    pub(crate) whose: BTreeSet<SubjectId>,
}

/// Finds out what tasks ask or show.
pub(crate) struct Asker<'a> {
    ledger: &'a Ledger,
    recipe: &'a Recipe,
    /// The content fields, in order; all of them without.
    names: Option<Vec<&'a str>>,
}

impl<'a> Asker<'a> {
    /// By a recipe, or by the question where it is about one of the fields.
    pub(crate) fn new(ledger: &'a Ledger, recipe: &'a Recipe, kind: Option<&'a QuestionKind>) -> Self {
        let is_about = matches!(recipe.format, DatasetFormat::Spans | DatasetFormat::Boxes);
        let names = match kind.filter(|_| is_about).and_then(field) {
            Some(name) => Some(vec![name]),
            None => recipe.prompt.as_ref().map(|names| names.iter().map(String::as_str).collect()),
        };
        Self { ledger, recipe, names }
    }

    /// What a task asks or shows, or why it can't be told.
    pub(crate) async fn ask(&self, task: &JudgedTask) -> Result<Result<Prompt, Reason>, ExportError> {
        let fields: Vec<&ContentField> = match &self.names {
            None => task.content.iter().collect(),
            Some(names) => {
                names.iter().filter_map(|name| task.content.iter().find(|field| field.name == *name)).collect()
            }
        };
        if self.recipe.format == DatasetFormat::Boxes {
            self.image(&fields).await
        } else {
            self.words(task, &fields).await
        }
    }

    /// The image, by its name. Nobody sees more of it.
    async fn image(&self, fields: &[&ContentField]) -> Result<Result<Prompt, Reason>, ExportError> {
        let image = fields.iter().find_map(|field| match &field.value {
            ContentValue::Media(MediaRef { digest, width: Some(width), height: Some(height), subject, .. }) => {
                Some((digest.to_string(), *width, *height, *subject))
            }
            _ => None,
        });
        let Some((name, width, height, subject)) = image else { return Ok(Err(Reason::EmptyPrompt)) };
        if let Some(subject) = subject {
            if self.recipe.personal_text == PersonalText::Withhold {
                return Ok(Err(Reason::Personal));
            }
            if self.ledger.key_record(subject).await?.is_some_and(|key| key.destroyed_at.is_some()) {
                return Ok(Err(Reason::Erased));
            }
        }
        let cells = vec![name.as_str().into(), width.into(), height.into()];
        Ok(Ok(Prompt { text: name, cells, whose: subject.into_iter().collect() }))
    }

    /// The words of the content fields, without the empty ones.
    async fn words(
        &self,
        task: &JudgedTask,
        fields: &[&ContentField],
    ) -> Result<Result<Prompt, Reason>, ExportError> {
        // by its kind, which can be told of what is sealed or erased as well
        let can_use = |field: &&&ContentField| {
            field.kind.is_text()
                || self.recipe.style == Style::Conversational && matches!(field.kind, ContentKind::Chat)
        };
        if let Some(field) = fields.iter().find(|field| !can_use(field)) {
            let (field, found) = (field.name.clone(), field.kind.noun());
            return Err(ExportError::NotAText { task: task.id, field, found });
        }
        let is_personal = |field: &ContentField| matches!(field.value, ContentValue::Personal(_));
        if self.recipe.personal_text == PersonalText::Withhold && fields.iter().any(|field| is_personal(field)) {
            return Ok(Err(Reason::Personal));
        }
        let stream = StreamKey { stream_type: StreamType::Task, id: task.id };
        let (mut bodies, mut whose) = (Vec::with_capacity(fields.len()), BTreeSet::new());
        for field in fields {
            let mut value = Cow::Borrowed(&field.value);
            if is_personal(field)
                && let ContentValue::Personal(text) = value.to_mut()
            {
                let path = format!("content.{}", field.name);
                self.ledger.open_personal(stream, task.event_id, &path, text).await?;
            }
            let subject = value.subject();
            let body = match value {
                Cow::Borrowed(value) => value.as_clear().map(Cow::Borrowed),
                Cow::Owned(value) => value.as_clear().cloned().map(Cow::Owned),
            };
            let Some(body) = body else { return Ok(Err(Reason::Erased)) };
            if body.as_text().is_none_or(|text| !text.trim().is_empty()) {
                whose.extend(subject);
                bodies.push(body);
            }
        }
        Ok(said(&bodies, whose, self.recipe))
    }
}

fn said(bodies: &[Cow<'_, ContentBody>], whose: BTreeSet<SubjectId>, recipe: &Recipe) -> Result<Prompt, Reason> {
    let mut messages = messages(bodies, &recipe.separator);
    let as_messages = match recipe.style {
        Style::Standard => None,
        Style::Conversational if messages.is_empty() => return Err(Reason::EmptyPrompt),
        Style::Conversational => Some(Cell::List(messages.iter().map(message::message).collect())),
    };
    let text = match messages.as_mut_slice() {
        [only] => mem::take(&mut only.text),
        several => several.iter().map(|message| message.text.as_str()).collect::<Vec<_>>().join(&recipe.separator),
    };
    let longest = recipe.filters.max_prompt_characters;
    if longest.is_some_and(|longest| text.chars().count() > longest as usize) {
        return Err(Reason::LongPrompt);
    }
    let cell = as_messages.unwrap_or_else(|| text.as_str().into());
    Ok(Prompt { text, cells: vec![cell], whose })
}

/// Texts that follow each other are one message of a user; chats are the messages that they are.
fn messages(bodies: &[Cow<'_, ContentBody>], separator: &str) -> Vec<ChatMessage> {
    let (mut messages, mut texts) = (Vec::new(), Vec::new());
    let end = |texts: &mut Vec<&str>, messages: &mut Vec<ChatMessage>| {
        if !texts.is_empty() {
            messages.push(ChatMessage::new(ChatRole::User, mem::take(texts).join(separator)));
        }
    };
    for body in bodies {
        match body.as_ref() {
            ContentBody::Text(text) => texts.push(text.as_str()),
            ContentBody::Chat(chat) => {
                end(&mut texts, &mut messages);
                messages.extend_from_slice(chat);
            }
        }
    }
    end(&mut texts, &mut messages);
    messages
}
