//! Names, numbered in the order in which they are first met.

use std::{
    hash::{DefaultHasher, Hasher},
    hint::black_box,
};

use anyhow::Context;

/// The most bytes of a name that is its own key.
const SHORT: usize = 7;
/// How many slots there are at first.
const SLOTS: usize = 1 << 8;

/// Names side by side, and a table to find them by: a few bytes for each beside the name itself.
///
/// The table is one of open addresses. Once there are a million names, what takes the time is waiting for memory, so that a
/// lookup should need one place of it, and several lookups should wait together: that is what sets it apart from
/// a table of a library.
#[derive(Debug)]
pub(crate) struct Names {
    text: Vec<u8>,
    /// Where each name ends.
    ends: Vec<u32>,
    /// A power of two of them.
    slots: Vec<Slot>,
}

/// A place for a name. Short names are found without a look at the text, which would be another place of memory.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// Bytes, so that a slot is of twelve.
    key: [u8; 8],
    /// The name's number and 1; 0 where there is no name.
    following: u32,
}

impl Default for Names {
    fn default() -> Self {
        Self { text: Vec::new(), ends: Vec::new(), slots: vec![Slot::default(); SLOTS] }
    }
}

impl Names {
    /// The numbers of several names, in turn.
    pub(crate) fn numbers<'a>(
        &mut self,
        mut names: impl Iterator<Item = &'a [u8]> + Clone,
        mut each: impl FnMut(u32),
    ) -> anyhow::Result<()> {
        // Looks that depend on nothing wait for memory together; the lookups that follow find it near.
        black_box(names.clone().fold(0, |sum, name| sum ^ self.slots[self.home(key(name))].following));
        names.try_for_each(|name| self.number(name).map(&mut each))
    }

    /// The number of a name, the next one if it is new.
    pub(crate) fn number(&mut self, name: &[u8]) -> anyhow::Result<u32> {
        let key = key(name);
        let mut place = self.home(key);
        loop {
            let slot = self.slots[place];
            if slot.following == 0 {
                return self.add(name, Slot { key, following: 0 }, place);
            }
            let number = slot.following - 1;
            if slot.key == key && (name.len() <= SHORT || self.at(number as usize) == name) {
                return Ok(number);
            }
            place = self.next(place);
        }
    }

    /// The place after another, round the table.
    fn next(&self, place: usize) -> usize {
        (place + 1) & (self.slots.len() - 1)
    }

    fn add(&mut self, name: &[u8], slot: Slot, place: usize) -> anyhow::Result<u32> {
        self.text.extend_from_slice(name);
        self.ends.push(u32::try_from(self.text.len()).context("names that are too long")?);
        let following = u32::try_from(self.ends.len()).context("too many names")?;
        self.slots[place] = Slot { following, ..slot };
        if self.ends.len() * 4 > self.slots.len() * 3 {
            self.grow();
        }
        Ok(following - 1)
    }

    fn grow(&mut self) {
        let slots = vec![Slot::default(); self.slots.len() * 2];
        for slot in std::mem::replace(&mut self.slots, slots) {
            if slot.following != 0 {
                let mut place = self.home(slot.key);
                while self.slots[place].following != 0 {
                    place = self.next(place);
                }
                self.slots[place] = slot;
            }
        }
    }

    /// Where a key belongs: a hash of it, by the output function of `SplitMix64`.
    fn home(&self, key: [u8; 8]) -> usize {
        let mut hash = u64::from_le_bytes(key);
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from(hash >> 32).unwrap_or(0) & (self.slots.len() - 1)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The names, by number.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.ends.len()).map(|number| self.at(number))
    }

    fn at(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.text[start..self.ends[number] as usize]
    }
}

/// A short name's length and bytes, or a hash that no short name has for its key.
fn key(name: &[u8]) -> [u8; 8] {
    let mut bytes = [u8::MAX; 8];
    if name.len() <= SHORT {
        bytes = [0; 8];
        bytes[..name.len()].copy_from_slice(name);
        bytes[SHORT] = u8::try_from(name.len()).unwrap_or(u8::MAX);
    } else {
        let mut hasher = DefaultHasher::new();
        hasher.write(name);
        bytes[..SHORT].copy_from_slice(&hasher.finish().to_le_bytes()[..SHORT]);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_same_number_each_time() {
        let mut names = Names::default();
        let name = |number: u32| format!("{}{number}", "n".repeat(number as usize % 10));
        let given: Vec<String> = (0..5_000).map(|number| name(number * 7 % 1_000)).collect();
        let mut numbers = Vec::new();
        let bytes = given.iter().map(String::as_bytes);
        names.numbers(bytes, |number| numbers.push(number)).expect("few");
        assert_eq!((names.len(), numbers.len()), (1_000, 5_000));
        let found: Vec<&[u8]> = names.iter().collect();
        for (name, number) in given.iter().zip(numbers) {
            assert_eq!(found[number as usize], name.as_bytes());
        }
    }
}
