//! Comparisons of made-up texts: the same for the same number, on every machine.

use stele_domain::form::PreferenceOutcome;

/// How many annotators say which response of a task is better.
pub(super) const EACH: usize = 3;
/// Among how many annotators.
const ANNOTATORS: u64 = 500;
/// How many characters a prompt has about, and a response.
const PROMPT: usize = 400;
const RESPONSE: usize = 600;
const WORDS: u64 = 4_096;

/// Makes tasks.
#[derive(Clone)]
pub(super) struct Corpus {
    words: Vec<String>,
}

/// A task, and what annotators say of it.
pub(super) struct Comparison {
    pub(super) prompt: String,
    pub(super) responses: [String; 2],
    /// Annotators, each another one, by their numbers.
    pub(super) votes: [(u64, PreferenceOutcome); EACH],
}

impl Corpus {
    pub(super) fn new() -> Self {
        Self { words: (0..WORDS).map(word).collect() }
    }

    /// The task of a number.
    pub(super) fn comparison(&self, number: usize) -> Comparison {
        let mut random = Random(number as u64);
        let prompt = self.text(&mut random, PROMPT);
        let responses = [(); 2].map(|()| self.text(&mut random, RESPONSE));
        // most agree with each other
        let usual = random.below(10);
        let first = random.below(ANNOTATORS);
        let mut next = 0;
        let votes = [(); EACH].map(|()| {
            let vote = if random.below(5) == 0 { random.below(10) } else { usual };
            let outcome = match vote {
                0..=3 => PreferenceOutcome::Left,
                4..=7 => PreferenceOutcome::Right,
                _ => PreferenceOutcome::Tie,
            };
            next += 1;
            ((first + 7 * next) % ANNOTATORS, outcome)
        });
        Comparison { prompt, responses, votes }
    }

    /// Sentences of so many characters about, of which a fifth more or less.
    fn text(&self, random: &mut Random, characters: usize) -> String {
        let length = characters * 4 / 5 + below(random, characters * 2 / 5);
        let mut text = String::with_capacity(length + 16);
        while text.len() < length {
            // the product of two is mostly small: some words are frequent
            let place = random.below(WORDS) * random.below(WORDS) / WORDS;
            text.push_str(&self.words[usize::try_from(place).unwrap_or(0)]);
            text.push_str(match random.below(12) {
                0 => ". ",
                1 => ",\n",
                _ => " ",
            });
        }
        text
    }
}

fn below(random: &mut Random, bound: usize) -> usize {
    usize::try_from(random.below(bound as u64)).unwrap_or(0)
}

/// A word of two to five syllables.
fn word(number: u64) -> String {
    const SYLLABLES: [&str; 16] =
        ["ka", "lo", "mi", "ren", "tas", "ul", "ve", "schi", "do", "pra", "ne", "is", "bor", "ty", "gü", "on"];
    let mut random = Random(number ^ 0x5eed);
    (0..2 + random.below(4)).map(|_| SYLLABLES[below(&mut random, SYLLABLES.len())]).collect()
}

/// `SplitMix64` (Steele, Lea & Flood 2014).
struct Random(u64);

impl Random {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below the bound, nearly uniform.
    const fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 11) % bound
    }
}
