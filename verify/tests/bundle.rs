//! Whatever is changed in a bundle is found, and where it is.

mod support;

use std::{
    fs,
    io::{Read, Write},
    path::Path,
};

use flate2::{Compression, read::MultiGzDecoder, write::GzEncoder};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use stele_verify::{Report, Verdict, VerifyError, export_bundle, open_snapshot, verify_bundle};
use support::{make, options};
use tempfile::TempDir;

const EVENTS: usize = 300;

/// Exports a ledger, plain and compressed.
async fn export(database: &PgConnectOptions, folder: &Path) -> [Vec<u8>; 2] {
    make(database, "main", 1, EVENTS, &[0, 1, 100, 256, 300]).await;
    let mut snapshot = open_snapshot(database).await.expect("a snapshot");
    let mut bundles = [Vec::new(), Vec::new()];
    for (bundle, name) in bundles.iter_mut().zip(["bundle.jsonl", "bundle.jsonl.gz"]) {
        let file = folder.join(name);
        let key = options("main").key;
        let events = export_bundle(&mut snapshot, "main", key.as_ref(), &file, |_| {}).await.expect("exported");
        assert_eq!(events, EVENTS as u64);
        *bundle = fs::read(file).expect("readable");
    }
    assert_eq!(fs::read_dir(folder).expect("readable").count(), 2, "nothing else is left behind");
    bundles
}

fn verify(folder: &Path, bundle: &[u8]) -> Result<Report, VerifyError> {
    let file = folder.join("changed");
    fs::write(&file, bundle).expect("written");
    verify_bundle(&file, &options("main"), |_| {})
}

fn verdict(folder: &Path, bundle: &[u8]) -> Verdict {
    match verify(folder, bundle) {
        Ok(report) => report.verdict,
        // a version that nobody knows
        Err(VerifyError::BundleVersion(_)) => Verdict::Incomplete,
        Err(error) => panic!("{error}"),
    }
}

/// The position of the event in a line, or of the one before it.
fn position(lines: &[&[u8]], line: usize) -> u64 {
    lines[..=line].iter().filter(|line| line.starts_with(br#"{"event""#)).count() as u64
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn every_flipped_bit_of_a_plain_bundle_is_found_where_it_is(_: PgPoolOptions, database: PgConnectOptions) {
    let folder = TempDir::new().expect("a folder");
    let [plain, _] = export(&database, folder.path()).await;
    let lines: Vec<&[u8]> = plain.split_inclusive(|byte| *byte == b'\n').collect();
    let mut random = StdRng::seed_from_u64(5);
    for number in 0..300 {
        // the lines are not equally long: the first and last ones get their share, too
        let line = [0, 1, lines.len() - 1, lines.len() - 2].get(number).copied();
        let line = line.unwrap_or_else(|| random.random_range(0..lines.len()));
        let (place, bit) = (random.random_range(0..lines[line].len()), random.random_range(0..8));
        let mut changed: Vec<Vec<u8>> = lines.iter().map(|line| line.to_vec()).collect();
        changed[line][place] ^= 1 << bit;
        let report = match verify(folder.path(), &changed.concat()) {
            Ok(report) => report,
            Err(VerifyError::BundleVersion(_)) if line == 0 => continue,
            Err(error) => panic!("{error}"),
        };
        assert_ne!(report.verdict, Verdict::Valid, "line {line}, byte {place}, bit {bit}");
        if lines[line].starts_with(br#"{"event""#) {
            let at = Some(position(&lines, line));
            let named = report.findings.iter().any(|finding| finding.position == at);
            assert!(named, "line {line}, byte {place}, bit {bit}: {report}");
        }
    }
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn every_line_that_goes_comes_or_moves_is_found_where_it_is(_: PgPoolOptions, database: PgConnectOptions) {
    let folder = TempDir::new().expect("a folder");
    let [plain, _] = export(&database, folder.path()).await;
    let lines: Vec<&[u8]> = plain.split_inclusive(|byte| *byte == b'\n').collect();
    let mut random = StdRng::seed_from_u64(6);
    for number in 0..200 {
        let (line, other) = (random.random_range(0..lines.len()), random.random_range(0..lines.len()));
        let mut changed = lines.clone();
        match number % 4 {
            0 => drop(changed.remove(line)),
            1 => changed.insert(line, lines[line]),
            2 if line != other => changed.swap(line, other),
            _ => changed.truncate(line),
        }
        let report = verify(folder.path(), &changed.concat()).expect("verified");
        assert_ne!(report.verdict, Verdict::Valid, "kind {}, lines {line} and {other}", number % 4);
        if number % 4 < 2 && lines[line].starts_with(br#"{"event""#) {
            let at = Some(position(&lines, line));
            let named = report.findings.iter().any(|finding| finding.position == at);
            assert!(named, "kind {}, line {line}: {report}", number % 4);
        }
        let cut_off = &plain[..random.random_range(0..plain.len())];
        assert_ne!(verdict(folder.path(), cut_off), Verdict::Valid, "cut off after {}", cut_off.len());
    }
    let more = [&plain[..], b"\n"].concat();
    assert_eq!(verdict(folder.path(), &more), Verdict::Tampered, "an empty line after the end");
}

/// What a file decompresses to; its container says nothing of the history.
fn decompressed(bundle: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    MultiGzDecoder::new(bundle).read_to_end(&mut text).ok().map(|_| text)
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn every_flipped_bit_of_a_compressed_bundle_that_matters_is_found(
    _: PgPoolOptions,
    database: PgConnectOptions,
) {
    let folder = TempDir::new().expect("a folder");
    let [plain, compressed] = export(&database, folder.path()).await;
    assert_eq!(verdict(folder.path(), &compressed), Verdict::Valid);
    let mut random = StdRng::seed_from_u64(7);
    for number in 0..150 {
        let place = if number < 20 { number } else { random.random_range(0..compressed.len()) };
        let mut changed = compressed.clone();
        changed[place] ^= 1 << random.random_range(0..8);
        let matters = decompressed(&changed).as_ref() != Some(&plain);
        assert_eq!(verdict(folder.path(), &changed) != Verdict::Valid, matters, "byte {place}");
        let cut_off = &compressed[..random.random_range(0..compressed.len())];
        assert_ne!(verdict(folder.path(), cut_off), Verdict::Valid, "cut off after {}", cut_off.len());
    }
    let twice = [&compressed[..], &compressed[..]].concat();
    assert_eq!(verdict(folder.path(), &twice), Verdict::Tampered, "something follows");
}

#[sqlx::test(migrator = "stele_ledger::MIGRATOR")]
async fn a_line_has_one_spelling_however_it_was_compressed(_: PgPoolOptions, database: PgConnectOptions) {
    let folder = TempDir::new().expect("a folder");
    let [plain, _] = export(&database, folder.path()).await;
    let text = String::from_utf8(plain).expect("text");
    for (spelling, other, line) in [
        (r#""position":7,"#, r#""position": 7,"#, "line 10: "),
        (r#""position":7,"#, r#""position":7,"more":1,"#, "line 10: "),
        (r#""version":1,"#, r#""version":1 ,"#, "line 1: "),
        (r#"},"checkpoints":5}"#, r#"},"checkpoints":5} "#, "line 307: "),
        (r"\n\n", r"\n\u000a", "line 2: "),
        (".000000Z", ".000Z", "line 3: "),
    ] {
        assert!(text.contains(spelling), "{spelling}");
        let mut compressed = GzEncoder::new(Vec::new(), Compression::fast());
        compressed.write_all(text.replacen(spelling, other, 1).as_bytes()).expect("written");
        let report = verify(folder.path(), &compressed.finish().expect("written")).expect("verified");
        let named = report.findings.iter().any(|finding| finding.detail.starts_with(line));
        assert!(named && report.verdict == Verdict::Tampered, "{other}: {report}");
    }
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let folder = TempDir::new().expect("a folder");
    let missing = verify_bundle(&folder.path().join("missing"), &options("main"), |_| {});
    assert!(matches!(missing, Err(VerifyError::File(_))), "{missing:?}");
}
