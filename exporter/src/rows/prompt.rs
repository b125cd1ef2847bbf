//! What a task asks of the models.

use std::{collections::BTreeSet, mem};

use stele_domain::{
    StreamType, SubjectId,
    task::{ChatMessage, ChatRole, ContentBody, ContentField, ContentValue},
};
use stele_ledger::{Ledger, StreamKey};

use super::{Reason, message};
use crate::{
    ExportError,
    recipe::{PersonalText, Recipe, Style},
    replay::{JudgedTask, Shown},
    table::Cell,
};

/// What a task asks, or why it can't be told.
pub(crate) enum Asking {
    Prompt(Prompt),
    Nothing(Reason),
}

/// What a task asks of the models.
pub(crate) struct Prompt {
    pub(crate) cell: Cell,
    /// All of its words.
    pub(crate) text: String,
    /// Whose personal text is in it.
    pub(crate) whose: BTreeSet<SubjectId>,
}

/// The content fields that the recipe names, or all of them, without the empty ones.
pub(crate) async fn ask(
    ledger: &Ledger,
    task: &JudgedTask,
    shown: &Shown,
    recipe: &Recipe,
) -> Result<Asking, ExportError> {
    let fields: Vec<&ContentField> = match &recipe.prompt {
        None => shown.content.iter().collect(),
        Some(names) => {
            names.iter().filter_map(|name| shown.content.iter().find(|field| &field.name == name)).collect()
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
        return Ok(Asking::Nothing(Reason::Personal));
    }
    let stream = StreamKey { stream_type: StreamType::Task, id: task.id };
    let (mut bodies, mut whose) = (Vec::with_capacity(fields.len()), BTreeSet::new());
    for field in fields {
        let mut value = field.value.clone();
        if let ContentValue::Personal(text) = &mut value {
            ledger.open_personal(stream, task.event_id, &format!("content.{}", field.name), text).await?;
        }
        let Some(body) = value.as_clear() else { return Ok(Asking::Nothing(Reason::Erased)) };
        if body.as_text().is_none_or(|text| !text.trim().is_empty()) {
            whose.extend(value.subject());
            bodies.push(body.clone());
        }
    }
    Ok(said(bodies, whose, recipe))
}

fn said(bodies: Vec<ContentBody>, whose: BTreeSet<SubjectId>, recipe: &Recipe) -> Asking {
    let messages = messages(bodies, &recipe.separator);
    let text = messages.iter().map(|message| message.text.as_str()).collect::<Vec<_>>().join(&recipe.separator);
    let longest = recipe.filters.max_prompt_characters;
    if longest.is_some_and(|longest| text.chars().count() > longest as usize) {
        return Asking::Nothing(Reason::LongPrompt);
    }
    let cell = match recipe.style {
        Style::Standard => text.as_str().into(),
        Style::Conversational if messages.is_empty() => return Asking::Nothing(Reason::EmptyPrompt),
        Style::Conversational => Cell::List(messages.iter().map(message::message).collect()),
    };
    Asking::Prompt(Prompt { cell, text, whose })
}

/// Texts that follow each other are one message of a user; chats are the messages that they are.
fn messages(bodies: Vec<ContentBody>, separator: &str) -> Vec<ChatMessage> {
    let (mut messages, mut texts) = (Vec::new(), Vec::new());
    let end = |texts: &mut Vec<String>, messages: &mut Vec<ChatMessage>| {
        if !texts.is_empty() {
            messages.push(ChatMessage::new(ChatRole::User, mem::take(texts).join(separator)));
        }
    };
    for body in bodies {
        match body {
            ContentBody::Text(text) => texts.push(text),
            ContentBody::Chat(chat) => {
                end(&mut texts, &mut messages);
                messages.extend(chat);
            }
        }
    }
    end(&mut texts, &mut messages);
    messages
}
