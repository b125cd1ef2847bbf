//! Passwords: Argon2id (RFC 9106), with the parameters that OWASP recommends.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use stele_ledger::Mint;
use tokio::sync::Semaphore;

/// The shortest password, in characters.
pub(super) const MIN_LENGTH: usize = 12;
/// The longest password, in characters.
pub(super) const MAX_LENGTH: usize = 256;
/// How many passwords are hashed at once; each takes 19 MiB and a core.
const AT_ONCE: usize = 2;

/// Why a password could not be taken or checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// It is too short or too long.
    #[error("a password has {MIN_LENGTH} to {MAX_LENGTH} characters")]
    Length,
    /// The hash could not be computed.
    #[error("a password could not be hashed: {0}")]
    Hash(argon2::password_hash::Error),
    /// A stored hash is not in the PHC format.
    #[error("a stored password hash is damaged: {0}")]
    Stored(argon2::password_hash::phc::Error),
    /// The process is shutting down.
    #[error("passwords are no longer checked: the process is shutting down")]
    Closed,
}

/// Hashes and checks passwords, a few at a time and never on a thread that serves requests.
#[derive(Debug)]
pub struct Passwords {
    places: Semaphore,
    worked: AtomicU64,
    /// Checked when nobody has the address, so that it takes as long.
    nobodys: String,
}

impl Passwords {
    /// A checker.
    pub fn new(mint: &Mint) -> Result<Self, PasswordError> {
        let nobodys = hash(&mint.secret(), &mint.secret())?;
        Ok(Self { places: Semaphore::new(AT_ONCE), worked: AtomicU64::new(0), nobodys })
    }

    /// The hash of a new password, in the PHC string format.
    pub async fn hash(self: &Arc<Self>, password: String, mint: &Mint) -> Result<String, PasswordError> {
        if !(MIN_LENGTH..=MAX_LENGTH).contains(&password.chars().count()) {
            return Err(PasswordError::Length);
        }
        let salt = mint.secret();
        self.work(move || hash(password.as_bytes(), &salt)).await
    }

    /// Whether a password is the one that was hashed. Without a hash it is not, and takes as long.
    pub async fn verify(self: &Arc<Self>, password: String, hash: Option<String>) -> Result<bool, PasswordError> {
        let (exists, hash) = (hash.is_some(), hash.unwrap_or_else(|| self.nobodys.clone()));
        let right = self
            .work(move || {
                let parsed = PasswordHash::new(&hash).map_err(PasswordError::Stored)?;
                Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
            })
            .await?;
        Ok(right && exists)
    }

    /// How many passwords have been hashed or checked, whatever came of it.
    pub fn worked(&self) -> u64 {
        self.worked.load(Ordering::Relaxed)
    }

    async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _place = self.places.acquire().await.map_err(|_| PasswordError::Closed)?;
        self.worked.fetch_add(1, Ordering::Relaxed);
        tokio::task::spawn_blocking(work).await.map_err(|_| PasswordError::Closed)?
    }
}

fn hash(password: &[u8], salt: &[u8; 32]) -> Result<String, PasswordError> {
    let hash = Argon2::default().hash_password_with_salt(password, &salt[..16]).map_err(PasswordError::Hash)?;
    Ok(hash.to_string())
}
