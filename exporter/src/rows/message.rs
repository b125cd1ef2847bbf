//! Texts as they stand, or as messages.
//!
//! Messages have the shape that TRL's conversational formats and chat templates read: a role, a content, and where tools were
//! called the calls. Arguments stay JSON in a text, so that every row has the same columns.

use stele_domain::task::{ChatMessage, ChatRole};
use stele_recipe::Style;

use crate::table::{Cell, Column, Columns, Kind};

/// What a prompt or a response is in a style.
pub(super) fn kind(style: Style) -> Kind {
    match style {
        Style::Standard => Kind::Text,
        Style::Conversational => list(),
    }
}

/// A list of messages.
pub(super) fn list() -> Kind {
    Kind::list_of(Kind::Struct(columns()))
}

/// A message that is no more than what somebody says.
pub(super) fn plain_columns() -> Columns {
    Columns::new(vec![Column::new("role", Kind::Text), Column::new("content", Kind::Text)])
}

fn columns() -> Columns {
    let function = Columns::new(vec![Column::new("name", Kind::Text), Column::new("arguments", Kind::Text)]);
    let call = Columns::new(vec![
        Column::new("id", Kind::Text),
        Column::new("type", Kind::Text),
        Column::new("function", Kind::Struct(function)),
    ]);
    Columns::new(vec![
        Column::new("role", Kind::Text),
        Column::new("content", Kind::Text),
        Column::optional("tool_calls", Kind::list_of(Kind::Struct(call))),
        Column::optional("tool_call_id", Kind::Text),
        Column::optional("name", Kind::Text),
    ])
}

/// A response, in a style.
pub(super) fn said(style: Style, text: &str) -> Cell {
    match style {
        Style::Standard => text.into(),
        Style::Conversational => Cell::List(vec![message(&ChatMessage::new(ChatRole::Assistant, text))]),
    }
}

pub(super) fn message(message: &ChatMessage) -> Cell {
    let role = match message.role {
        ChatRole::System => "system",
        ChatRole::User => "user",
        ChatRole::Assistant => "assistant",
        ChatRole::Tool => "tool",
    };
    let calls: Vec<Cell> = message
        .tool_calls
        .iter()
        .map(|call| {
            let function = Cell::Struct(vec![call.name.as_str().into(), call.arguments.as_str().into()]);
            Cell::Struct(vec![call.id.as_str().into(), "function".into(), function])
        })
        .collect();
    let calls = if calls.is_empty() { Cell::None } else { Cell::List(calls) };
    Cell::Struct(vec![
        role.into(),
        message.text.as_str().into(),
        calls,
        message.tool_call_id.clone().into(),
        message.name.clone().into(),
    ])
}
