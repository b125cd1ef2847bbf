//! Where a participant holds a role: in the workspace, or in one project.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Role;
use crate::ProjectId;

/// A role, and where it is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HeldRole {
    /// The role.
    pub role: Role,
    /// The only project in which it counts; without it, it counts in the whole workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
}

impl HeldRole {
    /// A role that counts in the whole workspace.
    #[must_use]
    pub const fn in_workspace(role: Role) -> Self {
        Self { role, project: None }
    }

    /// Whether a role of this kind can be held there.
    #[must_use]
    pub const fn is_possible(self) -> bool {
        self.project.is_none() || self.role.is_for_projects()
    }
}

/// The roles that somebody holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roles(BTreeSet<HeldRole>);

impl Roles {
    /// Whether this very role is held there. A role in the workspace is not one in a project, though it counts there.
    #[must_use]
    pub fn contains(&self, held: HeldRole) -> bool {
        self.0.contains(&held)
    }

    /// The roles that count in the whole workspace, in order.
    pub fn in_workspace(&self) -> impl Iterator<Item = Role> {
        self.0.iter().filter(|held| held.project.is_none()).map(|held| held.role)
    }

    /// The roles that count in one project each, with the project.
    pub fn in_projects(&self) -> impl Iterator<Item = (ProjectId, Role)> {
        self.0.iter().filter_map(|held| Some((held.project?, held.role)))
    }

    /// Whether one of `any` counts in the whole workspace.
    #[must_use]
    pub fn allow(&self, any: &[Role]) -> bool {
        self.in_workspace().any(|role| any.contains(&role))
    }

    /// Whether one of `any` counts in a project, be it because it does in the whole workspace.
    #[must_use]
    pub fn allow_in(&self, any: &[Role], project: ProjectId) -> bool {
        self.allow(any) || self.in_projects().any(|(held, role)| held == project && any.contains(&role))
    }

    /// The projects in which one of `any` is held for the project alone.
    #[must_use]
    pub fn projects(&self, any: &[Role]) -> BTreeSet<ProjectId> {
        self.in_projects().filter(|(_, role)| any.contains(role)).map(|(project, _)| project).collect()
    }

    /// What is left of them for whoever acts in one project alone: what counts there, held for it alone.
    #[must_use]
    pub fn narrowed_to(&self, project: ProjectId) -> Self {
        let there = |held: &&HeldRole| held.project.is_none_or(|only| only == project);
        let narrowed = self.0.iter().filter(there).map(|held| HeldRole { role: held.role, project: Some(project) });
        narrowed.filter(|held| held.is_possible()).collect()
    }

    pub(super) fn grant(&mut self, held: HeldRole) {
        self.0.insert(held);
    }

    pub(super) fn revoke(&mut self, held: HeldRole) {
        self.0.remove(&held);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl FromIterator<HeldRole> for Roles {
    fn from_iter<I: IntoIterator<Item = HeldRole>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrowed_to_a_project_nothing_counts_elsewhere() {
        let [here, elsewhere] = [1, 2].map(|id| ProjectId::from(uuid::Uuid::from_u128(id)));
        let held = |role, project| HeldRole { role, project: Some(project) };
        let roles: Roles = [
            HeldRole::in_workspace(Role::Admin),
            HeldRole::in_workspace(Role::Manager),
            held(Role::Manager, here),
            held(Role::Annotator, here),
            held(Role::Reviewer, elsewhere),
        ]
        .into_iter()
        .collect();
        let narrowed: Roles = [held(Role::Manager, here), held(Role::Annotator, here)].into_iter().collect();
        assert_eq!(roles.narrowed_to(here), narrowed);
    }
}
