//! Whether a folder holds what its manifest says.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufRead as _, BufReader},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::{
    DESCRIBING, Manifest, OutputError,
    walk::{feed, files_in},
};
use crate::table::parquet_rows;

/// What of a folder's files is not as its manifest says.
pub(crate) fn check(folder: &Path, manifest: &Manifest) -> Result<Vec<String>, OutputError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| OutputError::Io { path, source }
    };
    let mut findings = Vec::new();
    let found = files_in(folder).map_err(failed(folder))?;
    let mut found: BTreeSet<String> = found.into_iter().map(|(path, _)| path).collect();
    for name in DESCRIBING {
        found.remove(name);
    }
    for file in &manifest.files {
        let path = folder.join(&file.path);
        if !found.remove(&file.path) {
            findings.push(format!("{} is missing", file.path));
            continue;
        }
        let mut hash = Sha256::new();
        let bytes = File::open(&path).and_then(|file| feed(&mut hash, file)).map_err(failed(&path))?;
        if bytes != file.bytes || file.sha256 != <[u8; 32]>::from(hash.finalize()).into() {
            findings.push(format!("{} is not the file that the manifest lists", file.path));
        }
    }
    findings.extend(found.into_iter().map(|path| format!("{path} is not in the manifest")));
    if findings.is_empty() {
        check_rows(folder, manifest, &mut findings)?;
    }
    Ok(findings)
}

/// The digest over all rows, and how many there are in each form.
fn check_rows(folder: &Path, manifest: &Manifest, findings: &mut Vec<String>) -> Result<(), OutputError> {
    let mut digest = Sha256::new();
    for side in ["train", "validation", "test"] {
        let Some(rows) = manifest.splits.get(side) else { continue };
        let path = folder.join(format!("{side}.jsonl"));
        let lines = File::open(&path).and_then(|file| digest_lines(file, &mut digest));
        let lines = lines.map_err(|source| OutputError::Io { path, source })?;
        let mut in_parquet = 0;
        let shards = manifest.files.iter().filter(|file| file.path.starts_with(&format!("data/{side}-")));
        for shard in shards {
            let path = folder.join(&shard.path);
            let file = File::open(&path).map_err(|source| OutputError::Io { path, source })?;
            in_parquet += parquet_rows(file)?;
        }
        if lines != *rows || in_parquet != *rows {
            findings
                .push(format!("{side} has {lines} rows as JSON, {in_parquet} as Parquet, and should have {rows}"));
        }
    }
    if manifest.digest != <[u8; 32]>::from(digest.finalize()).into() {
        findings.push("the rows do not have the digest that the manifest gives them".to_owned());
    }
    if manifest.rows != manifest.splits.values().sum::<u64>() {
        findings.push("the numbers of rows do not add up".to_owned());
    }
    Ok(())
}

fn digest_lines(file: File, digest: &mut Sha256) -> io::Result<u64> {
    let (mut reader, mut lines) = (BufReader::with_capacity(1 << 16, file), 0);
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Ok(lines);
        }
        digest.update(bytes);
        lines += bytes.split(|byte| *byte == b'\n').count() as u64 - 1;
        let read = bytes.len();
        reader.consume(read);
    }
}
