//! What a task shows, on the wire: texts, chats and media files.

use async_graphql::{Context, Enum, InputObject, Result, SimpleObject};
use chrono::{DateTime, Utc};
use stele_domain::{
    Personal, StreamType, TaskId,
    task::{self, ContentBody, ContentKind, ContentValue, MediaDigest, MediaRef},
};
use stele_ledger::StreamKey;
use uuid::Uuid;

use super::{answer::open_personal, command::Outcome, disclosure::Disclosures, fault, refusal::Refusal};
use crate::{Api, MediaFile, SignedUrl};

/// One named field of a task's content. It has exactly one of `value`, `chat` and `media`.
#[derive(InputObject)]
pub(super) struct ContentFieldInput {
    /// Its name within the task.
    name: String,
    /// How it is to be shown. By default a text is shown as it stands, and a file as what its media type says.
    kind: Option<ContentKindEnum>,
    /// A text.
    value: Option<String>,
    /// The messages of a chat.
    chat: Option<Vec<ChatMessageObject>>,
    /// The digest of a media file that has been uploaded: 64 hexadecimal digits, in lower case.
    media: Option<String>,
    /// Whose text or chat it is, if it belongs to a person: a participant's id, or an id of your own for someone who
    /// takes no part. It is stored encrypted under their key, and goes when they are erased. A file says itself whose it is.
    subject_id: Option<Uuid>,
}

/// A candidate response.
#[derive(InputObject)]
pub(super) struct ResponseInput {
    /// The model that gave it, if known.
    model: Option<String>,
    /// What it says.
    text: String,
    /// Where each step of its reasoning ends, in Unicode scalar values (code points) from the start of the text:
    /// increasing, and the last where the text ends. Empty where it is not divided into steps.
    #[graphql(default)]
    step_ends: Vec<u32>,
}

/// How a content field is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "ContentKind", remote = "stele_domain::task::ContentKind")]
pub(super) enum ContentKindEnum {
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

/// One message of a chat.
#[derive(InputObject, SimpleObject)]
#[graphql(name = "ChatMessage", input_name = "ChatMessageInput")]
struct ChatMessageObject {
    /// Who says it.
    role: ChatRoleEnum,
    /// What is said; empty only where tools are called instead.
    #[graphql(default)]
    text: String,
    /// The tools that are called, in order; only an assistant calls tools.
    #[graphql(default)]
    tool_calls: Vec<ToolCallObject>,
    /// The id of the call that is answered: on a tool's message, and on no other.
    tool_call_id: Option<String>,
    /// The tool that answers: on a tool's message only, and then that of the call.
    name: Option<String>,
}

/// Who says something in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "ChatRole", remote = "stele_domain::task::ChatRole")]
enum ChatRoleEnum {
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
#[derive(InputObject, SimpleObject)]
#[graphql(name = "ToolCall", input_name = "ToolCallInput")]
struct ToolCallObject {
    /// What tells it from the chat's other calls.
    id: String,
    /// The tool's name.
    name: String,
    /// What it is called with, as JSON.
    arguments: String,
}

/// One named field of a task's content.
#[derive(SimpleObject)]
#[graphql(name = "ContentField")]
pub(super) struct ContentFieldObject {
    /// Its name within the task.
    name: String,
    /// How it is to be shown.
    kind: ContentKindEnum,
    /// What it says, if it is a text; null once the person whose text it was has been erased.
    value: Option<String>,
    /// Its messages, if it is a chat; null once the person whose chat it was has been erased.
    chat: Option<Vec<ChatMessageObject>>,
    /// The file, if it is one; null once the person whose file it was has been erased.
    media: Option<MediaObject>,
    /// Whether the person whose text, chat or file it was has been erased.
    erased: bool,
}

/// A media file.
#[derive(SimpleObject)]
#[graphql(name = "Media")]
struct MediaObject {
    /// The SHA-256 of its bytes as they are stored, in hexadecimal.
    digest: String,
    /// What it is, such as `image/png`.
    media_type: String,
    /// How many bytes it has.
    bytes: u64,
    /// How wide it is, in pixels; always known of an image.
    width: Option<u32>,
    /// How high it is, in pixels; always known of an image.
    height: Option<u32>,
    /// How long it plays, in milliseconds, where that is known.
    duration_ms: Option<u64>,
    /// Where it can be read without a token, from the server's root; it works until `urlExpiresAt`.
    url: String,
    /// When `url` stops working; ask for another one then.
    url_expires_at: DateTime<Utc>,
}

/// The fields as the domain has them, or why one of them can't be shown.
pub(super) async fn read_all(
    context: &Context<'_>,
    fields: Vec<ContentFieldInput>,
) -> Result<Outcome<Vec<task::ContentField>>> {
    let mut read = Vec::with_capacity(fields.len());
    for field in fields {
        match field.read(context).await? {
            Ok(field) => read.push(field),
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
    Ok(Ok(read))
}

impl ContentFieldInput {
    /// The field as the domain has it, with what is known of its file.
    async fn read(self, context: &Context<'_>) -> Result<Outcome<task::ContentField>> {
        let file = match &self.media {
            Some(digest) => match find(context, digest).await? {
                Ok(file) => Some(file),
                Err(refusal) => return Ok(Err(refusal)),
            },
            None => None,
        };
        Ok(self.with(file))
    }

    fn with(self, file: Option<MediaRef>) -> Outcome<task::ContentField> {
        let Self { name, kind, value, chat, media: _, subject_id } = self;
        let bad = |reason: &str| Refusal::new("BAD_CONTENT", &format!("content field `{name}` {reason}"));
        let (body, natural) = match (value, chat, file) {
            (Some(text), None, None) => (ContentBody::Text(text), ContentKind::Text),
            (None, Some(messages), None) => {
                (ContentBody::Chat(messages.into_iter().map(Into::into).collect()), ContentKind::Chat)
            }
            (None, None, Some(_)) if subject_id.is_some() => {
                return Err(bad("has a `subjectId`, and a file says itself whose it is"));
            }
            (None, None, Some(file)) => {
                let kind = kind.map(Into::into).or_else(|| file.kind());
                let kind = kind.ok_or_else(|| bad("is a file that can't be shown"))?;
                return Ok(task::ContentField::new(name, kind, file));
            }
            _ => return Err(bad("takes exactly one of `value`, `chat` and `media`")),
        };
        let value = match subject_id {
            Some(subject) => ContentValue::Personal(Personal::clear(subject, body)),
            None => ContentValue::Public(body),
        };
        Ok(task::ContentField::new(name, kind.map_or(natural, Into::into), value))
    }
}

/// What is known of the file of this digest.
async fn find(context: &Context<'_>, digest: &str) -> Result<Outcome<MediaRef>> {
    let unknown = |reason: &dyn std::fmt::Display| Refusal::new("UNKNOWN_MEDIA", &reason.to_string());
    let digest: MediaDigest = match digest.parse() {
        Ok(digest) => digest,
        Err(error) => return Ok(Err(unknown(&error))),
    };
    let media = &context.data::<Api>()?.media;
    let found = media.find(digest.bytes().into()).await.map_err(|error| fault::internal(context, &error))?;
    Ok(match found {
        Some(MediaFile { id: _, media_type, bytes, width, height, duration_ms, subject }) => {
            Ok(MediaRef { digest, media_type: media_type.to_string(), bytes, width, height, duration_ms, subject })
        }
        None => Err(unknown(&format!("no media file {digest} has been uploaded"))),
    })
}

impl ContentFieldObject {
    /// What an event says that a task shows, opened where it is sealed.
    pub(super) async fn open_all(
        context: &Context<'_>,
        task: TaskId,
        event_id: Uuid,
        shown: &[task::ContentField],
    ) -> Result<Vec<Self>> {
        let stream = StreamKey { stream_type: StreamType::Task, id: task.uuid() };
        let mut fields = Vec::with_capacity(shown.len());
        for field in shown {
            fields.push(Self::open(context, stream, event_id, field).await?);
        }
        Ok(fields)
    }

    async fn open(
        context: &Context<'_>,
        stream: StreamKey,
        event_id: Uuid,
        field: &task::ContentField,
    ) -> Result<Self> {
        let path = format!("content.{}", field.name);
        let (name, kind) = (field.name.clone(), field.kind.into());
        let mut object = Self { name, kind, value: None, chat: None, media: None, erased: false };
        match &field.value {
            ContentValue::Public(body) => object.says(Some(body)),
            ContentValue::Personal(sealed) => {
                let mut body = sealed.clone();
                open_personal(context, stream, event_id, &path, &mut body).await?;
                object.says(body.as_clear());
                object.erased = body.is_erased();
            }
            ContentValue::Media(file) => {
                object.erased = is_erased(context, file).await?;
                if !object.erased {
                    let url = context.data::<Api>()?.media.signed_url(file.digest.bytes().into());
                    object.media = Some(MediaObject::at(url, file.clone()));
                }
                if let (Some(subject), false) = (file.subject, object.erased) {
                    Disclosures::note(context, subject, event_id, &path);
                }
            }
        }
        Ok(object)
    }

    fn says(&mut self, body: Option<&ContentBody>) {
        match body {
            Some(ContentBody::Text(text)) => self.value = Some(text.clone()),
            Some(ContentBody::Chat(messages)) => self.chat = Some(messages.iter().cloned().map(Into::into).collect()),
            None => {}
        }
    }
}

/// Whether the person whose file it was has been erased.
async fn is_erased(context: &Context<'_>, file: &MediaRef) -> Result<bool> {
    let Some(subject) = file.subject else { return Ok(false) };
    let ledger = &context.data::<Api>()?.ledger;
    let key = ledger.key_record(subject).await.map_err(|error| fault::internal(context, &error))?;
    Ok(key.is_some_and(|key| key.destroyed_at.is_some()))
}

impl From<ResponseInput> for task::Response {
    fn from(ResponseInput { model, text, step_ends }: ResponseInput) -> Self {
        Self { model, text, step_ends }
    }
}

impl From<ChatMessageObject> for task::ChatMessage {
    fn from(message: ChatMessageObject) -> Self {
        let ChatMessageObject { role, text, tool_calls, tool_call_id, name } = message;
        let tool_calls = tool_calls.into_iter().map(Into::into).collect();
        Self { role: role.into(), text, tool_calls, tool_call_id, name }
    }
}

impl From<task::ChatMessage> for ChatMessageObject {
    fn from(message: task::ChatMessage) -> Self {
        let task::ChatMessage { role, text, tool_calls, tool_call_id, name } = message;
        let tool_calls = tool_calls.into_iter().map(Into::into).collect();
        Self { role: role.into(), text, tool_calls, tool_call_id, name }
    }
}

impl From<ToolCallObject> for task::ToolCall {
    fn from(ToolCallObject { id, name, arguments }: ToolCallObject) -> Self {
        Self { id, name, arguments }
    }
}

impl From<task::ToolCall> for ToolCallObject {
    fn from(task::ToolCall { id, name, arguments }: task::ToolCall) -> Self {
        Self { id, name, arguments }
    }
}

impl MediaObject {
    fn at(address: SignedUrl, file: MediaRef) -> Self {
        let MediaRef { digest, media_type, bytes, width, height, duration_ms, subject: _ } = file;
        let SignedUrl { url, expires_at } = address;
        let (digest, url_expires_at) = (digest.to_string(), expires_at.to_utc());
        Self { digest, media_type, bytes, width, height, duration_ms, url, url_expires_at }
    }
}
