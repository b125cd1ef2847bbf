//! Where real data is: in the folder `STELE_REAL_DATA`, which is not part of the project.

use std::{env, path::PathBuf};

/// The folder, or nothing to test with; which is said, and an error where `CI` is `true`.
pub(crate) fn folder() -> Option<PathBuf> {
    let default = || concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data").into();
    let folder = env::var_os("STELE_REAL_DATA").map_or_else(default, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    let reason = format!("{} is missing; STELE_REAL_DATA names the folder of real data", folder.display());
    assert!(env::var("CI").as_deref() != Ok("true"), "{reason}");
    skip(&reason);
    None
}

#[allow(clippy::print_stderr, reason = "a test that did nothing has to say so")]
fn skip(reason: &str) {
    eprintln!("skipped: {reason}");
}
