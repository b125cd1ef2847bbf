//! Rows that say what an earlier one says, or nearly so.

use std::collections::{HashMap, HashSet};

use stele_recipe::{Duplicates, Filters};

use crate::{Reason, folder::sha256};

/// How many hashes a text is known by.
const HASHES: usize = 64;

/// The length of the runs of characters that texts are compared by.
const RUN: usize = 5;

/// What earlier rows say. It takes 16 bytes a row for exact repeats; for near ones 256, and 12 for each band.
pub(crate) struct Said {
    /// Half a hash of each row: two that differ have the same one in 2¹²⁸ cases.
    exact: Option<HashSet<[u8; 16]>>,
    near: Option<Near>,
}

impl Said {
    pub(crate) fn by(filters: &Filters) -> Self {
        let exact = (filters.duplicates == Duplicates::Drop).then(HashSet::new);
        Self { exact, near: filters.near_duplicates.map(Near::new) }
    }

    /// Notes what a row says, unless an earlier one says so.
    pub(crate) fn add<'a>(&mut self, texts: impl Iterator<Item = &'a str> + Clone) -> Result<(), Reason> {
        if let Some(exact) = &mut self.exact
            && !exact.insert(half_hash(texts.clone()))
        {
            return Err(Reason::Duplicate);
        }
        if let Some(near) = &mut self.near
            && !near.add(&sketch(texts))
        {
            return Err(Reason::NearDuplicate);
        }
        Ok(())
    }
}

fn half_hash<'a>(texts: impl Iterator<Item = &'a str>) -> [u8; 16] {
    let mut bytes = Vec::new();
    for text in texts {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    let mut half = [0; 16];
    half.copy_from_slice(&sha256(&bytes)[..16]);
    half
}

type Sketch = [u32; HASHES];

/// What the runs of characters in texts come to: minima of one hash, each over its part of the hashes (one permutation hashing:
/// Li, Owen & Zhang 2012). A part without a run takes the minimum of another one, which one being a function of the part alone
/// (Shrivastava 2017), so that two sketches agree in as many places as the texts have runs in common, in the mean.
fn sketch<'a>(texts: impl Iterator<Item = &'a str>) -> Sketch {
    let mut minima: [Option<u32>; HASHES] = [None; HASHES];
    let mut window = [' '; RUN];
    for character in texts.flat_map(|text| text.chars().flat_map(char::to_lowercase).chain(['\n'])) {
        // white space of any kind and length is one space
        let character = if character.is_whitespace() { ' ' } else { character };
        if character == ' ' && window[RUN - 1] == ' ' {
            continue;
        }
        window.rotate_left(1);
        window[RUN - 1] = character;
        let hash = hash(window.iter().map(|character| u64::from(u32::from(*character))));
        let [part, value] = [hash >> 58, hash >> 26 & 0xffff_ffff];
        let (part, value) = (usize::try_from(part).unwrap_or(0), u32::try_from(value).unwrap_or(0));
        minima[part] = Some(minima[part].map_or(value, |least| least.min(value)));
    }
    std::array::from_fn(|part| densified(&minima, part))
}

fn densified(minima: &[Option<u32>; HASHES], part: usize) -> u32 {
    let mut attempt = 0;
    let mut from = part;
    // a text that has any run has a part with one; one in 2⁻⁶⁴ of them needs as many attempts
    while attempt < 4_096 {
        if let Some(least) = minima[from] {
            return least;
        }
        attempt += 1;
        from = usize::try_from(hash([part as u64, attempt].into_iter()) >> 58).unwrap_or(0);
    }
    0
}

/// A hash of numbers: each is mixed in by the finaliser of `SplitMix64` (Steele, Lea & Flood 2014).
fn hash(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0x9e37_79b9_7f4a_7c15, |state, number| {
        let mut mixed = (state ^ number).wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    })
}

/// The sketches of earlier rows, found by bands: runs of hashes that two of them have in common (Indyk & Motwani 1998).
struct Near {
    /// The share of hashes that two rows have in common where one repeats the other.
    least: f64,
    /// How many hashes a band has.
    width: usize,
    sketches: Vec<Sketch>,
    /// The newest row with a band.
    newest: HashMap<u64, u32>,
    /// For each row and band, the row before it with the same band.
    before: Vec<Option<u32>>,
}

impl Near {
    fn new(least: f64) -> Self {
        // by bands of two, 99.99 % of the rows are found of which half is the same; by bands of four, as many of which 0.8 is
        let width = if least < 0.8 { 2 } else { 4 };
        Self { least, width, sketches: Vec::new(), newest: HashMap::new(), before: Vec::new() }
    }

    /// Notes a row, unless an earlier one is nearly the same.
    fn add(&mut self, sketch: &Sketch) -> bool {
        let bands: Vec<u64> = sketch
            .chunks(self.width)
            .zip(0_u64..)
            .map(|(band, place)| hash(std::iter::once(place).chain(band.iter().map(|value| u64::from(*value)))))
            .collect();
        if bands.iter().enumerate().any(|(place, band)| self.has(place, *band, sketch)) {
            return false;
        }
        let row = u32::try_from(self.sketches.len()).unwrap_or(u32::MAX);
        self.sketches.push(*sketch);
        self.before.extend(bands.iter().map(|band| self.newest.insert(*band, row)));
        true
    }

    /// Whether a row with this band is nearly the same.
    fn has(&self, place: usize, band: u64, sketch: &Sketch) -> bool {
        let bands = HASHES / self.width;
        let mut row = self.newest.get(&band).copied();
        while let Some(earlier) = row.map(|row| row as usize) {
            if self.sketches.get(earlier).is_some_and(|earlier| likeness(earlier, sketch) >= self.least) {
                return true;
            }
            row = self.before.get(earlier * bands + place).copied().flatten();
        }
        false
    }
}

fn likeness(one: &Sketch, other: &Sketch) -> f64 {
    let same = one.iter().zip(other).filter(|(one, other)| one == other).count();
    same as f64 / HASHES as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "The ledger keeps every judgment as an event that nobody can change, and a dataset is a function of it. \
        Whoever regenerates it at the same position gets the same bytes, on any machine and at any time.";

    fn near(least: f64) -> Said {
        Said { exact: None, near: Some(Near::new(least)) }
    }

    fn add(said: &mut Said, texts: &[&str]) -> bool {
        said.add(texts.iter().copied()).is_ok()
    }

    #[test]
    fn only_what_says_the_same_repeats() {
        let mut said = Said { exact: Some(HashSet::new()), near: None };
        assert!(add(&mut said, &["ab", "c"]) && add(&mut said, &["a", "bc"]));
        assert!(!add(&mut said, &["ab", "c"]));
    }

    #[test]
    fn a_word_more_or_another_case_is_nearly_the_same() {
        let mut said = near(0.8);
        assert!(add(&mut said, &[TEXT]));
        for same in [TEXT.to_owned(), TEXT.to_uppercase(), TEXT.replace(' ', "  "), format!("{TEXT} Indeed.")] {
            assert!(!add(&mut said, &[&same]), "{same}");
        }
        let half = &TEXT[..TEXT.len() / 2];
        assert!(add(&mut said, &[half]), "half of it is in common");
        assert!(add(&mut said, &["Something else altogether, which has hardly a word in common with it."]));
        assert!(add(&mut said, &["short"]) && add(&mut said, &["other"]) && !add(&mut said, &["Short"]));
    }

    #[test]
    fn likeness_is_jaccards_index_in_the_mean() {
        // runs of digits: the two texts have two thirds of all runs in common
        let text = |from: u32, to: u32| (from..to).map(|number| format!("{number:05}\n")).collect::<String>();
        let mut error = 0.0;
        for start in 0..50 {
            let (from, to) = (start * 1_000, start * 1_000 + 500);
            let one = sketch(std::iter::once(text(from, to).as_str()));
            let other = sketch(std::iter::once(text(from + 100, to + 100).as_str()));
            let (mut first, mut second) = (HashSet::new(), HashSet::new());
            for (of, runs) in [(text(from, to), &mut first), (text(from + 100, to + 100), &mut second)] {
                let characters: Vec<char> = "     ".chars().chain(of.replace('\n', " ").chars()).collect();
                runs.extend(characters.windows(RUN).skip(1).map(<[char]>::to_vec));
            }
            let index = first.intersection(&second).count() as f64 / first.union(&second).count() as f64;
            error += (likeness(&one, &other) - index) / 50.0;
        }
        assert!(error.abs() < 0.03, "{error}");
    }
}
