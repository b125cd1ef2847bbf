//! The key that access tokens are signed with: from the environment, or kept in the home.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;
use stele_api::account::TokenKey;
use stele_ledger::Mint;

/// The key in `given` (64 hexadecimal digits), or the one kept in the home, made on first use.
pub(crate) fn token_key(given: Option<&str>, home: &Path, mint: &Mint) -> anyhow::Result<TokenKey> {
    if let Some(text) = given {
        return parse(text).context("STELE_TOKEN_KEY");
    }
    let path = home.join("token.key");
    match fs::read_to_string(&path) {
        Ok(text) => parse(&text).with_context(|| path.display().to_string()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = mint.secret();
            keep(&path, &hex::encode(secret)).with_context(|| path.display().to_string())?;
            // another process may have been first: what is kept is what holds
            parse(&fs::read_to_string(&path)?).with_context(|| path.display().to_string())
        }
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

fn parse(text: &str) -> anyhow::Result<TokenKey> {
    let bytes = hex::decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(TokenKey::new).context("a token key is 64 hexadecimal digits")
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
