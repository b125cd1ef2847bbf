//! What the publisher has to look up, and from when on looking it up is of use.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use stele_domain::{ParticipantId, ProjectId};
use stele_ledger::Position;

/// How many of the newest events are told by name.
const RECENT: usize = 100;

/// An event, without what it says.
#[derive(Clone, Debug)]
pub(crate) struct NotedEvent {
    pub(crate) position: Position,
    pub(crate) name: String,
}

/// Why something has to be looked up.
#[derive(Clone, Copy)]
pub(super) struct Cause {
    /// It is of use once the view includes this position.
    pub(super) position: Position,
    /// Whether it is for everyone, or only for those who have just come.
    pub(super) is_news: bool,
}

/// What has to be looked up, and why.
pub(super) type Wanted<K> = BTreeMap<K, Cause>;

/// Wants something looked up as well.
pub(super) fn want<K: Ord>(wanted: &mut Wanted<K>, key: K, cause: Cause) {
    let both = wanted.entry(key).or_insert(cause);
    both.position = both.position.max(cause.position);
    both.is_news |= cause.is_news;
}

/// What has to be looked up.
#[derive(Default)]
pub(super) struct Due {
    /// How far the ledger has been followed.
    pub(super) followed: Position,
    pub(super) ledger: Option<Cause>,
    pub(super) recent: Arc<VecDeque<NotedEvent>>,
    pub(super) queue: Wanted<ProjectId>,
    pub(super) quality: Wanted<ProjectId>,
    /// Events that people may be told of: after the first position, and up to the second.
    pub(super) told: Option<(Position, Position)>,
    pub(super) readers: Wanted<ParticipantId>,
}

impl Due {
    /// The ledger has been followed this far, and nobody wanted to know of what.
    pub(super) fn skip_to(&mut self, position: Position) {
        self.followed = position;
        self.recent = Arc::default();
    }

    /// An event is told by name.
    pub(super) fn note(&mut self, event: NotedEvent) {
        let recent = Arc::make_mut(&mut self.recent);
        if recent.len() == RECENT {
            recent.pop_front();
        }
        self.ledger = Some(Cause { position: event.position, is_news: true });
        recent.push_back(event);
    }

    /// People may be told of what happened after one position and up to another.
    pub(super) fn tell(&mut self, after: Position, up_to: Position) {
        let (first, last) = self.told.unwrap_or((after, up_to));
        self.told = Some((first.min(after), last.max(up_to)));
    }

    /// Why something is looked up for whoever has just come: what has been followed already would else pass them by.
    pub(super) fn arrival(&self) -> Cause {
        Cause { position: self.followed, is_news: false }
    }

    /// Whether there is nothing to look up in any view.
    pub(super) fn waits_for_no_view(&self) -> bool {
        self.queue.is_empty() && self.quality.is_empty() && self.readers.is_empty() && self.told.is_none()
    }
}
