//! Signed notes: a text with the signatures of named keys below it (C2SP signed-note).

use std::{fmt, str::FromStr};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::key::{Signer, Verifier, is_name};

/// More signatures than this are refused unread; the specification asks for at least 16.
const MAX_SIGNATURES: usize = 100;

/// Why a note is malformed, or not to be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text doesn't end with a newline.
    #[error("a note's text must end with a newline")]
    NoNewline,
    /// It has an ASCII control character other than newline.
    #[error("a note must have no control characters but newlines")]
    ControlCharacter,
    /// There is no blank line with signatures below it.
    #[error("a note must have signatures below a blank line")]
    NoSignatures,
    /// A line below the text is not a signature.
    #[error("signature {0} of the note is malformed")]
    MalformedSignature(usize),
    /// It has more signatures than are read.
    #[error("a note may have at most {MAX_SIGNATURES} signatures")]
    TooManySignatures,
    /// A known key's signature is not of this text.
    #[error("the note's signature by {0} is invalid")]
    InvalidSignature(String),
    /// None of the signatures is by a known key.
    #[error("the note has no signature by a known key")]
    NoKnownKey,
}

/// A text and its signatures; parsing one says nothing about whether they are valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// A signature line: who is said to have signed, and with what result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    name: String,
    key_id: [u8; 4],
    bytes: Vec<u8>,
}

impl Note {
    /// A note that nobody has signed yet.
    pub fn new(text: &str) -> Result<Self, NoteError> {
        check_characters(text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::NoNewline);
        }
        Ok(Self::of_checked(text.to_owned()))
    }

    pub(crate) const fn of_checked(text: String) -> Self {
        Self { text, signatures: Vec::new() }
    }

    /// The text, with its final newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its signatures, by known and unknown keys.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds the signature of a key.
    #[must_use]
    pub fn sign(mut self, signer: &Signer) -> Self {
        let (verifier, bytes) = (signer.verifier(), signer.sign(&self.text).to_vec());
        self.signatures.push(Signature { name: verifier.name().to_owned(), key_id: verifier.id(), bytes });
        self
    }

    /// Checks that a known key has signed the text, and that no known key's signature is invalid.
    pub fn verify(&self, known: &[Verifier]) -> Result<(), NoteError> {
        let mut verified = false;
        for signature in &self.signatures {
            // unknown keys are none of our business: witnesses sign with other algorithms
            for verifier in known.iter().filter(|verifier| signature.is_by(verifier)) {
                if !verifier.verifies(&self.text, &signature.bytes) {
                    return Err(NoteError::InvalidSignature(signature.name.clone()));
                }
                verified = true;
            }
        }
        if verified { Ok(()) } else { Err(NoteError::NoKnownKey) }
    }
}

impl Signature {
    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the key.
    #[must_use]
    pub const fn key_id(&self) -> [u8; 4] {
        self.key_id
    }

    fn is_by(&self, verifier: &Verifier) -> bool {
        self.key_id == verifier.id() && self.name == verifier.name()
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, signature) = line.strip_prefix("— ")?.split_once(' ')?;
        let signature = BASE64_STANDARD.decode(signature).ok()?;
        let (key_id, bytes) = signature.split_first_chunk()?;
        let whole = is_name(name) && !bytes.is_empty();
        whole.then(|| Self { name: name.to_owned(), key_id: *key_id, bytes: bytes.to_vec() })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = BASE64_STANDARD.encode([&self.key_id, self.bytes.as_slice()].concat());
        write!(f, "— {} {signature}", self.name)
    }
}

impl FromStr for Note {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        check_characters(note)?;
        // the text may have blank lines of its own: the last one separates
        let separator = note.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
        let (text, signatures) = (&note[..=separator], &note[separator + 2..]);
        if signatures.is_empty() {
            return Err(NoteError::NoSignatures);
        }
        let signatures = signatures.strip_suffix('\n').ok_or(NoteError::NoNewline)?;
        Ok(Self { text: text.to_owned(), signatures: parse_signatures(signatures)? })
    }
}

fn parse_signatures(lines: &str) -> Result<Vec<Signature>, NoteError> {
    if lines.split('\n').count() > MAX_SIGNATURES {
        return Err(NoteError::TooManySignatures);
    }
    let parse = |(at, line)| Signature::parse(line).ok_or(NoteError::MalformedSignature(at + 1));
    lines.split('\n').enumerate().map(parse).collect()
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    let control = text.bytes().any(|byte| byte < b' ' && byte != b'\n');
    if control { Err(NoteError::ControlCharacter) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // The key and the note of the documentation of Go's golang.org/x/mod/sumdb/note.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const PETERS_TEXT: &str =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const PETERS_SIGNATURE: &str =
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

    fn peters_note() -> String {
        format!("{PETERS_TEXT}\n— PeterNeumann {PETERS_SIGNATURE}\n")
    }

    fn signer(name: &str, seed: u8) -> Signer {
        Signer::new(name, [seed; 32]).expect("a good name")
    }

    fn open(note: &str, known: &[Verifier]) -> Result<(), NoteError> {
        note.parse::<Note>()?.verify(known)
    }

    #[test]
    fn the_note_of_the_go_documentation_is_read() {
        let note: Note = peters_note().parse().expect("well formed");
        assert_eq!(note.text(), PETERS_TEXT);
        assert_eq!(note.signatures()[0].name(), "PeterNeumann");
        assert_eq!(note.signatures()[0].key_id(), [0xc7, 0x4f, 0x20, 0xa3]);
        assert_eq!(note.verify(&[PETER.parse().expect("a key")]), Ok(()));
        assert_eq!(note.to_string(), peters_note());
    }

    #[test]
    fn the_note_of_the_go_documentation_is_written() {
        let seed = BASE64_STANDARD.decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz").expect("base64");
        let seed: [u8; 32] = seed[1..].try_into().expect("32 bytes");
        let signer = Signer::new("PeterNeumann", seed).expect("a good name");
        assert_eq!(signer.verifier().to_string(), PETER);
        assert_eq!(Note::new(PETERS_TEXT).expect("a text").sign(&signer).to_string(), peters_note());
    }

    #[test]
    fn the_example_of_the_specification_is_read() {
        let example = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
            — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
        let note: Note = example.parse().expect("well formed");
        assert!(note.text().ends_with(":\n\ned è subito sera.\n"));
        assert_eq!(note.signatures()[0].name(), "quasimodo.example/salvatore");
        assert_eq!(note.to_string(), example);
        assert_eq!(note.verify(&[PETER.parse().expect("a key")]), Err(NoteError::NoKnownKey));
    }

    #[test]
    fn unknown_keys_are_skipped() {
        let (log, same_name, same_key) = (signer("log", 1), signer("log", 2), signer("other", 1));
        let note = Note::new("text\n").expect("a text").sign(&same_name).sign(&log).sign(&same_key);
        let known = |signer: &Signer| note.verify(std::slice::from_ref(signer.verifier()));
        assert_eq!(known(&log), Ok(()));
        assert_eq!(known(&signer("log", 3)), Err(NoteError::NoKnownKey));
        assert_eq!(known(&signer("another", 1)), Err(NoteError::NoKnownKey));
        assert_eq!(note.verify(&[]), Err(NoteError::NoKnownKey));
        assert_eq!(note.verify(&[signer("log", 3).verifier().clone(), log.verifier().clone()]), Ok(()));
    }

    #[test]
    fn one_invalid_signature_of_a_known_key_refuses_the_note() {
        let (log, witness) = (signer("log", 1), signer("witness", 2));
        let other = Note::new("another text\n").expect("a text").sign(&witness).to_string();
        let forged = other.lines().last().expect("a signature");
        let note = format!("{}{forged}\n", Note::new("text\n").expect("a text").sign(&log));
        let (log, witness) = (log.verifier().clone(), witness.verifier().clone());
        assert_eq!(open(&note, std::slice::from_ref(&log)), Ok(()));
        assert_eq!(open(&note, &[log, witness]), Err(NoteError::InvalidSignature("witness".to_owned())));
    }

    #[test]
    fn malformed_notes_are_refused() {
        let id = BASE64_STANDARD.encode([1; 4]);
        for (error, note) in [
            (NoteError::NoSignatures, String::new()),
            (NoteError::NoSignatures, "text\n".to_owned()),
            (NoteError::NoSignatures, "text\n\n".to_owned()),
            (NoteError::NoSignatures, format!("text\n— Peter {PETERS_SIGNATURE}\n")),
            (NoteError::NoSignatures, format!("\n— Peter {PETERS_SIGNATURE}\n")),
            (NoteError::NoSignatures, peters_note() + "\n"),
            (NoteError::NoNewline, peters_note().trim_end().to_owned()),
            (NoteError::ControlCharacter, peters_note().replace("If", "\tIf")),
            (NoteError::ControlCharacter, peters_note().replace('\n', "\r\n")),
            (NoteError::ControlCharacter, peters_note().replace("— Peter", "— \0Peter")),
            (NoteError::MalformedSignature(2), peters_note() + "text\n"),
            (NoteError::MalformedSignature(1), peters_note().replace("— Peter", "- Peter")),
            (NoteError::MalformedSignature(1), peters_note().replace("— Peter", "—  Peter")),
            (NoteError::MalformedSignature(1), peters_note().replace("— Peter", "— +Peter")),
            (NoteError::MalformedSignature(1), peters_note().replace("— PeterNeumann", "—")),
            (NoteError::MalformedSignature(1), peters_note().replace("nAM=\n", "nAM= \n")),
            (NoteError::MalformedSignature(1), peters_note().replace("nAM=\n", "nAM\n")),
            // the same bytes, not in their canonical base64
            (NoteError::MalformedSignature(1), peters_note().replace("nAM=\n", "nAN=\n")),
            (NoteError::MalformedSignature(1), format!("text\n\n— Peter {id}\n")),
        ] {
            assert_eq!(note.parse::<Note>(), Err(error), "{note:?}");
        }
        assert_eq!(Note::new("text"), Err(NoteError::NoNewline));
        assert_eq!(Note::new(""), Err(NoteError::NoNewline));
        assert_eq!(Note::new("te\rxt\n"), Err(NoteError::ControlCharacter));
    }

    #[test]
    fn a_note_has_at_most_a_hundred_signatures() {
        let line = format!("— Peter {PETERS_SIGNATURE}\n");
        let most = format!("text\n\n{}", line.repeat(MAX_SIGNATURES));
        assert_eq!(most.parse::<Note>().map(|note| note.signatures().len()), Ok(100));
        assert_eq!((most + &line).parse::<Note>(), Err(NoteError::TooManySignatures));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_text_is_read_as_it_was_signed(lines in "([^\\x00-\\x1f]{0,5}\n){1,6}", seed in any::<[u8; 32]>()) {
            let signer = Signer::new("example.com/log", seed).expect("a good name");
            let note = Note::new(&lines).expect("a text").sign(&signer).to_string();
            let note: Note = note.parse().expect("well formed");
            prop_assert_eq!(note.text(), lines);
            prop_assert_eq!(note.verify(std::slice::from_ref(signer.verifier())), Ok(()));
        }

        #[test]
        fn a_changed_note_is_refused(at in any::<proptest::sample::Index>(), bit in 0..8) {
            let mut note = peters_note().into_bytes();
            let at = at.index(note.len());
            note[at] ^= 1_u8 << bit;
            if let Ok(note) = std::str::from_utf8(&note) {
                prop_assert!(open(note, &[PETER.parse().expect("a key")]).is_err());
            }
        }
    }
}
