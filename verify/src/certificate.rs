//! Verification of an erasure certificate: offline, with the ledger's key and nothing else.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stele_tlog::{Checkpoint, Hash, Note, Verifier, hash_leaf, verify_inclusion};
use uuid::Uuid;

/// What an erasure certificate says, all of it verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErasureCertificate {
    /// When it was issued.
    pub issued_at: String,
    /// The ledger's name.
    pub ledger: String,
    /// Whose erasure it certifies: a pseudonym.
    pub subject_id: Uuid,
    /// Where the erasure stands in the history.
    pub position: u64,
    /// When it was recorded.
    pub erased_at: String,
    /// On what legal basis.
    pub basis: String,
    /// The request's name where requests are kept.
    pub reference: String,
    /// The SHA-256 of the destroyed key, in hexadecimal; `None` if the subject had none.
    pub key_fingerprint: Option<String>,
    /// When the key was destroyed, as the issuer says.
    pub key_destroyed_at: String,
    /// Since when no backup of the key store can revive it, as the issuer says; `None` as long as an older one might.
    pub beyond_backups_since: Option<String>,
}

/// What is wrong with a certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// It is not a note that the ledger's key has signed.
    #[error("the certificate's signature: {0}")]
    Signature(#[from] stele_tlog::NoteError),
    /// Its text is not that of a certificate.
    #[error("the certificate's text can't be read: {0}")]
    Text(#[from] serde_json::Error),
    /// It is of an edition that this build does not know.
    #[error("the certificate is of edition {0}; this Stele reads edition 1")]
    Edition(u32),
    /// Its checkpoint is not one that the ledger's key has signed.
    #[error("the certificate's checkpoint: {0}")]
    Checkpoint(#[from] stele_tlog::CheckpointError),
    /// Its parts contradict each other.
    #[error("the certificate contradicts itself: {0}")]
    Contradiction(&'static str),
    /// The proof does not lead to the checkpoint.
    #[error("the inclusion proof: {0}")]
    Proof(#[from] stele_tlog::ProofError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(rename = "stele_erasure_certificate")]
    edition: u32,
    issued_at: String,
    ledger_id: Uuid,
    ledger_name: String,
    subject_id: Uuid,
    key: KeyPart,
    event: EventPart,
    inclusion_proof: Vec<String>,
    checkpoint: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyPart {
    fingerprint: Option<String>,
    destroyed_at: String,
    beyond_backups_since: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventPart {
    position: u64,
    payload: String,
    entry: String,
}

/// The members of a log entry that tell what happened to whom.
#[derive(Deserialize)]
struct Entry {
    ledger_id: Uuid,
    name: String,
    payload_sha256: String,
    recorded_at: String,
    stream_id: Uuid,
    stream_type: String,
}

#[derive(Deserialize)]
struct Payload {
    basis: String,
    reference: String,
    key_fingerprint: Option<String>,
}

/// Verifies a certificate against the key that signs the ledger's checkpoints.
pub fn verify_certificate(certificate: &str, key: &Verifier) -> Result<ErasureCertificate, CertificateError> {
    let note: Note = certificate.parse()?;
    note.verify(std::slice::from_ref(key))?;
    let text: Text = serde_json::from_str(note.text())?;
    if text.edition != 1 {
        return Err(CertificateError::Edition(text.edition));
    }
    let checkpoint = Checkpoint::open(&text.checkpoint, key)?;
    let entry: Entry = serde_json::from_str(&text.event.entry)?;
    let payload: Payload = serde_json::from_str(&text.event.payload)?;
    let must = |holds: bool, contradiction| {
        if holds { Ok(()) } else { Err(CertificateError::Contradiction(contradiction)) }
    };
    must(text.ledger_name == key.name(), "another ledger's key has signed it")?;
    must(entry.ledger_id == text.ledger_id, "the event is another ledger's")?;
    must((entry.stream_type.as_str(), entry.name.as_str()) == ("subject", "SubjectErased"), "it is no erasure")?;
    must(entry.stream_id == text.subject_id, "the event is about another subject")?;
    must(
        entry.payload_sha256 == hex::encode(Sha256::digest(&text.event.payload)),
        "the event's payload is not the one that was hashed",
    )?;
    must(payload.key_fingerprint == text.key.fingerprint, "the event names another key")?;
    let index =
        text.event.position.checked_sub(1).ok_or(CertificateError::Contradiction("there is no position 0"))?;
    let mut proof = Vec::with_capacity(text.inclusion_proof.len());
    for hash in &text.inclusion_proof {
        let hash: Option<Hash> = hex::decode(hash).ok().and_then(|bytes| bytes.try_into().ok());
        proof.push(hash.ok_or(CertificateError::Contradiction("a hash of the proof is none"))?);
    }
    let leaf = hash_leaf(text.event.entry.as_bytes());
    verify_inclusion(&leaf, index, checkpoint.size(), &proof, &checkpoint.root())?;
    Ok(ErasureCertificate {
        issued_at: text.issued_at,
        ledger: text.ledger_name,
        subject_id: text.subject_id,
        position: text.event.position,
        erased_at: entry.recorded_at,
        basis: payload.basis,
        reference: payload.reference,
        key_fingerprint: text.key.fingerprint,
        key_destroyed_at: text.key.destroyed_at,
        beyond_backups_since: text.key.beyond_backups_since,
    })
}
