//! Reads the ledger once for all who are connected, and notes what the publisher has to look up.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use stele_domain::{ProjectId, StreamType};
use stele_ledger::{EventFilter, Position, ReadError, Recorded};
use stele_projections::{View, notification::Notification, quality::Quality, task_queue::TaskQueue};

use super::{
    NotedEvent, Shared,
    due::{Cause, Due, want},
};

/// Changes within this time are told together.
const GATHER: Duration = Duration::from_millis(50);

/// How long the follower rests after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// How many positions are read at a time.
const WINDOW: u64 = 2_000;

/// The names of the events that change a view.
struct Names {
    queue: EventFilter,
    quality: EventFilter,
    notification: EventFilter,
}

fn has(filter: &EventFilter, name: &str) -> bool {
    filter.names.as_ref().is_none_or(|names| names.contains(&name))
}

/// The one member of an event's content that matters here.
#[derive(Deserialize)]
struct OfProject {
    project: Option<ProjectId>,
}

pub(super) async fn follow(shared: Arc<Shared>) {
    let names = Names { queue: TaskQueue.filter(), quality: Quality.filter(), notification: Notification.filter() };
    loop {
        match step(&shared, &names).await {
            Ok(followed) => {
                shared.ledger.grown_beyond(followed).await;
                tokio::time::sleep(GATHER).await;
            }
            Err(error) => {
                tracing::warn!(%error, "subscribers are told nothing for a while");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// Follows the ledger to its head, and returns where that is.
async fn step(shared: &Shared, names: &Names) -> Result<Position, ReadError> {
    let head = shared.ledger.head().await?.position();
    loop {
        let followed = {
            let mut due = shared.due();
            if !shared.is_anyone_there() && head > due.followed {
                due.skip_to(head);
            }
            due.followed
        };
        if followed >= head {
            return Ok(followed);
        }
        let through = head.min(Position::from(followed.get() + WINDOW));
        let events = shared.ledger.read(followed, through, &EventFilter::all()).await?;
        let mut due = shared.due();
        events.into_iter().for_each(|event| note(shared, names, &mut due, event));
        due.followed = through;
        drop(due);
        shared.wake.notify_one();
    }
}

fn note(shared: &Shared, names: &Names, due: &mut Due, event: Recorded) {
    let position = event.position;
    let cause = Cause { position, is_news: true };
    let (queue, quality) = (has(&names.queue, &event.name), has(&names.quality, &event.name));
    // an event that says no project in this way changes the work in none
    if event.stream.stream_type == StreamType::Task
        && (queue || quality)
        && let Ok(OfProject { project: Some(project) }) = serde_json::from_str(&event.payload)
    {
        if queue && shared.queue_board.is_read(&project) {
            want(&mut due.queue, project, cause);
        }
        if quality && shared.quality_board.is_read(&project) {
            want(&mut due.quality, project, cause);
        }
    }
    if has(&names.notification, &event.name) {
        due.tell(Position::from(position.get() - 1), position);
    }
    due.note(NotedEvent { position, name: event.name });
}
