//! Secret keys: given in the environment, or kept in the home.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;
use stele_ledger::fresh_secret;

/// A secret of 32 bytes, which every server of a ledger must have the same.
#[derive(Clone, Copy)]
pub(crate) enum Secret {
    /// What access tokens are signed with.
    Token,
    /// What checkpoints of the history are signed with.
    Log,
    /// What wraps the ledger keys, which wrap the keys to personal data.
    Root,
}

impl Secret {
    const fn variable(self) -> &'static str {
        match self {
            Self::Token => "STELE_TOKEN_KEY",
            Self::Log => "STELE_LOG_KEY",
            Self::Root => "STELE_ROOT_KEY",
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::Token => "token.key",
            Self::Log => "log.key",
            Self::Root => "root.key",
        }
    }

    /// The secret in `given` (64 hexadecimal digits), or the one kept in the home, made on first use.
    pub(crate) fn read(self, given: Option<&str>, home: &Path) -> anyhow::Result<[u8; 32]> {
        if let Some(text) = given {
            return parse(text).context(self.variable());
        }
        let path = home.join(self.file());
        match fs::read_to_string(&path) {
            Ok(text) => parse(&text).with_context(|| path.display().to_string()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                keep(&path, &hex::encode(fresh_secret())).with_context(|| path.display().to_string())?;
                // another process may have been first: what is kept is what holds
                parse(&fs::read_to_string(&path)?).with_context(|| path.display().to_string())
            }
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    }
}

/// The secret in 64 hexadecimal digits.
pub(crate) fn parse(text: &str) -> anyhow::Result<[u8; 32]> {
    let bytes = hex::decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.context("a secret key is 64 hexadecimal digits")
}

/// Writes the key where only its owner can read it; complete or not at all, and never over another.
fn keep(path: &Path, text: &str) -> io::Result<()> {
    if let Some(home) = path.parent() {
        fs::create_dir_all(home)?;
    }
    let staged = path.with_extension(format!("new.{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&staged)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&staged, path);
    fs::remove_file(&staged)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}
