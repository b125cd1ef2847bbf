//! Chats: the messages that a system, a user, an assistant and its tools have exchanged.
//!
//! A message has the shape that model providers' chat interfaces share, so a chat becomes a conversational dataset's row
//! without being interpreted. It is checked as a whole: each tool message answers a call that was made before it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::IgnoredAny};

/// The most messages that one chat may have.
const MAX_MESSAGES: usize = 1_000;

/// One message of a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatMessage {
    /// Who says it.
    pub role: ChatRole,
    /// What is said; empty only where tools are called instead.
    pub text: String,
    /// The tools that are called, in order; only an assistant calls tools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// The call that is answered: on a tool's message, and on no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// The tool that answers: on a tool's message only, and then that of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Who says something in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChatRole {
    /// Whoever tells the assistant how to behave.
    System,
    /// The person who is talked to.
    User,
    /// The model.
    Assistant,
    /// A tool that the model has called.
    Tool,
}

/// A call of a tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// What tells it from the chat's other calls.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// What it is called with, as JSON.
    pub arguments: String,
}

impl ChatMessage {
    /// A message that is nothing but text.
    pub fn new(role: ChatRole, text: impl Into<String>) -> Self {
        Self { role, text: text.into(), tool_calls: Vec::new(), tool_call_id: None, name: None }
    }

    /// Every text in it.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let calls = self.tool_calls.iter().flat_map(|call| [&call.id, &call.name, &call.arguments]);
        let texts = std::iter::once(&self.text).chain(calls).chain(&self.tool_call_id).chain(&self.name);
        texts.map(String::as_str)
    }
}

/// Checks that messages make a chat; the reason why they don't names the message by its place, from 0.
pub(super) fn check(messages: &[ChatMessage]) -> Result<(), String> {
    if messages.is_empty() || messages.len() > MAX_MESSAGES {
        return Err(format!("a chat has 1 to {MAX_MESSAGES} messages, not {}", messages.len()));
    }
    let mut calls = Calls::default();
    for (place, message) in messages.iter().enumerate() {
        calls.add(message).map_err(|reason| format!("message {place}: {reason}"))?;
    }
    Ok(())
}

/// The calls made so far, by id: the tool's name, and whether it has answered.
#[derive(Default)]
struct Calls<'a>(BTreeMap<&'a str, (&'a str, bool)>);

impl<'a> Calls<'a> {
    fn add(&mut self, message: &'a ChatMessage) -> Result<(), String> {
        if message.text.trim().is_empty() && message.tool_calls.is_empty() {
            return Err("it neither says anything nor calls a tool".into());
        }
        if message.role == ChatRole::Tool {
            self.answer(message)?;
        } else if message.tool_call_id.is_some() || message.name.is_some() {
            return Err("only a tool's message has a name or answers a call".into());
        }
        if message.role != ChatRole::Assistant && !message.tool_calls.is_empty() {
            return Err("only an assistant calls tools".into());
        }
        message.tool_calls.iter().try_for_each(|call| self.call(call))
    }

    fn call(&mut self, call: &'a ToolCall) -> Result<(), String> {
        let ToolCall { id, name, arguments } = call;
        if id.trim().is_empty() || name.trim().is_empty() {
            return Err("a tool call needs an id and the tool's name".into());
        }
        if let Err(error) = serde_json::from_str::<IgnoredAny>(arguments) {
            return Err(format!("the arguments of the tool call `{id}` are not JSON: {error}"));
        }
        match self.0.insert(id, (name, false)) {
            None => Ok(()),
            Some(_) => Err(format!("the tool call `{id}` stands twice")),
        }
    }

    fn answer(&mut self, message: &ChatMessage) -> Result<(), String> {
        let Some(id) = message.tool_call_id.as_deref() else {
            return Err("a tool's message says which call it answers".into());
        };
        let Some((name, answered)) = self.0.get_mut(id) else {
            return Err(format!("it answers the tool call `{id}`, which was not made before it"));
        };
        if message.name.as_deref().is_some_and(|tool| tool != *name) {
            return Err(format!("the tool call `{id}` is of `{name}`"));
        }
        if std::mem::replace(answered, true) {
            return Err(format!("the tool call `{id}` is answered twice"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ChatRole::{Assistant, System, Tool, User};

    use super::*;

    fn calling(id: &str, arguments: &str) -> ChatMessage {
        let call = ToolCall { id: id.into(), name: "weather".into(), arguments: arguments.into() };
        ChatMessage { tool_calls: vec![call], ..ChatMessage::new(Assistant, "") }
    }

    fn answering(id: &str) -> ChatMessage {
        ChatMessage { tool_call_id: Some(id.into()), ..ChatMessage::new(Tool, "18 °C") }
    }

    #[test]
    fn tools_answer_the_calls_made_before_them() {
        let named = ChatMessage { name: Some("weather".into()), ..answering("b") };
        let chat = [
            ChatMessage::new(System, "Be brief."),
            ChatMessage::new(User, "Is it warm in Kiel and Jena?"),
            calling("a", r#"{"city":"Kiel"}"#),
            calling("b", r#"{"city":"Jena"}"#),
            named,
            answering("a"),
            ChatMessage::new(Assistant, "It is mild in both."),
        ];
        assert_eq!(check(&chat), Ok(()));
    }

    #[test]
    fn what_makes_no_chat_is_refused_by_message_and_reason() {
        let user = || ChatMessage::new(User, "Hi");
        let call = || calling("a", "{}");
        for (messages, reason) in [
            (vec![], "a chat has 1 to 1000 messages, not 0"),
            (vec![user(); 1_001], "a chat has 1 to 1000 messages, not 1001"),
            (
                vec![user(), ChatMessage::new(Assistant, " \n")],
                "message 1: it neither says anything nor calls a tool",
            ),
            (vec![ChatMessage { role: User, ..call() }], "message 0: only an assistant calls tools"),
            (vec![ChatMessage { name: Some("Ada".into()), ..user() }], "message 0: only a tool's message has a name"),
            (vec![ChatMessage { role: User, ..answering("a") }], "message 0: only a tool's message has a name"),
            (vec![ChatMessage::new(Tool, "18 °C")], "message 0: a tool's message says which call it answers"),
            (vec![answering("a"), call()], "message 0: it answers the tool call `a`, which was not made before it"),
            (vec![call(), answering("a"), answering("a")], "message 2: the tool call `a` is answered twice"),
            (vec![call(), call()], "message 1: the tool call `a` stands twice"),
            (vec![calling("", "{}")], "message 0: a tool call needs an id"),
            (vec![calling("a", "{city")], "message 0: the arguments of the tool call `a` are not JSON"),
            (
                vec![call(), ChatMessage { name: Some("time".into()), ..answering("a") }],
                "message 1: the tool call `a` is of `weather`",
            ),
        ] {
            let error = check(&messages).expect_err(reason);
            assert!(error.starts_with(reason), "{error}");
        }
    }
}
