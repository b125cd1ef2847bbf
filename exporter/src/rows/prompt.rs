//! What a task asks of the models.

use std::{borrow::Cow, collections::BTreeSet, mem};

use stele_domain::{
    StreamType, SubjectId,
    task::{ChatMessage, ChatRole, ContentBody, ContentField, ContentValue},
};
use stele_ledger::{Ledger, StreamKey};

use super::{Reason, message};
use crate::{
    ExportError,
    recipe::{PersonalText, Recipe, Style},
    replay::JudgedTask,
    table::Cell,
};

/// What a task asks of the models.
pub(crate) struct Prompt {
    /// All of its words.
    pub(crate) text: String,
    /// It as messages, if that is the recipe's style.
    messages: Option<Cell>,
    /// Whose personal text is in it.
    pub(crate) whose: BTreeSet<SubjectId>,
}

/// What a task asks, or why it can't be told: the content fields that the recipe names, or all of them, without the empty ones.
pub(crate) async fn ask(
    ledger: &Ledger,
    task: &JudgedTask,
    recipe: &Recipe,
) -> Result<Result<Prompt, Reason>, ExportError> {
    let fields: Vec<&ContentField> = match &recipe.prompt {
        None => task.content.iter().collect(),
        Some(names) => {
            names.iter().filter_map(|name| task.content.iter().find(|field| &field.name == name)).collect()
        }
    };
    // by its kind, which can be told of what is sealed or erased as well
    let can_use = |field: &&&ContentField| {
        field.kind.is_text()
            || recipe.style == Style::Conversational && matches!(field.kind, stele_domain::task::ContentKind::Chat)
    };
    if let Some(field) = fields.iter().find(|field| !can_use(field)) {
        let (field, found) = (field.name.clone(), field.kind.noun());
        return Err(ExportError::NotAText { task: task.id, field, found });
    }
    let is_personal = |field: &&ContentField| matches!(field.value, ContentValue::Personal(_));
    if recipe.personal_text == PersonalText::Withhold && fields.iter().any(is_personal) {
        return Ok(Err(Reason::Personal));
    }
    let stream = StreamKey { stream_type: StreamType::Task, id: task.id };
    let (mut bodies, mut whose) = (Vec::with_capacity(fields.len()), BTreeSet::new());
    for field in fields {
        let mut value = Cow::Borrowed(&field.value);
        if is_personal(&field)
            && let ContentValue::Personal(text) = value.to_mut()
        {
            ledger.open_personal(stream, task.event_id, &format!("content.{}", field.name), text).await?;
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
    Ok(said(&bodies, whose, recipe))
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
    Ok(Prompt { text, messages: as_messages, whose })
}

impl Prompt {
    /// It, as the recipe's style has it.
    pub(crate) fn cell(&self) -> Cell {
        self.messages.clone().unwrap_or_else(|| self.text.as_str().into())
    }
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
