//! No idempotency key is there twice.

use std::io;

use crate::{digest::Digested, finding::Findings, sorted::Sorter};

/// Remembers every key and where it stands.
pub(crate) struct Keys(Sorter<40>);

impl Keys {
    pub(crate) const fn new() -> Self {
        Self(Sorter::new())
    }

    pub(crate) fn event(&mut self, position: u64, event: &Digested) -> io::Result<()> {
        let Some(key) = event.key else { return Ok(()) };
        let mut record = [0; 40];
        record[..32].copy_from_slice(&key);
        record[32..].copy_from_slice(&position.to_be_bytes());
        self.0.push(record)
    }

    pub(crate) fn finish(self, findings: &mut Findings) -> io::Result<()> {
        let mut last: Option<([u8; 32], u64)> = None;
        for record in self.0.sorted()? {
            let record = record?;
            let (Some(key), Some(position)) = (record.first_chunk(), record.last_chunk()) else { continue };
            let (key, position) = (*key, u64::from_be_bytes(*position));
            if let Some((_, first)) = last.filter(|last| last.0 == key) {
                findings.tampered(position, "idempotency_key", format!("position {first} has the same key"));
            }
            last = Some((key, position));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_there_again_is_found_wherever_it_is() {
        let (mut keys, mut findings) = (Keys::new(), Findings::new(10));
        for (position, key) in [(1, Some(7)), (2, None), (3, Some(8)), (4, None), (5, Some(7)), (6, Some(9))] {
            let event = Digested { key: key.map(|key| [key; 32]), ..Digested::sound([0; 32]) };
            keys.event(position, &event).expect("kept");
        }
        keys.finish(&mut findings).expect("sorted");
        let found: Vec<_> =
            findings.finish().2.into_iter().map(|finding| (finding.position, finding.field)).collect();
        assert_eq!(found, [(Some(5), "idempotency_key")]);
    }
}
