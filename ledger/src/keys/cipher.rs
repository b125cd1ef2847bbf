//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) with a random nonce: for personal fields, and for keys under keys.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use sha2::{Digest, Sha256};
use stele_domain::SubjectId;
use stele_tlog::Hash;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::seal::SealContext;

/// A secret key; its memory is wiped when it goes.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// How many bytes of nonce stand before the ciphertext. So many that random ones never meet (draft §3.1).
pub(super) const NONCE: usize = 24;

/// The bytes can't be opened: another key, another place, or damage. Which of them, nobody can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it does not open with its key, in its place")]
pub struct NotAuthentic;

/// Nonce, ciphertext and tag.
pub(super) fn seal(key: &Key, nonce: [u8; NONCE], aad: &[u8], clear: &[u8]) -> Result<Vec<u8>, NotAuthentic> {
    let mut sealed = nonce.to_vec();
    let cipher = XChaCha20Poly1305::new((&**key).into());
    // refuses only texts beyond 256 GiB
    sealed.extend(cipher.encrypt(&XNonce::from(nonce), Payload { msg: clear, aad }).map_err(|_| NotAuthentic)?);
    Ok(sealed)
}

/// What was sealed.
pub(super) fn open(key: &Key, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, NotAuthentic> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE>().ok_or(NotAuthentic)?;
    let cipher = XChaCha20Poly1305::new((&**key).into());
    let clear = cipher.decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad }).map_err(|_| NotAuthentic)?;
    Ok(Zeroizing::new(clear))
}

/// A key that was wrapped like a text.
pub(super) fn open_key(key: &Key, aad: &[u8], wrapped: &[u8]) -> Result<Key, NotAuthentic> {
    let clear = open(key, aad, wrapped)?;
    let mut opened = Key::default();
    if clear.len() != opened.len() {
        return Err(NotAuthentic);
    }
    opened.copy_from_slice(&clear);
    Ok(opened)
}

/// What names a key without giving it away: its SHA-256, as a key is too random to be guessed.
pub(super) fn fingerprint(key: &Key) -> Hash {
    Sha256::digest(**key).into()
}

/// A field opens only where it was sealed: in this ledger, stream, event and path, as this subject's.
pub(super) fn of_field(context: SealContext<'_>, subject: SubjectId) -> Vec<u8> {
    associated(
        "stele personal field",
        &[
            context.ledger_id.as_bytes(),
            context.stream.stream_type.as_str().as_bytes(),
            context.stream.id.as_bytes(),
            context.event_id.as_bytes(),
            context.path.as_bytes(),
            subject.uuid().as_bytes(),
        ],
    )
}

/// A subject's key opens only as this subject's, under this version of the ledger's key.
pub(super) fn of_subject_key(ledger_id: Uuid, subject: SubjectId, version: i32) -> Vec<u8> {
    associated("stele subject key", &[ledger_id.as_bytes(), subject.uuid().as_bytes(), &version.to_be_bytes()])
}

/// A ledger's key opens only as this ledger's, and as this version of it.
pub(super) fn of_ledger_key(ledger_id: Uuid, version: i32) -> Vec<u8> {
    associated("stele ledger key", &[ledger_id.as_bytes(), &version.to_be_bytes()])
}

/// Each part is led by its length, so that no two lists of parts make the same bytes.
fn associated(purpose: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut data = Vec::new();
    for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
        data.extend((part.len() as u64).to_be_bytes());
        data.extend(*part);
    }
    data
}
