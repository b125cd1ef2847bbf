//! Which files are taken.

use std::{fmt, str::FromStr};

/// A kind of file that is taken. Whatever a browser would run as a page, such as HTML or SVG, is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `image/png`
    Png,
    /// `image/jpeg`
    Jpeg,
    /// `image/gif`
    Gif,
    /// `image/webp`
    Webp,
    /// `audio/mpeg`
    Mp3,
    /// `audio/wav`
    Wav,
    /// `audio/ogg`
    Ogg,
    /// `audio/flac`
    Flac,
    /// `video/mp4`
    Mp4,
    /// `video/webm`
    Webm,
}

/// A file that is not what it is said to be, or nothing that is taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Files of this type are not taken.
    #[error("this type of file is not taken; the types are {}", MediaType::ALL.map(MediaType::as_str).join(", "))]
    NotTaken,
    /// Its first bytes are those of no file that is known.
    #[error("the file does not begin as {0} does")]
    Unknown(MediaType),
    /// Its first bytes are those of another type.
    #[error("the file is said to be {declared}, and begins as {found} does")]
    Other {
        /// What it is said to be.
        declared: MediaType,
        /// What it is.
        found: &'static str,
    },
}

impl MediaType {
    /// Every type that is taken.
    pub const ALL: [Self; 10] = [
        Self::Png,
        Self::Jpeg,
        Self::Gif,
        Self::Webp,
        Self::Mp3,
        Self::Wav,
        Self::Ogg,
        Self::Flac,
        Self::Mp4,
        Self::Webm,
    ];

    /// The type as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Mp3 => "audio/mpeg",
            Self::Wav => "audio/wav",
            Self::Ogg => "audio/ogg",
            Self::Flac => "audio/flac",
            Self::Mp4 => "video/mp4",
            Self::Webm => "video/webm",
        }
    }

    /// Whether it is an image.
    #[must_use]
    pub const fn is_image(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg | Self::Gif | Self::Webp)
    }

    /// Makes sure that a file which begins with `head` is of this type. A few hundred bytes are enough.
    pub fn check(self, head: &[u8]) -> Result<(), Mismatch> {
        let found = infer::get(head).ok_or(Mismatch::Unknown(self))?.mime_type();
        if found.parse() == Ok(self) { Ok(()) } else { Err(Mismatch::Other { declared: self, found }) }
    }
}

impl FromStr for MediaType {
    type Err = Mismatch;

    /// Reads a `Content-Type`, whatever its parameters. Names that are in use beside the registered one are known too.
    fn from_str(text: &str) -> Result<Self, Mismatch> {
        let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        Ok(match essence.as_str() {
            "image/jpg" => Self::Jpeg,
            "audio/mp3" => Self::Mp3,
            "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => Self::Wav,
            "audio/opus" => Self::Ogg,
            "audio/x-flac" => Self::Flac,
            name => return Self::ALL.into_iter().find(|it| it.as_str() == name).ok_or(Mismatch::NotTaken),
        })
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        assert_eq!(MediaType::Png.check(png), Ok(()));
        let found = "image/png";
        assert_eq!(MediaType::Jpeg.check(png), Err(Mismatch::Other { declared: MediaType::Jpeg, found }));
        let html = b"<!DOCTYPE html><html><script>alert(1)</script></html>";
        assert!(MediaType::Png.check(html).is_err());
        assert_eq!(MediaType::Png.check(b""), Err(Mismatch::Unknown(MediaType::Png)));
        let mp4 = b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2";
        assert_eq!(MediaType::Mp4.check(mp4), Ok(()));
        assert_eq!(MediaType::Wav.check(b"RIFF\x24\0\0\0WAVEfmt "), Ok(()));
        assert_eq!(MediaType::Flac.check(b"fLaC\0\0\0\x22"), Ok(()));
        assert_eq!(MediaType::Ogg.check(b"OggS\0\x02\0\0"), Ok(()));
        assert_eq!(MediaType::Mp3.check(b"ID3\x04\0"), Ok(()));
    }

    #[test]
    fn pages_and_scripts_are_no_type_that_is_taken() {
        for page in
            ["text/html", "image/svg+xml", "application/xhtml+xml", "application/pdf", "text/plain", "", "*/*"]
        {
            assert_eq!(page.parse::<MediaType>(), Err(Mismatch::NotTaken), "{page}");
        }
        assert_eq!("Audio/OGG; codecs=opus".parse(), Ok(MediaType::Ogg));
        for taken in MediaType::ALL {
            assert_eq!(taken.as_str().parse(), Ok(taken));
        }
    }
}
