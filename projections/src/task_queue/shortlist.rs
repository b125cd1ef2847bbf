//! What a project has to do next, for everybody who asks at the same moment.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use sqlx::PgConnection;
use stele_domain::{ProjectId, TaskId};
use stele_ledger::{Ledger, Statement};
use uuid::Uuid;

use super::Wanted;

/// How many tasks are on a list.
const LENGTH: u32 = 64;

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

/// Asks for shortlists: of a project, of its gold tasks or of the others.
pub struct Shortlists {
    ledger: Ledger,
}

impl Shortlists {
    /// Shortlists of a ledger's projects.
    #[must_use]
    pub const fn of(ledger: Ledger) -> Self {
        Self { ledger }
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
        let asked: BTreeSet<(ProjectId, bool)> = keys.iter().copied().collect();
        let (projects, gold): (Vec<Uuid>, Vec<bool>) = asked.iter().map(|(id, gold)| (id.uuid(), *gold)).unzip();
        let rows = sqlx::query_file!(
            "src/task_queue/shortlist.sql",
            self.ledger.id(),
            &projects,
            &gold,
            self.ledger.clock().now().to_utc(),
            i64::from(LENGTH)
        )
        .fetch_all(connection)
        .await?;
        let mut tasks: HashMap<(ProjectId, bool), Vec<OpenTask>> = HashMap::new();
        for row in rows {
            let task =
                OpenTask { id: row.task_id.into(), skills: row.skills, tags: row.tags, taken_by: row.taken_by };
            tasks.entry((row.project_id.into(), row.gold)).or_default().push(task);
        }
        let lists: HashMap<_, _> = tasks.into_iter().map(|(key, tasks)| (key, Arc::from(tasks))).collect();
        let list = |key| Shortlist { tasks: lists.get(key).cloned().unwrap_or_default() };
        Ok(keys.iter().map(list).collect())
    }
}
