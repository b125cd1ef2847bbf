//! What a folder holds.

use std::{
    fs, io,
    io::Read,
    path::{Path, PathBuf},
};

/// The files in a folder and in the folders in it: by their paths within it, with slashes, in no certain order; and where they
/// are.
pub(super) fn files_in(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let (mut files, mut folders) = (Vec::new(), vec![(String::new(), folder.to_owned())]);
    while let Some((prefix, folder)) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push((format!("{path}/"), entry.path()));
            } else {
                files.push((path, entry.path()));
            }
        }
    }
    Ok(files)
}

/// Feeds all that a reader has to a hash, and says how many bytes that was.
pub(crate) fn feed<D: sha2::Digest>(hash: &mut D, mut reader: impl Read) -> io::Result<u64> {
    let (mut buffer, mut bytes) = (vec![0; 1 << 16], 0);
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok(bytes);
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
}
