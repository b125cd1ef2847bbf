//! Passwords: Argon2id (RFC 9106), with the parameters that OWASP recommends.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        Error,
        phc::{self, Output, ParamsString, PasswordHash, Salt},
    },
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
    Hash(#[from] Error),
    /// A stored hash is not in the PHC format.
    #[error("a stored password hash is damaged: {0}")]
    Stored(phc::Error),
    /// The process is shutting down.
    #[error("passwords are no longer checked: the process is shutting down")]
    Closed,
}

/// Hashes and checks passwords, a few at a time and never on a thread that serves requests.
#[derive(Debug)]
pub struct Passwords {
    places: Semaphore,
    /// Argon2's memory, one for each who works, kept for the next: an allocator would hold on to one for every thread that ever
    /// checked a password.
    memories: Mutex<Vec<Vec<Block>>>,
    worked: AtomicU64,
    /// Checked when nobody has the address, so that it takes as long.
    nobodys: String,
}

impl Passwords {
    /// A checker.
    pub fn new(mint: &Mint) -> Result<Self, PasswordError> {
        let mut memory = Vec::new();
        let nobodys = hash(&mint.secret(), &mint.secret(), &mut memory)?;
        let (places, memories) = (Semaphore::new(AT_ONCE), Mutex::new(vec![memory]));
        Ok(Self { places, memories, worked: AtomicU64::new(0), nobodys })
    }

    /// The hash of a new password, in the PHC string format.
    pub async fn hash(self: &Arc<Self>, password: String, mint: &Mint) -> Result<String, PasswordError> {
        if !(MIN_LENGTH..=MAX_LENGTH).contains(&password.chars().count()) {
            return Err(PasswordError::Length);
        }
        let salt = mint.secret();
        self.work(move |memory| hash(password.as_bytes(), &salt, memory)).await
    }

    /// Whether a password is the one that was hashed. Without a hash it is not, and takes as long.
    pub async fn verify(self: &Arc<Self>, password: String, hash: Option<String>) -> Result<bool, PasswordError> {
        let (exists, hash) = (hash.is_some(), hash.unwrap_or_else(|| self.nobodys.clone()));
        let right = self
            .work(move |memory| {
                let stored = PasswordHash::new(&hash).map_err(PasswordError::Stored)?;
                Ok(is_hash_of(&stored, password.as_bytes(), memory)?)
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
        work: impl FnOnce(&mut Vec<Block>) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _place = self.places.acquire().await.map_err(|_| PasswordError::Closed)?;
        self.worked.fetch_add(1, Ordering::Relaxed);
        let passwords = Arc::clone(self);
        let worked = tokio::task::spawn_blocking(move || {
            let memories = || passwords.memories.lock().unwrap_or_else(PoisonError::into_inner);
            let mut memory = memories().pop().unwrap_or_default();
            let done = work(&mut memory);
            memories().push(memory);
            done
        });
        worked.await.map_err(|_| PasswordError::Closed)?
    }
}

fn hash(password: &[u8], salt: &[u8; 32], memory: &mut Vec<Block>) -> Result<String, PasswordError> {
    let salt = Salt::new(&salt[..16]).map_err(Error::from)?;
    let (algorithm, version, params) = (Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
    let hash = PasswordHash {
        algorithm: algorithm.ident(),
        version: Some(version.into()),
        params: ParamsString::try_from(&params)?,
        salt: Some(salt),
        hash: Some(output(&Argon2::new(algorithm, version, params), password, &salt, memory)?),
    };
    Ok(hash.to_string())
}

/// Whether a stored hash is that of this password, as its own parameters make it.
fn is_hash_of(stored: &PasswordHash, password: &[u8], memory: &mut Vec<Block>) -> Result<bool, Error> {
    let (Some(salt), Some(expected)) = (&stored.salt, &stored.hash) else { return Ok(false) };
    let algorithm = Algorithm::try_from(stored.algorithm.as_str())?;
    let version = stored.version.map_or(Ok(Version::default()), Version::try_from)?;
    let argon2 = Argon2::new(algorithm, version, Params::try_from(stored)?);
    // outputs are compared in constant time
    Ok(output(&argon2, password, salt, memory)? == *expected)
}

fn output(argon2: &Argon2<'_>, password: &[u8], salt: &[u8], memory: &mut Vec<Block>) -> Result<Output, Error> {
    let length = argon2.params().output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
    memory.resize(argon2.params().block_count(), Block::new());
    let mut buffer = [0; Output::MAX_LENGTH];
    let output = buffer.get_mut(..length).ok_or(Error::OutputSize)?;
    argon2.hash_password_into_with_memory(password, salt, output, memory)?;
    Ok(Output::new(output)?)
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::{CustomizedPasswordHasher, PasswordVerifier};

    use super::*;

    #[test]
    fn memory_that_was_used_gives_what_the_library_gives() {
        let mut memory = Vec::new();
        let small = Params::new(64, 1, 1, Some(16)).expect("parameters");
        let other = Argon2::default().hash_password_customized(b"before", b"a salt of it", None, None, small);
        for stored in
            [other.expect("a hash").to_string(), hash(b"a password", &[7; 32], &mut memory).expect("a hash")]
        {
            let parsed = PasswordHash::new(&stored).expect("a hash");
            for password in [&b"before"[..], b"a password", b"another"] {
                let theirs = Argon2::default().verify_password(password, &parsed).is_ok();
                assert_eq!(is_hash_of(&parsed, password, &mut memory).expect("a comparison"), theirs, "{stored}");
            }
        }
    }
}
