//! Checkpoints: the size and root of a log, as a note that the log signs (C2SP tlog-checkpoint).

use std::{fmt, str::FromStr};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{
    hash::Hash,
    key::{Signer, Verifier},
    note::{Note, NoteError},
    slot::parse_decimal,
};

/// Why a text is no checkpoint, or not one of the expected log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is not a note, or not signed by the expected key.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// It is about another log.
    #[error("the checkpoint is of the log {0}")]
    OtherLog(String),
    /// It has fewer than three lines, or the last doesn't end with a newline.
    #[error("a checkpoint has at least three lines")]
    TooShort,
    /// The origin is empty or has a control character.
    #[error("a checkpoint's origin is a line with no control characters")]
    Origin,
    /// The size is not a plain decimal number below 2^64.
    #[error("a checkpoint's size is a decimal number without leading zeros")]
    Size,
    /// The root is not the base64 of 32 bytes.
    #[error("a checkpoint's root is the base64 of 32 bytes")]
    Root,
    /// An extension line is empty or has a control character.
    #[error("a checkpoint's extension is a line with no control characters")]
    Extension,
}

/// What a log says of itself at one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// The checkpoint of a tree; the origin names its log.
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        let origin = checked_line(origin).ok_or(CheckpointError::Origin)?;
        Ok(Self { origin, size, root, extensions: Vec::new() })
    }

    /// The same with one more extension line, whose meaning is the log's own.
    pub fn with_extension(mut self, line: &str) -> Result<Self, CheckpointError> {
        self.extensions.push(checked_line(line).ok_or(CheckpointError::Extension)?);
        Ok(self)
    }

    /// The name of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// The extension lines.
    #[must_use]
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// The signed note; the key should have the origin's name, without which [`open`](Self::open) refuses it.
    #[must_use]
    pub fn sign(&self, signer: &Signer) -> String {
        Note::of_checked(self.to_string()).sign(signer).to_string()
    }

    /// Reads a signed note, if that key has signed it and its name is the origin.
    pub fn open(note: &str, log: &Verifier) -> Result<Self, CheckpointError> {
        let note: Note = note.parse()?;
        note.verify(std::slice::from_ref(log))?;
        let checkpoint: Self = note.text().parse()?;
        if checkpoint.origin == log.name() {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::OtherLog(checkpoint.origin))
        }
    }
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, BASE64_STANDARD.encode(self.root))?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.strip_suffix('\n').ok_or(CheckpointError::TooShort)?.split('\n');
        let mut line = || lines.next().ok_or(CheckpointError::TooShort);
        let (origin, size, root) = (line()?, line()?, line()?);
        let size = parse_decimal(size).ok_or(CheckpointError::Size)?;
        let root = parse_root(root).ok_or(CheckpointError::Root)?;
        lines.try_fold(Self::new(origin, size, root)?, Self::with_extension)
    }
}

fn parse_root(text: &str) -> Option<Hash> {
    BASE64_STANDARD.decode(text).ok()?.try_into().ok()
}

fn checked_line(line: &str) -> Option<String> {
    let fits = !line.is_empty() && line.bytes().all(|byte| byte >= b' ');
    fits.then(|| line.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BEHIND_THE_SOFA: &str =
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

    fn log(name: &str) -> Signer {
        Signer::new(name, [7; 32]).expect("a good name")
    }

    #[test]
    fn the_example_of_the_specification_is_read_and_written() {
        let checkpoint: Checkpoint = BEHIND_THE_SOFA.parse().expect("valid");
        assert_eq!(checkpoint.origin(), "example.com/behind-the-sofa");
        assert_eq!(checkpoint.size(), 20_852_163);
        assert_eq!(
            hex::encode(checkpoint.root()),
            "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
        );
        assert_eq!(checkpoint.extensions(), &[] as &[String]);
        assert_eq!(checkpoint.to_string(), BEHIND_THE_SOFA);
    }

    #[test]
    fn malformed_texts_are_refused() {
        let with = |old: &str, new: &str| BEHIND_THE_SOFA.replace(old, new);
        for (error, text) in [
            (CheckpointError::TooShort, String::new()),
            (CheckpointError::TooShort, "log\n1\n".to_owned()),
            (CheckpointError::TooShort, BEHIND_THE_SOFA.trim_end().to_owned()),
            (CheckpointError::Origin, with("example.com/behind-the-sofa", "")),
            (CheckpointError::Origin, with("example.com", "\texample.com")),
            (CheckpointError::Size, with("20852163", "020852163")),
            (CheckpointError::Size, with("20852163", "00")),
            (CheckpointError::Size, with("20852163", "")),
            (CheckpointError::Size, with("20852163", "+20852163")),
            (CheckpointError::Size, with("20852163", "-1")),
            (CheckpointError::Size, with("20852163", "20852163 ")),
            (CheckpointError::Size, with("20852163", "18446744073709551616")),
            (CheckpointError::Root, with("CsUY", "")),
            (CheckpointError::Root, with("CsUY", "CsUYCsUY")),
            (CheckpointError::Root, with("q2I=", "q2I")),
            (CheckpointError::Root, with("q2I=", "q2J=")),
            (CheckpointError::Root, with("q2I=", "q2I=\r")),
            (CheckpointError::Extension, with("q2I=\n", "q2I=\n\n")),
            (CheckpointError::Extension, with("q2I=\n", "q2I=\n\nmore\n")),
            (CheckpointError::Extension, with("q2I=\n", "q2I=\nmo\tre\n")),
        ] {
            assert_eq!(text.parse::<Checkpoint>(), Err(error), "{text:?}");
        }
    }

    #[test]
    fn the_smallest_and_the_largest_size_are_read() {
        for size in [0, u64::MAX] {
            let checkpoint = Checkpoint::new("log", size, [1; 32]).expect("valid");
            assert_eq!(checkpoint.to_string().parse(), Ok(checkpoint));
        }
    }

    #[test]
    fn an_origin_and_an_extension_are_a_line_each() {
        for line in ["", "a\nb", "a\n", "\r"] {
            assert_eq!(Checkpoint::new(line, 0, [0; 32]), Err(CheckpointError::Origin), "{line:?}");
            let checkpoint = Checkpoint::new("log", 0, [0; 32]).expect("valid");
            assert_eq!(checkpoint.with_extension(line), Err(CheckpointError::Extension), "{line:?}");
        }
    }

    #[test]
    fn a_checkpoint_is_opened_with_the_key_of_its_log_only() {
        let checkpoint = Checkpoint::new("example.com/log", 3, [1; 32]).expect("valid");
        let checkpoint = checkpoint.with_extension("more").expect("a line");
        let signed = checkpoint.sign(&log("example.com/log"));
        assert_eq!(signed, checkpoint.sign(&log("example.com/log")));
        assert_eq!(Checkpoint::open(&signed, log("example.com/log").verifier()), Ok(checkpoint.clone()));

        let unknown = Err(CheckpointError::Note(NoteError::NoKnownKey));
        assert_eq!(Checkpoint::open(&signed, log("example.com/log2").verifier()), unknown);
        let foreign = checkpoint.sign(&log("example.com/log2"));
        let refused = Err(CheckpointError::OtherLog("example.com/log".to_owned()));
        assert_eq!(Checkpoint::open(&foreign, log("example.com/log2").verifier()), refused);

        let larger = signed.replace("\n3\n", "\n4\n");
        let forged = NoteError::InvalidSignature("example.com/log".to_owned());
        assert_eq!(Checkpoint::open(&larger, log("example.com/log").verifier()), Err(forged.into()));
    }

    #[test]
    fn a_signed_text_that_is_no_checkpoint_is_refused() {
        let note = Note::new("log\n01\nAAAA\n").expect("a text").sign(&log("log")).to_string();
        assert_eq!(Checkpoint::open(&note, log("log").verifier()), Err(CheckpointError::Size));
    }

    proptest! {
        #[test]
        fn every_checkpoint_is_read_as_it_was_signed(
            name in "[a-z./]{1,20}", size: u64, root: Hash, lines in proptest::collection::vec("[^\\x00-\\x1f]{1,9}", 0..3)
        ) {
            let checkpoint = Checkpoint::new(&name, size, root).expect("valid");
            let checkpoint = lines.iter().try_fold(checkpoint, |checkpoint, line| checkpoint.with_extension(line));
            let checkpoint = checkpoint.expect("lines");
            prop_assert_eq!(Checkpoint::open(&checkpoint.sign(&log(&name)), log(&name).verifier()), Ok(checkpoint));
        }
    }
}
