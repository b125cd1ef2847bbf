//! A release's folder arrives whole, once, and never in part under a manifest.

mod support;

use std::{collections::BTreeMap, fs, path::PathBuf};

use stele_publish::{Dataset, ManifestError, Target, TargetError, UploadError, Uploaded, upload};
use support::{Released, files_in};
use tempfile::TempDir;

/// Larger than what goes in one piece.
const LARGE: usize = (20 << 20) + 7;

struct Elsewhere {
    scratch: TempDir,
}

impl Elsewhere {
    fn new() -> Self {
        Self { scratch: tempfile::tempdir().expect("a folder") }
    }

    fn target(&self) -> Target {
        // a folder that is not there yet
        let address = format!("file://{}/datasets/", self.scratch.path().to_str().expect("text"));
        Target::parse(&address).expect("a place")
    }

    fn release(&self) -> PathBuf {
        self.scratch.path().join("datasets/helpfulness/1.2.0")
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        files_in(&self.release())
    }

    async fn take(&self, released: &Released) -> Result<Uploaded, UploadError> {
        upload(&released.dataset(), &self.target()).await
    }
}

#[tokio::test]
async fn everything_arrives_and_nothing_a_second_time() {
    let (released, elsewhere) = (Released::with_shard_of(LARGE), Elsewhere::new());
    let uploaded = elsewhere.take(&released).await.expect("uploads");
    assert!(elsewhere.files() == released.files(), "the bytes are the same");
    let bytes: usize = released.files().values().map(Vec::len).sum();
    let address = format!("file://{}", elsewhere.release().to_str().expect("text"));
    assert_eq!(uploaded, Uploaded { address: address.clone(), sent: 5, bytes_sent: bytes as u64, left: 0 });

    let written = || {
        let of = |path: &String| fs::metadata(elsewhere.release().join(path)).and_then(|file| file.modified());
        released.files().keys().map(|path| of(path).expect("there")).collect::<Vec<_>>()
    };
    let before = written();
    let again = elsewhere.take(&released).await.expect("uploads");
    assert_eq!(again, Uploaded { address, sent: 0, bytes_sent: 0, left: 5 });
    assert_eq!(written(), before, "nothing was written");
}

#[tokio::test]
async fn another_file_in_a_place_is_named_and_left_alone() {
    for (path, size_differs) in
        [("train.jsonl", true), ("data/train-00000-of-00001.parquet", false), ("README.md", true)]
    {
        let (released, elsewhere) = (Released::with_shard_of(100), Elsewhere::new());
        let mut other = released.read(path);
        if size_differs {
            other.push(b'x');
        } else {
            other[50] ^= 1;
        }
        let place = elsewhere.release().join(path);
        fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
        fs::write(&place, &other).expect("writable");
        let refused = elsewhere.take(&released).await.expect_err(path);
        assert!(matches!(&refused, UploadError::Taken(address) if address.ends_with(path)), "{refused}");
        assert_eq!(fs::read(&place).expect("there"), other, "{path}");
        assert!(!elsewhere.files().contains_key("manifest.json"), "{path}");
    }
}

#[tokio::test]
async fn a_release_in_the_place_of_another_gets_none_of_its_files() {
    let (released, elsewhere) = (Released::with_shard_of(100), Elsewhere::new());
    elsewhere.take(&released).await.expect("uploads");
    let before = elsewhere.files();
    let other = Released::with_shard_of(101);
    fs::remove_file(elsewhere.release().join("train.jsonl")).expect("there");
    let refused = elsewhere.take(&other).await.expect_err("it is another");
    assert!(matches!(&refused, UploadError::Taken(address) if address.ends_with("manifest.json")), "{refused}");
    assert_eq!(elsewhere.files().len(), before.len() - 1);
    // what is missing of the first one is made good
    let uploaded = elsewhere.take(&released).await.expect("uploads");
    assert_eq!((uploaded.sent, uploaded.left), (1, 4));
    assert_eq!(elsewhere.files(), before);
}

#[tokio::test]
async fn a_file_that_the_manifest_does_not_list_so_is_refused() {
    const SHARD: &str = "data/train-00000-of-00001.parquet";
    for bytes in [100, LARGE] {
        let changes: [fn(&mut Vec<u8>); 3] =
            [|content| content[7] ^= 1, |content| content.truncate(content.len() - 1), |content| content.push(0)];
        for change in changes {
            let (released, elsewhere) = (Released::with_shard_of(bytes), Elsewhere::new());
            let mut content = released.read(SHARD);
            change(&mut content);
            released.write(SHARD, &content);
            let refused = elsewhere.take(&released).await.expect_err("it has changed");
            assert!(matches!(&refused, UploadError::Differs(path) if path.ends_with(SHARD)), "{refused}");
            let files = if elsewhere.release().exists() { elsewhere.files() } else { BTreeMap::new() };
            assert_eq!(files.keys().collect::<Vec<_>>(), Vec::<&String>::new(), "nothing of it is left behind");
        }
    }
}

#[tokio::test]
async fn the_manifest_comes_last_and_an_upload_goes_on_where_it_broke_off() {
    let (released, elsewhere) = (Released::with_shard_of(100), Elsewhere::new());
    let lines = released.read("train.jsonl");
    fs::remove_file(released.path("train.jsonl")).expect("there");
    let broken = elsewhere.take(&released).await.expect_err("a file is missing");
    assert!(matches!(&broken, UploadError::Io { path, .. } if path.ends_with("train.jsonl")), "{broken}");
    assert_eq!(elsewhere.files().into_keys().collect::<Vec<_>>(), ["data/train-00000-of-00001.parquet"]);
    released.write("train.jsonl", &lines);
    let uploaded = elsewhere.take(&released).await.expect("uploads");
    assert_eq!((uploaded.sent, uploaded.left), (4, 1));
    assert_eq!(elsewhere.files(), released.files());
}

#[tokio::test]
async fn a_file_that_nobody_knows_is_refused() {
    let (released, elsewhere) = (Released::with_shard_of(100), Elsewhere::new());
    released.write("data/notes.txt", b"mine");
    let refused = elsewhere.take(&released).await.expect_err("it is not in the manifest");
    assert!(matches!(&refused, UploadError::Stray(path) if path.ends_with("data/notes.txt")), "{refused}");
    assert!(!elsewhere.release().exists());
}

#[test]
fn only_releases_are_opened_and_paths_stay_in_the_folder() {
    let released = Released::with_shard_of(10);
    for path in ["../escaped", "/etc/passwd", "data//x", ".", "", "data/../../x"] {
        released.change_manifest(|manifest| manifest["files"][0]["path"] = path.into());
        let refused = Dataset::open(released.folder()).expect_err(path);
        assert!(matches!(refused, ManifestError::Malformed { .. }), "{path}: {refused}");
    }
    for name in ["..", "a/b", "it's", ""] {
        released.change_manifest(|manifest| manifest["release"]["dataset"] = name.into());
        assert!(matches!(Dataset::open(released.folder()), Err(ManifestError::Malformed { .. })), "{name}");
    }
    released.change_manifest(|manifest| drop(manifest.as_object_mut().expect("an object").remove("release")));
    assert!(matches!(Dataset::open(released.folder()), Err(ManifestError::NotReleased(_))));
    fs::remove_file(released.path("manifest.json")).expect("there");
    assert!(matches!(Dataset::open(released.folder()), Err(ManifestError::Io { .. })));
}

#[test]
fn an_address_is_of_a_bucket_or_a_folder() {
    for address in ["out", "gs://bucket/prefix", "https://example.org/datasets", "file://elsewhere/datasets"] {
        let refused = Target::parse(address).expect_err(address);
        assert!(matches!(refused, TargetError::Address(_)), "{address}: {refused}");
    }
    for address in ["s3://key:secret@bucket/prefix", "s3://bucket/prefix?secret", "file:///datasets#secret"] {
        let refused = Target::parse(address).expect_err(address);
        assert!(matches!(refused, TargetError::MoreThanAPath), "{address}: {refused}");
        assert!(!refused.to_string().contains("secret"));
    }
    #[cfg(not(feature = "s3"))]
    assert!(matches!(Target::parse("s3://bucket/prefix"), Err(TargetError::WithoutS3)));
}
