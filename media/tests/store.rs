//! Files come back as they were given, whole or in part, or not at all.

use std::{fs, ops::Range, path::PathBuf};

use futures::TryStreamExt;
use object_store::memory::InMemory;
use proptest::{prelude::*, test_runner::TestCaseResult};
use sha2::{Digest, Sha256};
use stele_media::{CHUNK, FileKey, MediaError, MediaId, Store};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

/// What a chunk is longer by when it is sealed.
const TAG: usize = 16;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn key() -> FileKey {
    FileKey::new([7; 32])
}

/// Bytes that differ from place to place.
fn content(length: usize) -> Vec<u8> {
    (0..length as u64).map(|place| (place.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

async fn put(store: &Store, key: Option<&FileKey>, content: &[u8], piece: usize) -> MediaId {
    let mut upload = store.begin(Uuid::from_u128(1), key).await.expect("begins");
    for piece in content.chunks(piece) {
        upload.write(piece).await.expect("taken");
    }
    let staged = upload.finish().await.expect("whole");
    let id = staged.id();
    assert_eq!(staged.bytes(), content.len() as u64);
    staged.keep().await.expect("kept");
    id
}

async fn get(
    store: &Store,
    id: MediaId,
    key: Option<&FileKey>,
    bytes: usize,
    range: Range<usize>,
) -> Result<Vec<u8>, MediaError> {
    let range = range.start as u64..range.end as u64;
    let pieces: Vec<_> = store.read(id, key, bytes as u64, range).await?.try_collect().await?;
    Ok(pieces.concat())
}

fn is_damaged<T>(read: &Result<T, MediaError>) -> bool {
    matches!(read, Err(MediaError::Damaged { .. }))
}

/// A sealed file on disk, to be tampered with.
struct OnDisk {
    folder: TempDir,
    store: Store,
    id: MediaId,
    bytes: usize,
}

impl OnDisk {
    async fn put(bytes: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::local(folder.path()).expect("a store");
        let id = put(&store, Some(&key()), &content(bytes), 100_000).await;
        Self { folder, store, id, bytes }
    }

    fn file(&self) -> PathBuf {
        let name = self.id.to_string();
        self.folder.path().join(&name[..2]).join(&name[2..4]).join(name)
    }

    fn tamper(&self, with: impl FnOnce(&mut Vec<u8>)) {
        let mut stored = fs::read(self.file()).expect("it is there");
        with(&mut stored);
        fs::write(self.file(), stored).expect("written");
    }

    async fn read(&self) -> Result<Vec<u8>, MediaError> {
        get(&self.store, self.id, Some(&key()), self.bytes, 0..self.bytes).await
    }
}

/// Lengths around the places where chunks end, and some others.
fn lengths() -> impl Strategy<Value = usize> {
    prop_oneof![
        1..300_usize,
        (1..4_usize, -2..3_isize).prop_map(|(chunks, more)| (chunks * CHUNK).saturating_add_signed(more))
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_part_of_a_file_is_as_it_was_given(
        length in lengths(),
        piece in 1..100_000_usize,
        (from, to) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        is_sealed: bool,
        is_in_memory: bool,
    ) {
        runtime().block_on(async {
            let folder = tempfile::tempdir().expect("a folder");
            let store = if is_in_memory { Store::over(InMemory::new()) } else { Store::local(folder.path()).expect("a store") };
            let (key, given) = (is_sealed.then(key), content(length));
            let id = put(&store, key.as_ref(), &given, piece).await;
            let (from, to) = (from.index(length), to.index(length));
            let range = from.min(to)..from.max(to) + 1;
            for range in [range, 0..length] {
                let read = get(&store, id, key.as_ref(), length, range.clone()).await.expect("readable");
                prop_assert!(read == given[range.clone()], "{range:?} of {length}");
            }
            if !is_sealed {
                prop_assert_eq!(id, MediaId::from(<[u8; 32]>::from(Sha256::digest(&given))));
            }
            TestCaseResult::Ok(())
        })?;
    }

    #[test]
    fn a_flipped_bit_is_an_error_and_nothing_of_its_chunk_is_given(
        length in lengths(),
        place in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        runtime().block_on(async {
            let file = OnDisk::put(length).await;
            let stored = length + length.div_ceil(CHUNK) * TAG;
            let place = place.index(stored);
            file.tamper(|stored| stored[place] ^= 1 << bit);
            prop_assert!(is_damaged(&file.read().await));
            // the other chunks still open
            let hit = place / (CHUNK + TAG);
            for chunk in (0..length.div_ceil(CHUNK)).filter(|chunk| *chunk != hit) {
                let range = chunk * CHUNK..((chunk + 1) * CHUNK).min(length);
                let read = get(&file.store, file.id, Some(&key()), length, range.clone()).await.expect("whole");
                prop_assert!(read == content(length)[range]);
            }
            TestCaseResult::Ok(())
        })?;
    }

    #[test]
    fn a_file_that_was_cut_short_is_an_error(length in lengths(), keep in any::<prop::sample::Index>()) {
        runtime().block_on(async {
            let file = OnDisk::put(length).await;
            file.tamper(|stored| stored.truncate(keep.index(stored.len())));
            prop_assert!(file.read().await.is_err());
            TestCaseResult::Ok(())
        })?;
    }
}

#[test]
fn chunks_open_in_their_own_place_alone() {
    runtime().block_on(async {
        let sealed = CHUNK + TAG;
        let swapped = OnDisk::put(3 * CHUNK).await;
        swapped.tamper(|stored| {
            let (first, rest) = stored.split_at_mut(sealed);
            first.swap_with_slice(&mut rest[..sealed]);
        });
        assert!(is_damaged(&swapped.read().await), "two chunks change places");
        // cut at the end of a chunk, and told to be as long as that
        let cut = OnDisk::put(3 * CHUNK).await;
        cut.tamper(|stored| stored.truncate(2 * sealed));
        let read = get(&cut.store, cut.id, Some(&key()), 2 * CHUNK, 0..2 * CHUNK).await;
        assert!(is_damaged(&read), "what is the last chunk now is not the last one");
        let longer = OnDisk::put(3 * CHUNK).await;
        longer.tamper(|stored| stored.extend_from_within(..sealed));
        let read = get(&longer.store, longer.id, Some(&key()), 4 * CHUNK, 0..4 * CHUNK).await;
        assert!(is_damaged(&read), "there is something after the last chunk");
        let other = FileKey::new([8; 32]);
        let file = OnDisk::put(10).await;
        let read = get(&file.store, file.id, Some(&other), 10, 0..10).await;
        assert!(is_damaged(&read), "another key");
        assert!(!fs::read(file.file()).expect("there").windows(5).any(|bytes| *bytes == content(10)[..5]));
    });
}

#[test]
fn a_range_costs_the_chunks_that_it_touches() {
    runtime().block_on(async {
        let file = OnDisk::put(10 * CHUNK).await;
        // all but the fourth and fifth are destroyed
        let kept = 3 * (CHUNK + TAG)..5 * (CHUNK + TAG);
        file.tamper(|stored| {
            for (place, byte) in stored.iter_mut().enumerate() {
                if !kept.contains(&place) {
                    *byte = !*byte;
                }
            }
        });
        let range = 3 * CHUNK + 5..4 * CHUNK + 5;
        let read = get(&file.store, file.id, Some(&key()), file.bytes, range.clone()).await.expect("opens");
        assert_eq!(read, content(file.bytes)[range]);
    });
}

#[test]
fn what_is_given_up_leaves_nothing_behind() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::local(folder.path()).expect("a store");
        let files = || {
            let uploads = fs::read_dir(folder.path().join("uploads")).expect("a folder");
            uploads.map(|file| file.expect("listed").path()).collect::<Vec<_>>()
        };
        // longer than what is held back before it is written
        let content = content(9 << 20);
        let mut upload = store.begin(Uuid::from_u128(2), Some(&key())).await.expect("begins");
        upload.write(&content).await.expect("taken");
        assert_eq!(files().len(), 1);
        upload.discard().await;
        assert_eq!(files(), Vec::<PathBuf>::new());

        let mut upload = store.begin(Uuid::from_u128(3), None).await.expect("begins");
        upload.write(&content).await.expect("taken");
        upload.finish().await.expect("whole").discard().await;
        assert_eq!(files(), Vec::<PathBuf>::new());

        let id = put(&store, None, &content, 1 << 20).await;
        store.delete(id).await.expect("deleted");
        store.delete(id).await.expect("there is nothing to delete");
        let gone = get(&store, id, None, content.len(), 0..1).await;
        assert!(matches!(gone, Err(MediaError::Missing(_))), "{gone:?}");
    });
}
