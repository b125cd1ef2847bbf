//! Replacing a file so that a crash leaves the old one or the new one, whole.

use std::{io, path::Path};

use tokio::{fs, io::AsyncWriteExt};

/// Puts `bytes` in the place of the file; afterwards they survive a crash of the machine.
pub(crate) async fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).await?;
    let staged = path.with_extension(format!("new.{}", std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&staged).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    fs::rename(&staged, path).await?;
    // the rename itself is in the folder
    fs::File::open(folder).await?.sync_all().await
}
