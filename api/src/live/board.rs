//! A board: for each key the newest sheet, and whoever reads it.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

use futures::{Stream, stream};
use tokio::sync::watch;

/// For each key the newest sheet. A key is there as long as it is read.
pub(super) struct Board<K, T> {
    sheets: Mutex<HashMap<K, watch::Sender<Option<T>>>>,
}

impl<K, T> Default for Board<K, T> {
    fn default() -> Self {
        Self { sheets: Mutex::default() }
    }
}

impl<K: Eq + Hash, T: Clone + Send + Sync + 'static> Board<K, T> {
    fn sheets(&self) -> MutexGuard<'_, HashMap<K, watch::Sender<Option<T>>>> {
        self.sheets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sheets of a key: the newest one, and then each that is newest when it is asked for. If there is none yet, which
    /// the second part tells, somebody has to put one up.
    pub(super) fn read(&self, key: K) -> (impl Stream<Item = T> + use<K, T>, bool) {
        let mut sheets = self.sheets();
        sheets.retain(|_, sheet| sheet.receiver_count() > 0);
        let mut reader = sheets.entry(key).or_insert_with(|| watch::Sender::new(None)).subscribe();
        let is_empty = reader.borrow().is_none();
        reader.mark_changed();
        let newest = stream::unfold(reader, |mut reader| async move {
            loop {
                reader.changed().await.ok()?;
                let sheet = reader.borrow_and_update().clone();
                if let Some(sheet) = sheet {
                    return Some((sheet, reader));
                }
            }
        });
        (newest, is_empty)
    }

    /// Whether anybody reads a key.
    pub(super) fn is_read(&self, key: &K) -> bool {
        self.sheets().get(key).is_some_and(|sheet| sheet.receiver_count() > 0)
    }

    /// Whether anybody reads at all.
    pub(super) fn has_readers(&self) -> bool {
        self.sheets().values().any(|sheet| sheet.receiver_count() > 0)
    }

    /// What is read.
    pub(super) fn keys(&self) -> Vec<K>
    where
        K: Copy,
    {
        let sheets = self.sheets();
        sheets.iter().filter(|(_, sheet)| sheet.receiver_count() > 0).map(|(key, _)| *key).collect()
    }

    /// Puts a sheet up, unless it says what the one before says.
    pub(super) fn post_changed(&self, key: &K, sheet: T)
    where
        T: PartialEq,
    {
        if let Some(place) = self.sheets().get(key) {
            place.send_if_modified(|before| {
                let is_posted = before.as_ref() != Some(&sheet);
                if is_posted {
                    *before = Some(sheet);
                }
                is_posted
            });
        }
    }

    /// Puts a sheet up, in the place of the one before. Without news it is for those who have just come, and stays off where
    /// one has been put up for them in the meantime.
    pub(super) fn post(&self, key: &K, sheet: T, is_news: bool) {
        if let Some(place) = self.sheets().get(key) {
            place.send_if_modified(|before| {
                let is_posted = is_news || before.is_none();
                if is_posted {
                    *before = Some(sheet);
                }
                is_posted
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::{FutureExt, StreamExt};

    use super::*;

    #[test]
    fn whoever_is_slow_gets_the_newest_sheet_and_only_that() {
        let board = Board::<u8, u32>::default();
        let read = |key| Box::pin(board.read(key).0);
        let (mut fast, mut slow, mut other) = (read(1), read(1), read(2));
        for number in 0..1_000 {
            board.post(&1, number, true);
            assert_eq!(fast.next().now_or_never(), Some(Some(number)));
        }
        assert_eq!(slow.next().now_or_never(), Some(Some(999)));
        assert_eq!(slow.next().now_or_never(), None);
        assert_eq!(other.next().now_or_never(), None, "another key's sheets are another's");
        assert!(!board.read(1).1 && board.read(2).1);
        board.post(&1, 1_000, false);
        assert_eq!(slow.next().now_or_never(), None, "it is no news");
        let mut late = read(1);
        assert_eq!(late.next().now_or_never(), Some(Some(999)), "it hangs there already");
    }

    #[test]
    fn a_sheet_that_says_the_same_is_not_put_up_again() {
        let board = Board::<u8, u32>::default();
        let mut reader = Box::pin(board.read(1).0);
        assert_eq!(board.keys(), [1]);
        board.post_changed(&1, 7);
        assert_eq!(reader.next().now_or_never(), Some(Some(7)));
        board.post_changed(&1, 7);
        assert_eq!(reader.next().now_or_never(), None);
        board.post_changed(&1, 8);
        assert_eq!(reader.next().now_or_never(), Some(Some(8)));
        drop(reader);
        assert!(board.keys().is_empty());
    }

    #[test]
    fn a_sheet_that_nobody_read_is_not_shown_later() {
        let board = Board::<u8, u32>::default();
        drop(board.read(1));
        board.post(&1, 7, true);
        assert!(!board.has_readers());
        assert_eq!(Box::pin(board.read(1).0).next().now_or_never(), None, "it may be out of date");
    }
}
