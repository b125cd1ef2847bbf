//! The newest events, read once for all the views that follow.

use std::{collections::VecDeque, sync::Arc};

use stele_ledger::{EventFilter, Ledger, Position, ReadError, Recorded};
use tokio::sync::Mutex;

/// How many events are kept at most, and how many bytes of text.
const MOST_EVENTS: usize = 4_000;
const MOST_BYTES: usize = 4 << 20;

/// The newest events of a ledger, as far as somebody has read them.
pub(crate) struct Tail {
    ledger: Ledger,
    stretch: Mutex<Stretch>,
}

/// Events after a position, without a gap.
#[derive(Default)]
struct Stretch {
    after: u64,
    events: VecDeque<Arc<Recorded>>,
    bytes: usize,
}

impl Tail {
    pub(crate) fn of(ledger: Ledger) -> Self {
        Self { ledger, stretch: Mutex::default() }
    }

    /// The events after `after`, up to and including `through`, that pass the filter, in order.
    pub(crate) async fn read(
        &self,
        after: Position,
        through: Position,
        filter: &EventFilter,
    ) -> Result<Vec<Arc<Recorded>>, ReadError> {
        let mut stretch = self.stretch.lock().await;
        if after.get() < stretch.after {
            // a view that is behind does not hold up the others
            drop(stretch);
            let events = self.ledger.read(after, through, filter).await?;
            return Ok(events.into_iter().map(Arc::new).collect());
        }
        if after.get() > stretch.end() {
            *stretch = Stretch { after: after.get(), ..Stretch::default() };
        }
        let end = Position::from(stretch.end());
        if end < through {
            stretch.extend(self.ledger.read(end, through, &EventFilter::all()).await?);
        }
        let events = stretch.between(after, through).filter(|event| filter.passes(&event.name)).cloned().collect();
        stretch.shorten();
        Ok(events)
    }
}

impl Stretch {
    fn end(&self) -> u64 {
        self.after + self.events.len() as u64
    }

    fn extend(&mut self, events: Vec<Recorded>) {
        self.bytes += events.iter().map(size).sum::<usize>();
        self.events.extend(events.into_iter().map(Arc::new));
    }

    fn between(&self, after: Position, through: Position) -> impl Iterator<Item = &Arc<Recorded>> {
        let begun = self.events.partition_point(move |event| event.position <= after);
        self.events.range(begun..).take_while(move |event| event.position <= through)
    }

    fn shorten(&mut self) {
        while self.events.len() > MOST_EVENTS || self.bytes > MOST_BYTES {
            let Some(oldest) = self.events.pop_front() else { return };
            self.after += 1;
            self.bytes -= size(&oldest);
        }
    }
}

fn size(event: &Recorded) -> usize {
    event.payload.len() + event.metadata.len()
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use chrono::DateTime;
    use stele_domain::StreamType;
    use stele_ledger::StreamKey;
    use uuid::Uuid;

    use super::*;

    fn event(position: u64, payload: String) -> Recorded {
        Recorded {
            position: position.into(),
            event_id: Uuid::nil(),
            stream: StreamKey { stream_type: StreamType::Task, id: Uuid::nil() },
            stream_version: position,
            name: "TaskClosed".into(),
            schema_version: 1,
            payload,
            metadata: String::new(),
            occurred_at: DateTime::UNIX_EPOCH.into(),
            recorded_at: DateTime::UNIX_EPOCH.into(),
            leaf_hash: [0; 32],
        }
    }

    fn events(positions: RangeInclusive<u64>) -> Vec<Recorded> {
        positions.map(|position| event(position, "{}".into())).collect()
    }

    fn positions(stretch: &Stretch, after: u64, through: u64) -> Vec<u64> {
        stretch.between(after.into(), through.into()).map(|event| event.position.get()).collect()
    }

    #[test]
    fn a_stretch_gives_what_is_asked_of_it() {
        let mut stretch = Stretch { after: 10, ..Stretch::default() };
        assert_eq!((stretch.end(), positions(&stretch, 10, 10)), (10, vec![]));
        stretch.extend(events(11..=13));
        stretch.extend(events(14..=14));
        assert_eq!(stretch.end(), 14);
        assert_eq!(positions(&stretch, 10, 12), [11, 12]);
        assert_eq!(positions(&stretch, 12, 14), [13, 14]);
        assert_eq!(positions(&stretch, 14, 14), Vec::<u64>::new());
    }

    #[test]
    fn a_stretch_keeps_the_newest_and_not_too_many() {
        let mut stretch = Stretch::default();
        stretch.extend(events(1..=MOST_EVENTS as u64 + 7));
        stretch.shorten();
        assert_eq!((stretch.after, stretch.events.len()), (7, MOST_EVENTS));
        let large = "x".repeat(MOST_BYTES / 2);
        let next = stretch.end() + 1;
        stretch.extend((next..next + 3).map(|position| event(position, large.clone())).collect());
        stretch.shorten();
        assert_eq!(positions(&stretch, 0, u64::MAX), [next + 1, next + 2]);
        assert_eq!((stretch.after, stretch.bytes), (next, MOST_BYTES));
    }
}
