//! Asks the views what came of the changes, once for all who are connected, and puts it up on the boards.

use std::{sync::Arc, time::Duration};

use stele_domain::{ParticipantId, ProjectId};
use stele_ledger::Position;
use stele_projections::{ProjectionError, Runner, ViewName, notification, task_queue};
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    LedgerNews, NotificationNews, QueueNews, Shared,
    due::{Cause, Wanted, want},
};

/// How often subscribers are told at most: somebody looks on. After a time of rest they are told at once.
const PACE: Duration = Duration::from_millis(200);

/// How many times as long as its work the publisher rests at least: to count what is open in a large project takes a while.
const RESTS: u32 = 9;

/// How long it rests at most, however long its work took.
const LONGEST_REST: Duration = Duration::from_secs(2);

/// How often views that are behind are asked again.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long the publisher rests after a failure.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

pub(super) async fn publish(shared: Arc<Shared>) {
    loop {
        shared.wake.notified().await;
        let (began, mut took) = (Instant::now(), Duration::ZERO);
        loop {
            let asked = Instant::now();
            let done = round(&shared).await;
            took += asked.elapsed();
            match done {
                Ok(true) => break,
                Ok(false) => sleep(LOOK_EVERY).await,
                Err(error) => {
                    tracing::warn!(%error, "subscribers are told nothing for a while");
                    sleep(AFTER_FAILURE).await;
                }
            }
        }
        let rest = (RESTS * took).min(LONGEST_REST);
        sleep_until((began + PACE).max(Instant::now() + rest)).await;
    }
}

/// Puts up whatever the views can tell by now; whether that is all that is due.
async fn round(shared: &Shared) -> Result<bool, ProjectionError> {
    post_ledger(shared);
    if shared.due().waits_for_no_view() {
        return Ok(true);
    }
    let lags = Runner::lags(&shared.ledger).await?;
    let reached = |view| lags.iter().find(|lag| lag.view == view).map_or(Position::START, |lag| lag.position);
    post_queues(shared, reached(ViewName::TaskQueue)).await?;
    post_qualities(shared, reached(ViewName::Quality));
    post_notifications(shared, reached(ViewName::Notification)).await?;
    Ok(shared.due().waits_for_no_view())
}

fn post_ledger(shared: &Shared) {
    let mut due = shared.due();
    let Some(cause) = due.ledger.take() else { return };
    let news = LedgerNews { position: due.followed, recent: Arc::clone(&due.recent) };
    drop(due);
    shared.ledger_board.post(&(), news, cause.is_news);
}

/// Takes those that a view includes by now. What is wanted again in the meantime is looked up again.
fn take_ready<K: Copy + Ord>(wanted: &mut Wanted<K>, reached: Position) -> Wanted<K> {
    wanted.extract_if(.., |_, cause| cause.position <= reached).collect()
}

async fn post_queues(shared: &Shared, reached: Position) -> Result<(), ProjectionError> {
    let wanted = take_ready(&mut shared.due().queue, reached);
    if wanted.is_empty() {
        return Ok(());
    }
    let projects: Vec<ProjectId> = wanted.keys().copied().collect();
    let counts = match task_queue::open_tasks_of(&shared.ledger, &projects).await {
        Ok(counts) => counts,
        Err(error) => {
            let mut due = shared.due();
            wanted.into_iter().for_each(|(project, cause)| want(&mut due.queue, project, cause));
            return Err(error);
        }
    };
    for (project, cause) in wanted {
        let open_tasks = counts.get(&project).copied().unwrap_or(0);
        shared.queue_board.post(&project, QueueNews { position: reached, open_tasks }, cause.is_news);
    }
    Ok(())
}

fn post_qualities(shared: &Shared, reached: Position) {
    let wanted = take_ready(&mut shared.due().quality, reached);
    wanted.into_iter().for_each(|(project, cause)| shared.quality_board.post(&project, reached, cause.is_news));
}

async fn post_notifications(shared: &Shared, reached: Position) -> Result<(), ProjectionError> {
    let (told, readers) = {
        let mut due = shared.due();
        let told = due.told.take_if(|(_, last)| *last <= reached);
        (told, take_ready(&mut due.readers, reached))
    };
    let posted = post_unread(shared, reached, told, readers.clone()).await;
    if posted.is_err() {
        let mut due = shared.due();
        told.into_iter().for_each(|(after, up_to)| due.tell(after, up_to));
        readers.into_iter().for_each(|(reader, cause)| want(&mut due.readers, reader, cause));
    }
    posted
}

async fn post_unread(
    shared: &Shared,
    reached: Position,
    told: Option<(Position, Position)>,
    mut readers: Wanted<ParticipantId>,
) -> Result<(), ProjectionError> {
    if let Some((after, up_to)) = told {
        let people = notification::told_between(&shared.ledger, after, up_to).await?;
        let cause = Cause { position: up_to, is_news: true };
        let connected = people.into_iter().filter(|person| shared.notification_board.is_read(person));
        connected.for_each(|person| want(&mut readers, person, cause));
    }
    if readers.is_empty() {
        return Ok(());
    }
    let people: Vec<ParticipantId> = readers.keys().copied().collect();
    let counts = notification::unread_of(&shared.ledger, &people).await?;
    for (reader, cause) in readers {
        let unread = counts.get(&reader).copied().unwrap_or(0);
        shared.notification_board.post(&reader, NotificationNews { position: reached, unread }, cause.is_news);
    }
    Ok(())
}
