//! A pointer by which DVC tracks a dataset's folder.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use md5::{Digest, Md5};

use super::{
    OutputError, put,
    walk::{feed, files_in},
};

/// Writes `FOLDER.dvc` beside a folder, as `dvc add` would: its hash is DVC's own of a directory, MD5 over a list of its files.
///
/// Returns the file's path. DVC takes the folder into its cache with `dvc commit FOLDER.dvc`.
pub fn write_dvc_pointer(folder: &Path) -> Result<PathBuf, OutputError> {
    let failed = |source| OutputError::Io { path: folder.to_owned(), source };
    let folder = std::path::absolute(folder).map_err(failed)?;
    let name = folder.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| failed(io::Error::other("its name is no text, which DVC's files are")))?;
    let files = tracked(&folder).map_err(failed)?;
    let (hash, size) = (directory_hash(&files), files.iter().map(|file| file.size).sum::<u64>());
    let name_in_yaml = serde_json::to_string(name)?;
    let text = format!(
        "outs:\n- md5: {hash}.dir\n  size: {size}\n  nfiles: {}\n  hash: md5\n  path: {name_in_yaml}\n",
        files.len()
    );
    let pointer = folder.with_file_name(format!("{name}.dvc"));
    put(&pointer, |file| io::Write::write_all(file, text.as_bytes()))?;
    Ok(pointer)
}

struct Tracked {
    /// Its path within the folder, with slashes.
    path: String,
    md5: String,
    size: u64,
}

fn tracked(folder: &Path) -> io::Result<Vec<Tracked>> {
    let files = files_in(folder)?.into_iter().map(|(path, file)| {
        let mut hash = Md5::new();
        let size = feed(&mut hash, fs::File::open(file)?)?;
        Ok(Tracked { path, md5: hex::encode(hash.finalize()), size })
    });
    files.collect()
}

/// MD5 over the files' hashes and paths in the order of the paths, as JSON in Python's way: with spaces after commas and colons,
/// and ASCII only.
fn directory_hash(files: &[Tracked]) -> String {
    let mut sorted: Vec<&Tracked> = files.iter().collect();
    sorted.sort_by(|one, other| one.path.cmp(&other.path));
    let entry = |file: &&Tracked| format!(r#"{{"md5": "{}", "relpath": {}}}"#, file.md5, ascii_json(&file.path));
    let entries: Vec<String> = sorted.iter().map(entry).collect();
    hex::encode(Md5::digest(format!("[{}]", entries.join(", "))))
}

/// A text as a JSON string of ASCII characters.
fn ascii_json(text: &str) -> String {
    let mut ascii = String::new();
    for character in serde_json::Value::from(text).to_string().chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // writing to a text can't fail
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `dvc add` of DVC 3.67 gave for these files.
    #[test]
    fn a_folder_has_the_hash_that_dvc_gives_it() {
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = scratch.path().join("set");
        fs::create_dir_all(folder.join("sub")).expect("writable");
        fs::write(folder.join("a.txt"), "a\n").expect("writable");
        fs::write(folder.join("sub/b.txt"), "b\n").expect("writable");
        let pointer = write_dvc_pointer(&folder).expect("writes");
        assert_eq!(pointer, scratch.path().join("set.dvc"));
        let expected = "outs:\n- md5: 849835d274483dc683eb416d6e4f887d.dir\n  size: 4\n  nfiles: 2\n  hash: md5\n  path: \"set\"\n";
        assert_eq!(fs::read_to_string(pointer).expect("readable"), expected);
    }

    #[test]
    fn paths_are_written_in_ascii() {
        assert_eq!(ascii_json("é/👩.\"x\""), r#""\u00e9/\ud83d\udc69.\"x\"""#);
    }
}
