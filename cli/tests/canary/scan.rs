//! Canaries, and the search for them in whatever form they may have been written.

use std::{collections::BTreeSet, fmt, fs, path::Path};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// What is put into the middle of a canary, so that whatever escapes it has something to do.
const MIDDLES: [&str; 6] = ["", "\"", "\\", "", "é", "鳥"];

/// From so many letters and digits on a text is taken to be a canary's.
const TELLING: usize = 8;

/// Texts that occur nowhere unless somebody put them there; always the same ones for a seed.
pub(crate) struct Canaries {
    random: StdRng,
    pub(crate) given: Vec<String>,
}

impl Canaries {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { random: StdRng::seed_from_u64(seed), given: Vec::new() }
    }

    /// A new one, of twenty letters and digits, and maybe something that needs escaping.
    pub(crate) fn fresh(&mut self) -> String {
        let middle = MIDDLES[self.given.len() % MIDDLES.len()];
        let canary = format!("{}{middle}{}", self.letters(), self.letters());
        self.given.push(canary.clone());
        canary
    }

    fn letters(&mut self) -> String {
        (0..10).map(|_| char::from(LETTERS[self.random.random_range(0..LETTERS.len())])).collect()
    }
}

/// Where a canary was found, and how it was written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub(crate) place: String,
    pub(crate) form: &'static str,
    pub(crate) canary: String,
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}) in {}", self.canary, self.form, self.place)
    }
}

/// Looks for many canaries at once.
pub(crate) struct Scanner {
    automaton: AhoCorasick,
    /// What each of the automaton's patterns is a form of.
    patterns: Vec<(String, &'static str)>,
    pub(crate) scanned: u64,
}

impl Scanner {
    pub(crate) fn of(canaries: &[String]) -> Self {
        let (mut texts, mut patterns) = (Vec::new(), Vec::new());
        for canary in canaries {
            // letters and digits are the same however often the text around them is escaped: in JSON, in JSON within
            // JSON, as PostgreSQL dumps it, as Rust prints it
            let is_plain = |letter: char| letter.is_ascii_alphanumeric();
            let mut runs: Vec<&str> = canary.split(|letter| !is_plain(letter)).collect();
            runs.dedup();
            // a secret may begin with what is no letter, and a few letters are found everywhere
            runs.retain(|run| run.len() >= TELLING);
            assert!(!runs.is_empty(), "nothing tells a canary from other text");
            for (form, text) in runs.into_iter().flat_map(forms) {
                texts.push(text);
                patterns.push((canary.clone(), form));
            }
        }
        // e-mail addresses are compared in lower case, and hexadecimal is written in both
        let automaton = AhoCorasickBuilder::new().ascii_case_insensitive(true).build(texts);
        Self { automaton: automaton.expect("not too many"), patterns, scanned: 0 }
    }

    /// What is found in some bytes.
    pub(crate) fn scan(&mut self, place: &str, bytes: &[u8]) -> BTreeSet<Found> {
        self.scanned += bytes.len() as u64;
        let found = self.automaton.find_iter(bytes).map(|found| {
            let (canary, form) = &self.patterns[found.pattern().as_usize()];
            Found { place: place.to_owned(), form, canary: canary.clone() }
        });
        found.collect()
    }

    /// What is found in the files of a folder, and in their names; `place` is what the folder is called.
    pub(crate) fn scan_folder(&mut self, place: &str, folder: &Path) -> BTreeSet<Found> {
        let mut found = BTreeSet::new();
        for entry in fs::read_dir(folder).expect("a folder") {
            let entry = entry.expect("listed");
            let kind = entry.file_type().expect("a type");
            let place = format!("{place}/{}", entry.file_name().to_str().expect("text"));
            found.extend(self.scan("the name of a file", place.as_bytes()));
            if kind.is_dir() {
                found.extend(self.scan_folder(&place, &entry.path()));
            } else if kind.is_file() {
                found.extend(self.scan(&place, &fs::read(entry.path()).expect("readable")));
            }
        }
        found
    }
}

/// The forms in which some letters may be written. Hexadecimal is in lower case alone.
fn forms(letters: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms = vec![
        ("UTF-8", letters.as_bytes().to_vec()),
        ("UTF-16 LE", letters.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("UTF-16 BE", letters.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("hexadecimal", hex::encode(letters).into_bytes()),
    ];
    for (before, form) in ["base64", "base64, one byte in", "base64, two bytes in"].into_iter().enumerate() {
        let text = [&b"  "[..before], letters.as_bytes()].concat();
        // the characters that are decided by the letters alone, and not by what is before and after them
        let (first, last) = ((8 * before).div_ceil(6), 8 * text.len() / 6);
        let encoded = BASE64_STANDARD.encode(&text)[first..last].to_owned();
        let in_addresses = BASE64_URL_SAFE.encode(&text)[first..last].to_owned();
        if in_addresses != encoded {
            forms.push((form, in_addresses.into_bytes()));
        }
        forms.push((form, encoded.into_bytes()));
    }
    forms
}
