//! What a task shows, as far as answers are held against it.

use serde::{Deserialize, Serialize};

use super::{Frame, kind::Reason};

/// What a task shows, as far as answers are held against it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The content fields, in order.
    pub content: Vec<ShownField>,
    /// The responses, in order.
    pub responses: Vec<ShownResponse>,
}

/// A content field that is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownField {
    /// Its name.
    pub name: String,
    /// How far it reaches.
    pub extent: Extent,
}

/// How far a content field reaches: which places in it there are to speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// A text of so many Unicode scalar values; `None` where that is not on record.
    Text(Option<u32>),
    /// A chat.
    Chat,
    /// An image of so many pixels.
    Image(Option<Frame>),
    /// A sound of so many milliseconds; `None` where that is not known.
    Audio(Option<u64>),
    /// A video of so many pixels and milliseconds, as far as either is known.
    Video(Option<Frame>, Option<u64>),
}

/// A response that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownResponse {
    /// How long its text is, in Unicode scalar values.
    pub length: u32,
    /// How many steps it has.
    pub steps: u32,
}

impl Shown {
    /// The length of the text called `name`.
    pub(super) fn text(&self, name: &str) -> Result<u32, Reason> {
        match self.extent(name)? {
            Extent::Text(length) => length.ok_or_else(|| format!("the length of `{name}` is not on record")),
            other => Err(other.is_not("a text", name)),
        }
    }

    /// The pixels of the image called `name`.
    pub(super) fn image(&self, name: &str) -> Result<Frame, Reason> {
        match self.extent(name)? {
            Extent::Image(frame) => frame.ok_or_else(|| format!("the size of `{name}` is not on record")),
            other => Err(other.is_not("an image", name)),
        }
    }

    /// The pixels and the milliseconds of the video called `name`, as far as they are known.
    pub(super) fn video(&self, name: &str) -> Result<(Option<Frame>, Option<u64>), Reason> {
        match self.extent(name)? {
            Extent::Video(frame, duration_ms) => Ok((frame, duration_ms)),
            other => Err(other.is_not("a video", name)),
        }
    }

    /// The milliseconds of the sound or video called `name`, if they are known.
    pub(super) fn duration_ms(&self, name: &str) -> Result<Option<u64>, Reason> {
        match self.extent(name)? {
            Extent::Audio(duration_ms) | Extent::Video(_, duration_ms) => Ok(duration_ms),
            other => Err(other.is_not("a sound or a video", name)),
        }
    }

    pub(super) fn extent(&self, name: &str) -> Result<Extent, Reason> {
        let field = self.content.iter().find(|field| field.name == name);
        let extent = field.map(|field| field.extent);
        extent.ok_or_else(|| format!("it is about the content field `{name}`, which this task does not have"))
    }
}

impl Extent {
    fn is_not(self, expected: &str, name: &str) -> Reason {
        let found = match self {
            Self::Text(_) => "a text",
            Self::Chat => "a chat",
            Self::Image(_) => "an image",
            Self::Audio(_) => "a sound",
            Self::Video(..) => "a video",
        };
        format!("it is about {expected}, and the content field `{name}` is {found}")
    }
}
