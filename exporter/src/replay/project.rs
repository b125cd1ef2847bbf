//! The project that a dataset is made of, as it was at a position.

use std::collections::BTreeMap;

use stele_domain::{
    ProjectId,
    form::{Form, Question},
    project::{Project, ProjectEvent},
};
use stele_ledger::{Ledger, Position, Recorded};
use uuid::Uuid;

use crate::ExportError;

/// A project as it was at a position.
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectAt {
    /// Its id.
    pub id: ProjectId,
    /// What it was called.
    pub name: String,
    /// Every question that it had asked by then, each as it was first asked.
    pub questions: Vec<Question>,
}

/// Finds a project by its id or its name among those that existed at a position.
pub async fn find_project(ledger: &Ledger, asked: &str, position: Position) -> Result<ProjectAt, ExportError> {
    let mut projects: BTreeMap<Uuid, ProjectAt> = BTreeMap::new();
    for event in ledger.read_all::<Project>(position).await? {
        fold(&mut projects, &event)?;
    }
    let named = |project: &&ProjectAt| project.name == asked || project.id.to_string() == asked;
    let found: Vec<&ProjectAt> = projects.values().filter(named).collect();
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(ExportError::NoSuchProject {
            asked: asked.to_owned(),
            position: position.get(),
            known: listed(projects.values().map(|project| format!("`{}`", project.name))),
        }),
        several => Err(ExportError::AmbiguousProject {
            asked: asked.to_owned(),
            count: several.len(),
            ids: listed(several.iter().map(|project| project.id.to_string())),
        }),
    }
}

fn fold(projects: &mut BTreeMap<Uuid, ProjectAt>, recorded: &Recorded) -> Result<(), ExportError> {
    let event = recorded
        .decode::<ProjectEvent>()
        .map_err(|source| ExportError::Decode { position: recorded.position.get(), source })?;
    let id = recorded.stream.id;
    match event {
        ProjectEvent::ProjectCreated(created) => {
            let project = ProjectAt { id: id.into(), name: created.name, questions: Vec::new() };
            add_questions(projects.entry(id).or_insert(project), &created.form);
        }
        ProjectEvent::FormRevised(revised) => {
            if let Some(project) = projects.get_mut(&id) {
                add_questions(project, &revised.form);
            }
        }
        ProjectEvent::GuidelinesRevised(_)
        | ProjectEvent::RedundancyChanged(_)
        | ProjectEvent::WorkflowChanged(_) => {}
    }
    Ok(())
}

fn add_questions(project: &mut ProjectAt, form: &Form) {
    for question in &form.questions {
        if project.questions.iter().all(|known| known.key != question.key) {
            project.questions.push(question.clone());
        }
    }
}

fn listed(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    if items.is_empty() { "none".to_owned() } else { items.join(", ") }
}
