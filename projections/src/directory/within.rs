//! Of which projects a list tells.

use std::collections::BTreeSet;

use stele_domain::ProjectId;
use uuid::Uuid;

/// Of which projects a list tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Within {
    /// Of all, and of what belongs to none.
    Workspace,
    /// Of these alone.
    Projects(BTreeSet<ProjectId>),
}

impl Within {
    /// As a query's parameter: null for all.
    pub(crate) fn ids(&self) -> Option<Vec<Uuid>> {
        match self {
            Self::Workspace => None,
            Self::Projects(projects) => Some(projects.iter().map(|project| project.uuid()).collect()),
        }
    }

    /// Whether it tells of this project.
    #[must_use]
    pub fn contains(&self, project: ProjectId) -> bool {
        match self {
            Self::Workspace => true,
            Self::Projects(projects) => projects.contains(&project),
        }
    }
}
