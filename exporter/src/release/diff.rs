//! What differs between two releases, row by row, and the events that came between them.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    io::{BufRead as _, BufReader, Seek as _},
    path::Path,
};

use serde_json::Value;
use stele_domain::StreamType;
use stele_ledger::{Ledger, Position, StreamKey};
use uuid::Uuid;

use super::{ReleaseQuery, find_release};
use crate::{ExportError, History, dataset, folder::OutputError};

/// What differs between two releases.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The earlier one's position, and the later one's.
    pub positions: (Position, Position),
    /// Whether they are made in the same way: else rows may differ without any event.
    pub is_same_recipe: bool,
    /// The tasks whose rows differ, in the order of their ids.
    pub tasks: Vec<TaskDifference>,
    /// How many rows are the same.
    pub unchanged: u64,
}

/// How a task's rows differ.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskDifference {
    /// The task.
    pub task: Uuid,
    /// Its rows in the earlier release that are not in the later one, and the other way round, without `task_id` and `events`.
    pub removed: Vec<Value>,
    /// Its rows in the later release that are not in the earlier one.
    pub added: Vec<Value>,
    /// What happened to the task between the two: positions, and names of events.
    pub events: Vec<(Position, String)>,
}

/// Compares two releases. Both are made again, in `scratch`, and recorded nowhere.
///
/// Somebody whose text they held may have been erased since: their rows are then in neither.
pub async fn diff<'a>(
    history: impl Into<History<'a>>,
    one: &ReleaseQuery,
    other: &ReleaseQuery,
    scratch: &Path,
) -> Result<Difference, ExportError> {
    let history = history.into();
    let ledger = history.ledger();
    let (one, other) = (find_release(ledger, one).await?, find_release(ledger, other).await?);
    let mut before = rows(&history, &one, scratch).await?;
    let after = rows(&history, &other, scratch).await?;
    let position = |release: &super::OnRecord| Position::from(release.released.known_at.size);
    let positions = (position(&one), position(&other));
    let (mut tasks, mut unchanged) = (Vec::new(), 0);
    for (task, mut added) in after {
        let mut removed = before.remove(&task).unwrap_or_default();
        unchanged += drop_common(&mut removed, &mut added);
        tasks.push((task, removed, added));
    }
    tasks.extend(before.into_iter().map(|(task, removed)| (task, removed, Vec::new())));
    tasks.sort_by_key(|(task, ..)| *task);
    let mut differences = Vec::new();
    for (task, removed, added) in tasks {
        if removed.is_empty() && added.is_empty() {
            continue;
        }
        let events = events_between(ledger, task, positions).await?;
        differences.push(TaskDifference { task, removed, added, events });
    }
    let is_same_recipe = one.released.recipe == other.released.recipe
        && one.released.project == other.released.project
        && one.released.happened_by == other.released.happened_by;
    Ok(Difference { positions, is_same_recipe, tasks: differences, unchanged })
}

type TaskRows = BTreeMap<Uuid, Vec<Value>>;

/// A release's rows by their tasks, without what they have in common with nothing.
async fn rows(history: &History<'_>, release: &super::OnRecord, scratch: &Path) -> Result<TaskRows, ExportError> {
    let made =
        dataset::make(history, &release.request()?, Some(&release.released.name), &scratch.join("rows"), |_| {})
            .await?;
    let failed = |source| OutputError::Io { path: scratch.to_owned(), source };
    let mut rows = TaskRows::new();
    for (path, mut file) in made.files.into_parts() {
        let Some(side) = path.strip_suffix(".jsonl").map(str::to_owned) else { continue };
        file.rewind().map_err(failed)?;
        for line in BufReader::new(file).lines() {
            let mut row: Value = serde_json::from_str(&line.map_err(failed)?).map_err(OutputError::from)?;
            let fields = row.as_object_mut();
            let task = fields.and_then(|fields| {
                fields.remove("events");
                // where it stands is part of it
                fields.insert("split".to_owned(), side.clone().into());
                fields.remove("task_id")?.as_str()?.parse().ok()
            });
            let Some(task) = task else { continue };
            match rows.entry(task) {
                Entry::Vacant(entry) => drop(entry.insert(vec![row])),
                Entry::Occupied(mut entry) => entry.get_mut().push(row),
            }
        }
    }
    Ok(rows)
}

/// Drops what both have, and says how much that was.
fn drop_common(one: &mut Vec<Value>, other: &mut Vec<Value>) -> u64 {
    let before = one.len();
    one.retain(|row| match other.iter().position(|same| same == row) {
        Some(place) => {
            other.remove(place);
            false
        }
        None => true,
    });
    (before - one.len()) as u64
}

async fn events_between(
    ledger: &Ledger,
    task: Uuid,
    (one, other): (Position, Position),
) -> Result<Vec<(Position, String)>, ExportError> {
    let (after, through) = (one.min(other), one.max(other));
    let stream = StreamKey { stream_type: StreamType::Task, id: task };
    let events = ledger.read_stream(stream, 0).await?.into_iter();
    let between = events.filter(|event| event.position > after && event.position <= through);
    Ok(between.map(|event| (event.position, event.name)).collect())
}
