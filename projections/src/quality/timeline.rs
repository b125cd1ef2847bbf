//! What held when: the present, and what became of it in a batch of events.

use std::collections::BTreeMap;

/// A value, and since when it holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held<V> {
    /// The position of the event that it comes from.
    pub(super) from: i64,
    pub(super) value: V,
}

/// Values by key, each from the position of one event until that of another.
///
/// Every change is kept with its own positions, so the stored past does not depend on how events were divided into batches.
#[derive(Clone, Debug)]
pub(super) struct Timeline<K, V> {
    present: BTreeMap<K, Held<V>>,
    /// What is stored as present and has ended, with its end.
    ended: Vec<(K, i64, i64)>,
    /// What has begun and ended within the batch.
    passed: Vec<(K, Held<V>, i64)>,
    /// Where what is stored ends: what has begun later is not stored yet.
    stored_through: i64,
}

impl<K: Ord + Clone, V: PartialEq> Timeline<K, V> {
    /// What is stored as present, of a view that includes all positions up to `stored_through`.
    pub(super) fn stored(present: impl IntoIterator<Item = (K, Held<V>)>, stored_through: i64) -> Self {
        Self { present: present.into_iter().collect(), ended: Vec::new(), passed: Vec::new(), stored_through }
    }

    /// What holds now.
    pub(super) fn present(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.present.iter().map(|(key, held)| (key, &held.value))
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.present.get(key).map(|held| &held.value)
    }

    /// Lets a value hold from an event on.
    pub(super) fn begin(&mut self, key: K, value: V, at: i64) {
        if self.get(&key) != Some(&value) {
            self.end(&key, at);
            self.present.insert(key, Held { from: at, value });
        }
    }

    /// Lets the value of a key hold no longer.
    pub(super) fn end(&mut self, key: &K, at: i64) {
        match self.present.remove(key) {
            Some(held) if held.from <= self.stored_through => self.ended.push((key.clone(), held.from, at)),
            // what an event itself takes back has never held
            Some(held) if held.from < at => self.passed.push((key.clone(), held, at)),
            Some(_) | None => {}
        }
    }

    /// Lets all of those end that are not among these.
    pub(super) fn end_others(&mut self, keep: impl Fn(&K) -> bool, at: i64) {
        let others: Vec<K> = self.present.keys().filter(|key| !keep(key)).cloned().collect();
        others.iter().for_each(|key| self.end(key, at));
    }

    /// What is stored and has ended: its key, where it began, and where it ended.
    pub(super) fn ended(&self) -> impl Iterator<Item = (&K, i64, i64)> {
        self.ended.iter().map(|(key, from, until)| (key, *from, *until))
    }

    /// What is not stored yet, with its end if it has one.
    pub(super) fn unstored(&self) -> impl Iterator<Item = (&K, &Held<V>, Option<i64>)> {
        let present = self.present.iter().filter(|(_, held)| held.from > self.stored_through);
        let passed = self.passed.iter().map(|(key, held, until)| (key, held, Some(*until)));
        passed.chain(present.map(|(key, held)| (key, held, None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline() -> Timeline<&'static str, u8> {
        Timeline::stored([("a", Held { from: 3, value: 1 })], 9)
    }

    fn unstored(timeline: &Timeline<&'static str, u8>) -> Vec<(&'static str, i64, u8, Option<i64>)> {
        timeline.unstored().map(|(key, held, until)| (*key, held.from, held.value, until)).collect()
    }

    #[test]
    fn what_is_stored_is_ended_and_what_is_new_is_stored() {
        let mut timeline = timeline();
        timeline.begin("a", 2, 11);
        timeline.begin("b", 5, 12);
        assert_eq!(timeline.ended().collect::<Vec<_>>(), [(&"a", 3, 11)]);
        assert_eq!(unstored(&timeline), [("a", 11, 2, None), ("b", 12, 5, None)]);
    }

    #[test]
    fn what_passes_within_a_batch_is_stored_with_its_end() {
        let mut timeline = timeline();
        timeline.begin("b", 5, 11);
        timeline.end(&"b", 13);
        assert_eq!(unstored(&timeline), [("b", 11, 5, Some(13))]);
        assert_eq!(timeline.ended().count(), 0);
    }

    #[test]
    fn saying_the_same_changes_nothing() {
        let mut timeline = timeline();
        timeline.begin("a", 1, 11);
        timeline.end(&"b", 12);
        assert_eq!((timeline.ended().count(), unstored(&timeline)), (0, vec![]));
    }

    #[test]
    fn what_an_event_takes_back_itself_has_never_held() {
        let mut timeline = timeline();
        timeline.begin("b", 5, 11);
        timeline.begin("b", 6, 11);
        assert_eq!(unstored(&timeline), [("b", 11, 6, None)]);
    }
}
