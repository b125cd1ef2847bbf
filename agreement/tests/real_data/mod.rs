//! The folder of real data, from `STELE_REAL_DATA`; without it these tests are skipped, except where `CI` is `true`.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use stele_agreement::annotator::{Compared, Profile};

/// One judgement: what was judged, by whom, and how.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    pub(crate) unit: String,
    pub(crate) annotator: String,
    pub(crate) answer: String,
}

/// The folder, or nothing to test with.
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

/// A file's bytes.
pub(crate) fn bytes(file: &Path) -> Vec<u8> {
    fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A profile for each annotator: agreement with the others, and answers.
pub(crate) fn profiles(judgements: &[Judgement]) -> BTreeMap<String, Profile<String, String>> {
    let mut units: BTreeMap<&str, Vec<&Judgement>> = BTreeMap::new();
    for judgement in judgements {
        units.entry(&judgement.unit).or_default().push(judgement);
    }
    let mut profiles = BTreeMap::new();
    for unit in units.values() {
        for (place, judgement) in unit.iter().enumerate() {
            let name = judgement.annotator.clone();
            let profile: &mut Profile<String, String> =
                profiles.entry(name.clone()).or_insert_with(|| Profile::new(name));
            let others = unit.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, other)| &other.answer);
            if let Some(compared) = Compared::with(&judgement.answer, others) {
                profile.agreement.add(compared);
            }
            profile.answers.add(judgement.answer.clone());
        }
    }
    profiles
}
