//! Checking a dataset's folder against itself, against the history, and against the history's signed checkpoint.

use std::{fs, path::Path};

use stele_ledger::{Ledger, Position, ReadError};
use stele_tlog::{Checkpoint, Note, Verifier, verify_consistency, verify_inclusion};

use super::on_record::{OnRecord, releases_of};
use crate::{
    ExportError, Manifest,
    folder::{self, OutputError, sha256},
};

/// What was found out about a folder.
#[derive(Clone, Debug)]
pub struct Verification {
    /// What the folder says of itself.
    pub manifest: Manifest,
    /// What does not hold; nothing if everything does.
    pub findings: Vec<String>,
    /// Where the release is on record; absent if the folder is of an export, of which nothing is.
    pub released_at: Option<Position>,
    /// The size of the signed checkpoint that the position, and the release, were proved to be under; absent if there is
    /// none yet, or they are newer than it.
    pub checkpoint: Option<u64>,
}

/// Verifies a dataset's folder: that its files and rows are those of its manifest, that the manifest is what the history says,
/// and that the history up to there is under its newest checkpoint.
///
/// The checkpoint's signature is checked if the key is given. What the card and the Croissant metadata say is not checked.
pub async fn verify_folder(
    ledger: &Ledger,
    folder: &Path,
    key: Option<&Verifier>,
) -> Result<Verification, ExportError> {
    let path = folder.join(folder::MANIFEST);
    let json = fs::read(&path).map_err(|source| OutputError::Io { path: path.clone(), source })?;
    let manifest: Manifest =
        serde_json::from_slice(&json).map_err(|source| OutputError::Manifest { path, source })?;
    let mut findings = folder::check(folder, &manifest)?;
    let recipe = manifest.recipe.canonical().map_err(OutputError::from)?;
    if manifest.recipe_sha256 != sha256(recipe.as_bytes()).into() {
        findings.push("the recipe does not have the hash that the manifest gives it".to_owned());
    }
    let mut verification = Verification { manifest, findings, released_at: None, checkpoint: None };
    verification.check_history(ledger).await?;
    let release = verification.check_release(ledger, &recipe).await?;
    verification.check_checkpoint(ledger, key, release.as_ref()).await?;
    Ok(verification)
}

impl Verification {
    async fn check_history(&mut self, ledger: &Ledger) -> Result<(), ExportError> {
        let known_at = &self.manifest.known_at;
        if self.manifest.ledger_id != ledger.id() {
            self.findings.push(format!(
                "it is of the ledger {}, and this is {}",
                self.manifest.ledger_id,
                ledger.id()
            ));
        } else if ledger.head().await.map_err(ReadError::from)?.position() < known_at.position {
            self.findings.push(format!("the history ends before position {}", known_at.position));
        } else if known_at.merkle_root != ledger.root_at(known_at.position).await?.into() {
            self.findings.push(format!("the history up to position {} has another root", known_at.position));
        }
        Ok(())
    }

    /// The release on record that the manifest names.
    async fn check_release(&mut self, ledger: &Ledger, recipe: &str) -> Result<Option<OnRecord>, ExportError> {
        let Some(name) = self.manifest.release.clone() else { return Ok(None) };
        let mut all = releases_of(ledger, &name.dataset).await?.into_iter();
        let Some(found) = all.find(|release| release.released.version == name.version) else {
            self.findings.push(format!("no release {} of {} is on record", name.version, name.dataset));
            return Ok(None);
        };
        let (released, manifest) = (&found.released, &self.manifest);
        for (what, is_same) in [
            ("format", released.format == manifest.format),
            ("project", released.project == manifest.project_id),
            ("recipe", released.recipe == recipe),
            ("position", released.known_at.size == manifest.known_at.position.get()),
            ("Merkle root", released.known_at.root == manifest.known_at.merkle_root),
            ("time by which things happened", released.happened_by == manifest.happened_by),
            ("number of rows", released.rows == manifest.rows),
            ("digest of the rows", released.rows_digest == manifest.digest),
            ("list of files", released.files == manifest.files),
        ] {
            if !is_same {
                self.findings.push(format!("the release on record has another {what}"));
            }
        }
        if let Some(reason) = &found.withdrawn {
            self.findings.push(format!("the release was withdrawn: {reason}"));
        }
        self.released_at = Some(found.event.position);
        Ok(Some(found))
    }

    async fn check_checkpoint(
        &mut self,
        ledger: &Ledger,
        key: Option<&Verifier>,
        release: Option<&OnRecord>,
    ) -> Result<(), ExportError> {
        let Some(note) = ledger.checkpoint().await? else { return Ok(()) };
        let opened = match key {
            Some(key) => Checkpoint::open(&note, key).map_err(|error| error.to_string()),
            None => unsigned(&note),
        };
        let checkpoint = match opened {
            Ok(checkpoint) => checkpoint,
            Err(reason) => {
                self.findings.push(format!("the newest checkpoint does not hold: {reason}"));
                return Ok(());
            }
        };
        let (size, root) = (checkpoint.size(), checkpoint.root());
        let known_at = &self.manifest.known_at;
        let last = release.map_or(known_at.position, |release| release.event.position.max(known_at.position));
        // what is too new for it is under the next one
        if last.get() > size || self.manifest.ledger_id != ledger.id() {
            return Ok(());
        }
        let proof = ledger.consistency_proof(known_at.position.get(), size).await?;
        let old = known_at.merkle_root.bytes();
        if verify_consistency(known_at.position.get(), &old, size, &root, &proof.hashes).is_err() {
            self.findings.push("the history up to its position is not the one that the checkpoint is of".to_owned());
        }
        if let Some(OnRecord { event, .. }) = release {
            let proof = ledger.inclusion_proof(event.position, size).await?;
            let index = event.position.get() - 1;
            if verify_inclusion(&event.leaf_hash, index, size, &proof.hashes, &root).is_err() {
                self.findings.push("the release on record is not under the checkpoint".to_owned());
            }
        }
        self.checkpoint = Some(size);
        Ok(())
    }
}

/// What a note says, whoever signed it.
fn unsigned(note: &str) -> Result<Checkpoint, String> {
    let note: Note = note.parse().map_err(|error: stele_tlog::NoteError| error.to_string())?;
    note.text().parse().map_err(|error: stele_tlog::CheckpointError| error.to_string())
}
