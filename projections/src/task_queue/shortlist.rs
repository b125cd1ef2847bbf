//! What a project has to do next, for everybody who asks at the same moment.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::TimeDelta;
use quick_cache::sync::Cache;
use sqlx::PgConnection;
use stele_domain::{ProjectId, TaskId, Timestamp};
use stele_ledger::{Ledger, Statement};
use uuid::Uuid;

use super::Wanted;

/// How many tasks are on a list.
const LENGTH: u32 = 64;
/// How many lists are kept.
const KEPT: usize = 1_000;
/// How long a list is good for while the view stands still: a lease that lapses changes it without an event.
const GOOD_FOR: TimeDelta = TimeDelta::milliseconds(100);

/// A task that has a free place.
#[derive(Clone, Debug)]
struct OpenTask {
    id: TaskId,
    skills: Vec<String>,
    tags: Vec<String>,
    /// Who holds, has done or has skipped it.
    taken_by: Vec<Uuid>,
}

/// The first of a project's tasks that have a free place, whoever may take it.
#[derive(Clone, Debug)]
pub struct Shortlist {
    tasks: Arc<[OpenTask]>,
}

impl Shortlist {
    /// Those that an annotator could claim, in order; `None` if they have to be looked for beyond the list.
    #[must_use]
    pub fn candidates(&self, wanted: &Wanted<'_>) -> Option<Vec<TaskId>> {
        let found: Vec<TaskId> = self.tasks.iter().filter(|task| task.is_for(wanted)).map(|task| task.id).collect();
        let is_all = self.tasks.len() < LENGTH as usize;
        (is_all || !found.is_empty()).then_some(found)
    }
}

impl OpenTask {
    fn is_for(&self, wanted: &Wanted<'_>) -> bool {
        !self.taken_by.contains(&wanted.annotator.uuid())
            && self.skills.iter().all(|needed| wanted.skills.iter().any(|skill| skill.as_str() == needed))
            && wanted.tags.iter().all(|tag| self.tags.iter().any(|has| has == tag.as_str()))
    }
}

/// Asks for shortlists: of a project, of its gold tasks or of the others. A list is made again once the view has moved.
pub struct Shortlists {
    ledger: Ledger,
    made: Cache<(ProjectId, bool), Made>,
}

/// A list, and of when.
#[derive(Clone)]
struct Made {
    tasks: Arc<[OpenTask]>,
    at: Timestamp,
    /// The view's checkpoint.
    position: Option<i64>,
}

impl Made {
    fn is_good(&self, now: Timestamp) -> bool {
        let age = now.to_utc() - self.at.to_utc();
        TimeDelta::zero() <= age && age < GOOD_FOR
    }
}

impl Shortlists {
    /// Shortlists of a ledger's projects.
    #[must_use]
    pub fn of(ledger: Ledger) -> Self {
        Self { ledger, made: Cache::new(KEPT) }
    }
}

impl Statement for Shortlists {
    type Input = (ProjectId, bool);
    type Output = Shortlist;

    async fn run(
        &self,
        connection: &mut PgConnection,
        keys: &[(ProjectId, bool)],
    ) -> Result<Vec<Shortlist>, sqlx::Error> {
        let now = self.ledger.clock().now();
        let mut lists: BTreeMap<(ProjectId, bool), Option<Made>> = BTreeMap::new();
        for key in keys {
            lists.entry(*key).or_insert_with(|| self.made.get(key).filter(|made| made.is_good(now)));
        }
        let (projects, gold): (Vec<Uuid>, Vec<bool>) = lists.keys().map(|(id, gold)| (id.uuid(), *gold)).unzip();
        let known: Vec<Option<i64>> = lists.values().map(|made| made.as_ref()?.position).collect();
        let rows = sqlx::query_file!(
            "src/task_queue/shortlist.sql",
            self.ledger.id(),
            &projects,
            &gold,
            now.to_utc(),
            i64::from(LENGTH),
            &known as &[Option<i64>]
        )
        .fetch_all(connection)
        .await?;
        let mut found: HashMap<(ProjectId, bool), (Option<i64>, Vec<OpenTask>)> = HashMap::new();
        for row in rows {
            let (_, tasks) =
                found.entry((row.project_id.into(), row.gold)).or_insert_with(|| (row.position, Vec::new()));
            if let (Some(id), Some(skills), Some(tags), Some(taken_by)) =
                (row.task_id, row.skills, row.tags, row.taken_by)
            {
                tasks.push(OpenTask { id: id.into(), skills, tags, taken_by });
            }
        }
        for (key, (position, tasks)) in found {
            let Some(list) = lists.get_mut(&key) else { continue };
            if list.as_ref().is_none_or(|made| made.position != position) {
                let made = Made { tasks: tasks.into(), at: now, position };
                self.made.insert(key, made.clone());
                *list = Some(made);
            }
        }
        let list =
            |key| Shortlist { tasks: lists.get(key).cloned().flatten().map(|made| made.tasks).unwrap_or_default() };
        Ok(keys.iter().map(list).collect())
    }
}
