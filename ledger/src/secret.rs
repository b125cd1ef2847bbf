//! Secrets that are kept for others, such as what a webhook's messages are signed with.
//!
//! Each owner has a key of its own in the key store, as data subjects do: rotation wraps it anew with theirs, and destroying
//! it makes the secrets unreadable wherever a copy of them may be.

use stele_domain::{StreamType, SubjectId};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{KeyError, Ledger, NotAuthentic, StreamKey, seal::SealContext};

/// Why a secret could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The key can't be had. That does not mean that it was destroyed.
    #[error("the key of {owner}: {source}")]
    Key {
        /// Whose secret it is.
        owner: Uuid,
        /// Why not.
        source: KeyError,
    },
    /// The key has been destroyed.
    #[error("the key of {0} has been destroyed")]
    Destroyed(Uuid),
    /// The sealed bytes are not what they should be.
    #[error("a sealed secret of {owner} is damaged: {source}")]
    Damaged {
        /// Whose secret it is.
        owner: Uuid,
        /// What is wrong with it.
        source: NotAuthentic,
    },
}

impl Ledger {
    /// Seals a secret of an owner; it opens only as theirs, and for the same purpose.
    pub async fn seal_secret(&self, owner: Uuid, purpose: &str, clear: &[u8]) -> Result<Vec<u8>, SecretError> {
        let sealed = self.keeper().seal(self.place(owner, purpose), SubjectId::from(owner), clear).await;
        let sealed = sealed.map_err(|source| SecretError::Key { owner, source })?;
        sealed.ok_or(SecretError::Destroyed(owner))
    }

    /// Opens a secret of an owner.
    pub async fn open_secret(
        &self,
        owner: Uuid,
        purpose: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let opener = self.keeper().opener(SubjectId::from(owner)).await;
        let opener = opener.map_err(|source| SecretError::Key { owner, source })?;
        let opener = opener.ok_or(SecretError::Destroyed(owner))?;
        opener.open(self.place(owner, purpose), sealed).map_err(|source| SecretError::Damaged { owner, source })
    }

    /// Destroys the key to an owner's secrets for good.
    pub async fn destroy_secrets(&self, owner: Uuid) -> Result<(), SecretError> {
        let destroyed = self.keeper().destroy(SubjectId::from(owner)).await;
        destroyed.map_err(|source| SecretError::Key { owner, source })
    }

    /// No event stands there, so no personal field does.
    fn place<'a>(&self, owner: Uuid, purpose: &'a str) -> SealContext<'a> {
        let stream = StreamKey { stream_type: StreamType::Ledger, id: owner };
        SealContext { ledger_id: self.id(), stream, event_id: owner, path: purpose }
    }
}
