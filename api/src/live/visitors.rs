//! Who is connected, and how often.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use stele_domain::ParticipantId;

/// How many connections each person has.
#[derive(Default)]
pub(crate) struct Visitors {
    counts: Counts,
}

type Counts = Arc<Mutex<HashMap<ParticipantId, usize>>>;

/// A person's connection, until it is dropped.
pub(crate) struct Visit {
    counts: Counts,
    person: ParticipantId,
}

impl Visitors {
    /// Lets someone in who has fewer than `most` connections.
    pub(crate) fn admit(&self, person: ParticipantId, most: usize) -> Option<Visit> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(person).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Visit { counts: Arc::clone(&self.counts), person })
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.person) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.person);
            }
        }
    }
}
