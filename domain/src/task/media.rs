//! Images, sounds and videos: what a task refers to, and the ledger does not hold.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ContentKind;
use crate::{SubjectId, digest::digests};

digests! {
    /// The SHA-256 of a media file's bytes as they are stored, in lower-case hexadecimal. Those of a file that belongs to a
    /// data subject are stored encrypted.
    MediaDigest;
}

/// A text that is not the digest of a media file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a media file is named by the SHA-256 of its bytes: 64 of 0-9 and a-f")]
pub struct MediaDigestError;

impl FromStr for MediaDigest {
    type Err = MediaDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut hash = [0; 32];
        // one file has one name
        if text.contains(|digit: char| digit.is_ascii_uppercase()) || hex::decode_to_slice(text, &mut hash).is_err() {
            return Err(MediaDigestError);
        }
        Ok(hash.into())
    }
}

/// A media file: which one it is, and what is known of it without opening it.
///
/// It holds nothing personal that is readable: where the file belongs to somebody, the digest is that of encrypted bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MediaRef {
    /// Which file it is.
    pub digest: MediaDigest,
    /// What it is, such as `image/png` (RFC 6838), in lower case and without parameters.
    pub media_type: String,
    /// How many bytes it has, unencrypted.
    pub bytes: u64,
    /// How wide it is, in pixels; always known of an image, and never of a sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// How high it is, in pixels; known where the width is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// How long it plays, in milliseconds, where that is known; never of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u64>,
    /// Whose it is, if it belongs to a data subject: it can't be opened once they are erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectId>,
}

impl MediaRef {
    /// The kind of content that it is, as its media type says.
    #[must_use]
    pub fn kind(&self) -> Option<ContentKind> {
        let (top, sub) = self.media_type.split_once('/')?;
        let is_plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || "-+._".contains(char);
        if sub.is_empty() || self.media_type.len() > MAX_MEDIA_TYPE || !sub.chars().all(is_plain) {
            return None;
        }
        match top {
            "image" => Some(ContentKind::Image),
            "audio" => Some(ContentKind::Audio),
            "video" => Some(ContentKind::Video),
            _ => None,
        }
    }

    /// Checks that it is a file of this kind, and that what such a file has is known of it.
    pub(super) fn check(&self, kind: ContentKind) -> Result<(), String> {
        if self.kind() != Some(kind) {
            return Err(format!("its media type `{}` is not that of {}", self.media_type, kind.noun()));
        }
        if self.bytes == 0 {
            return Err("the file is empty".into());
        }
        if self.width.is_some() != self.height.is_some() || self.width == Some(0) || self.height == Some(0) {
            return Err("width and height are known both or neither, and at least 1 pixel".into());
        }
        match kind {
            ContentKind::Image if self.width.is_none() => Err("an image has a width and a height".into()),
            ContentKind::Audio if self.width.is_some() => Err("a sound has no width and no height".into()),
            ContentKind::Image if self.duration_ms.is_some() => Err("an image has no duration".into()),
            _ if self.duration_ms == Some(0) => Err("it plays no time".into()),
            _ => Ok(()),
        }
    }
}

/// The longest media type, in bytes (RFC 6838 §4.2: 127 for each part, of which none comes near).
const MAX_MEDIA_TYPE: usize = 127;

#[cfg(test)]
mod tests {
    use ContentKind::{Audio, Image, Text, Video};

    use super::*;

    fn file(media_type: &str) -> MediaRef {
        let (width, height) = (Some(640), Some(480));
        let digest = [7; 32].into();
        MediaRef { digest, media_type: media_type.into(), bytes: 9, width, height, duration_ms: None, subject: None }
    }

    #[test]
    fn a_file_is_of_its_kind() {
        let sound = MediaRef { width: None, height: None, duration_ms: Some(1_500), ..file("audio/mpeg") };
        for (kind, file) in [
            (Image, file("image/png")),
            (Image, file("image/svg+xml")),
            (Video, file("video/mp4")),
            (Video, MediaRef { width: None, height: None, ..file("video/mp4") }),
            (Audio, sound.clone()),
            (Audio, MediaRef { duration_ms: None, ..sound }),
        ] {
            assert_eq!(file.check(kind), Ok(()), "{file:?}");
        }
    }

    #[test]
    fn what_is_no_file_of_its_kind_is_refused() {
        for (kind, file, reason) in [
            (Image, file("video/mp4"), "its media type `video/mp4` is not that of an image"),
            (Text, file("image/png"), "is not that of a text"),
            (Image, file("image/"), "media type"),
            (Image, file("image/PNG"), "media type"),
            (Image, file("image/png; q=1"), "media type"),
            (Image, file("png"), "media type"),
            (Image, file(&format!("image/{}", "x".repeat(122))), "media type"),
            (Image, MediaRef { bytes: 0, ..file("image/png") }, "the file is empty"),
            (Image, MediaRef { width: None, height: None, ..file("image/png") }, "an image has a width"),
            (Image, MediaRef { height: None, ..file("image/png") }, "both or neither"),
            (Video, MediaRef { height: Some(0), ..file("video/mp4") }, "at least 1 pixel"),
            (Image, MediaRef { duration_ms: Some(1), ..file("image/gif") }, "an image has no duration"),
            (Audio, file("audio/wav"), "a sound has no width"),
            (Video, MediaRef { duration_ms: Some(0), ..file("video/mp4") }, "it plays no time"),
        ] {
            let error = file.check(kind).expect_err(reason);
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_digest_has_one_spelling() {
        let text = "ab".repeat(32);
        assert_eq!(text.parse::<MediaDigest>().map(|digest| digest.to_string()), Ok(text.clone()));
        for no in [text.to_uppercase(), text[1..].to_owned(), format!("{text}0"), "../".repeat(21) + "a"] {
            assert_eq!(no.parse::<MediaDigest>(), Err(MediaDigestError), "{no}");
        }
    }
}
