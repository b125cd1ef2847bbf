//! Checkpoints: whether they are what they claim to be, and of which history.

use serde::{Deserialize, Serialize};
use stele_tlog::{Checkpoint, CheckpointError, Note, Verifier};

use crate::{
    finding::{FindingKind, Findings},
    leaves::{Agreement, Leaves},
};

/// A row of the table `checkpoint` without its ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredCheckpoint {
    /// How many events it covers.
    pub(crate) size: i64,
    /// The signed note.
    pub(crate) note: String,
}

/// Checks the checkpoints of a ledger as its events go by.
pub(crate) struct Checkpoints {
    /// Who they must be of.
    ledger: String,
    key: Option<Verifier>,
    /// One that was kept elsewhere, and is believed.
    kept: Option<Checkpoint>,
    count: u64,
    last_size: Option<u64>,
    /// Whether there was one of more events than there are.
    is_ahead: bool,
}

impl Checkpoints {
    pub(crate) fn new(ledger: &str, key: Option<Verifier>, kept: Option<&str>) -> Result<Self, CheckpointError> {
        let kept = kept.map(|note| open(note, ledger, key.as_ref())).transpose()?;
        Ok(Self { ledger: ledger.to_owned(), key, kept, count: 0, last_size: None, is_ahead: false })
    }

    pub(crate) const fn count(&self) -> u64 {
        self.count
    }

    pub(crate) const fn are_signatures_checked(&self) -> bool {
        self.key.is_some()
    }

    pub(crate) fn kept_size(&self) -> Option<u64> {
        self.kept.as_ref().map(Checkpoint::size)
    }

    /// Checks a stored checkpoint, which comes after the first `last` events.
    pub(crate) fn stored(&mut self, row: &StoredCheckpoint, last: u64, leaves: &mut Leaves, findings: &mut Findings) {
        self.count += 1;
        let size = u64::try_from(row.size).ok();
        let checkpoint = match open(&row.note, &self.ledger, self.key.as_ref()) {
            Ok(checkpoint) => checkpoint,
            Err(error) => return findings.tampered(size, "checkpoint.note", error.to_string()),
        };
        if size != Some(checkpoint.size()) {
            let detail = format!("it is {}, and the note is of {} events", row.size, checkpoint.size());
            return findings.tampered(size, "checkpoint.size", detail);
        }
        let (size, before) = (checkpoint.size(), self.last_size.replace(checkpoint.size()));
        if before >= Some(size) || size < last {
            findings.tampered(size, "checkpoint.size", "the checkpoint is not in its place");
        } else if size > last {
            self.is_ahead = true;
            missing(last, size, "checkpoint.size", findings);
        } else if leaves.compare_root(&checkpoint.root(), findings) == Agreement::Neither {
            // a root that nobody is known to have signed proves nothing but that something was changed
            let kind = if self.key.is_some() { FindingKind::Forked } else { FindingKind::Tampered };
            findings.add(kind, size, "checkpoint.note", format!("its root is not that of the first {size} events"));
        }
    }

    /// Takes notice of an event, after which there are `last`.
    pub(crate) fn event(&mut self, last: u64, leaves: &mut Leaves, findings: &mut Findings) {
        if std::mem::take(&mut self.is_ahead) {
            findings.tampered(last, "checkpoint.size", "a checkpoint comes before an event that it covers");
        }
        self.compare_kept(last, leaves, findings);
    }

    /// Compares the checkpoint that was kept elsewhere, if it is of so many events.
    pub(crate) fn compare_kept(&self, last: u64, leaves: &mut Leaves, findings: &mut Findings) {
        if let Some(kept) = self.kept.as_ref().filter(|kept| kept.size() == last)
            && leaves.compare_root(&kept.root(), findings) == Agreement::Neither
        {
            let detail = format!("the root of the checkpoint that was kept is not that of the first {last} events");
            findings.add(FindingKind::Forked, last, "checkpoint", detail);
        }
    }

    pub(crate) fn finish(&self, last: u64, findings: &mut Findings) {
        if let Some(kept) = self.kept.as_ref().filter(|kept| kept.size() > last) {
            missing(last, kept.size(), "checkpoint", findings);
        }
    }
}

fn missing(last: u64, size: u64, field: &'static str, findings: &mut Findings) {
    let detail = format!("the checkpoint covers {size} events, and there are {last}");
    findings.add(FindingKind::Incomplete, last + 1, field, detail);
}

/// Reads the note of a ledger's checkpoint; without a key, whoever signed it.
fn open(note: &str, ledger: &str, key: Option<&Verifier>) -> Result<Checkpoint, CheckpointError> {
    let checkpoint = match key {
        Some(key) => Checkpoint::open(note, key)?,
        None => note.parse::<Note>()?.text().parse()?,
    };
    if checkpoint.origin() == ledger {
        Ok(checkpoint)
    } else {
        Err(CheckpointError::OtherLog(checkpoint.origin().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use stele_tlog::{Hash, Signer, fold};

    use super::*;
    use crate::digest::Digested;

    const LEAVES: [Hash; 3] = [[1; 32], [2; 32], [3; 32]];

    fn signer() -> Signer {
        Signer::new("main", [7; 32]).expect("a good name")
    }

    fn row(size: usize) -> StoredCheckpoint {
        let note = Checkpoint::new("main", size as u64, fold(&LEAVES[..size])).expect("valid").sign(&signer());
        StoredCheckpoint { size: i64::try_from(size).expect("small"), note }
    }

    /// What is found when these come after the last of three events.
    fn check(rows: &[StoredCheckpoint]) -> Vec<(FindingKind, &'static str)> {
        let key = Some(signer().verifier().clone());
        let mut checkpoints = Checkpoints::new("main", key, None).expect("nothing was kept");
        let (mut leaves, mut findings) = (Leaves::new(), Findings::new(10));
        for (position, leaf) in (1..).zip(LEAVES) {
            leaves.push(position, &Digested::sound(leaf), 10);
        }
        for row in rows {
            checkpoints.stored(row, 3, &mut leaves, &mut findings);
        }
        findings.finish().2.into_iter().map(|finding| (finding.kind, finding.field)).collect()
    }

    #[test]
    fn a_checkpoint_stands_in_its_place_once() {
        assert_eq!(check(&[row(3)]), []);
        assert_eq!(check(&[row(3), row(3)]), [(FindingKind::Tampered, "checkpoint.size")]);
        assert_eq!(check(&[row(2)]), [(FindingKind::Tampered, "checkpoint.size")]);
    }

    #[test]
    fn a_checkpoint_is_signed_by_the_key_and_of_its_size() {
        let mut other_size = row(3);
        other_size.size = 2;
        assert_eq!(check(&[other_size]), [(FindingKind::Tampered, "checkpoint.size")]);
        let stranger = Signer::new("main", [8; 32]).expect("a good name");
        let forged = Checkpoint::new("main", 3, fold(&LEAVES)).expect("valid").sign(&stranger);
        let forged = StoredCheckpoint { size: 3, note: forged };
        assert_eq!(check(&[forged]), [(FindingKind::Tampered, "checkpoint.note")]);
        let fork = Checkpoint::new("main", 3, [0; 32]).expect("valid").sign(&signer());
        let fork = StoredCheckpoint { size: 3, note: fork };
        assert_eq!(check(&[fork]), [(FindingKind::Forked, "checkpoint.note")]);
    }
}
