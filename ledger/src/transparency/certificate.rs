//! The certificate of an erasure: proof, for whoever asked for it, that the history has it and the key is gone.

use serde::Serialize;
use stele_domain::{SubjectId, Timestamp};
use stele_tlog::{Checkpoint, CheckpointError, Note, NoteError, Signer};
use uuid::Uuid;

use super::TreeError;
use crate::{KeyError, Ledger, LoadError, Position, envelope};

/// Why an erasure can't be certified.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// There is nothing to certify.
    #[error("subject {0} has not been erased")]
    NotErased(SubjectId),
    /// The event is there, and the key as well.
    #[error(
        "the erasure of subject {0} is recorded, but their key is not destroyed yet; erase them again to finish it"
    )]
    KeyLives(SubjectId),
    /// No checkpoint covers the event yet.
    #[error("the erasure at position {0} is in no signed checkpoint yet; a running server signs it within a second")]
    NotSigned(Position),
    /// The checkpoint is not one that the key has signed.
    #[error("the newest checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The certificate can't be signed.
    #[error("the certificate can't be signed: {0}")]
    Note(#[from] NoteError),
    /// The history can't be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The tree can't be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The key can't be looked up.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The certificate can't be written.
    #[error("the certificate can't be written: {0}")]
    Json(#[from] serde_json::Error),
}

#[derive(Serialize)]
struct Certificate<'a> {
    #[serde(rename = "stele_erasure_certificate")]
    edition: u32,
    issued_at: Timestamp,
    ledger_id: Uuid,
    ledger_name: &'a str,
    subject_id: SubjectId,
    key: KeyPart,
    event: EventPart<'a>,
    inclusion_proof: Vec<String>,
    checkpoint: &'a str,
}

#[derive(Serialize)]
struct KeyPart {
    /// The SHA-256 of the key; null if the subject never had one.
    fingerprint: Option<String>,
    destroyed_at: Timestamp,
    /// Since when no backup of the key store can revive it; null as long as one from before `destroyed_at` might.
    beyond_backups_since: Option<Timestamp>,
}

#[derive(Serialize)]
struct EventPart<'a> {
    position: Position,
    /// The payload, exactly as stored.
    payload: &'a str,
    /// The log entry, whose RFC 6962 leaf hash the proof is of.
    entry: &'a str,
}

impl Ledger {
    /// Certifies someone's erasure with the key that signs the ledger's checkpoints. The newest checkpoint must cover it.
    ///
    /// The certificate is a signed note (C2SP signed-note) whose text is one line of JSON.
    pub async fn erasure_certificate(&self, subject: SubjectId, signer: &Signer) -> Result<String, CertificateError> {
        let erasure = self.erasure(subject).await?.ok_or(CertificateError::NotErased(subject))?;
        let key = self.key_record(subject).await?;
        let destroyed_at = key.and_then(|key| key.destroyed_at).ok_or(CertificateError::KeyLives(subject))?;
        let position = erasure.event.position;
        let note = self.checkpoint().await.map_err(TreeError::from)?.ok_or(CertificateError::NotSigned(position))?;
        let checkpoint = Checkpoint::open(&note, signer.verifier())?;
        if checkpoint.size() < position.get() {
            return Err(CertificateError::NotSigned(position));
        }
        let proof = self.inclusion_proof(position, checkpoint.size()).await?;
        let entry = envelope::log_entry(self.id(), &erasure.event);
        let certificate = Certificate {
            edition: 1,
            issued_at: self.clock().now(),
            ledger_id: self.id(),
            ledger_name: self.name(),
            subject_id: subject,
            key: KeyPart {
                fingerprint: key.and_then(|key| key.fingerprint).map(hex::encode),
                destroyed_at,
                beyond_backups_since: key.and_then(|key| key.beyond_backups_since),
            },
            event: EventPart { position, payload: &erasure.event.payload, entry: &String::from_utf8_lossy(&entry) },
            inclusion_proof: proof.hashes.iter().map(hex::encode).collect(),
            checkpoint: &note,
        };
        Ok(Note::new(&(serde_json::to_string(&certificate)? + "\n"))?.sign(signer).to_string())
    }
}
