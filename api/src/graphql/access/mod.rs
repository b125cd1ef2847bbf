//! Who may see and do what.
//!
//! Every field says it at its resolver, as a guard: `Allow(MANAGERS)` for those who have such a role in the whole
//! workspace, `Allow(MANAGERS).in_project(input.project_id)` also for those who have it in that project. `rules` says it
//! once more for all of them, for people to read (`schemas/authorisation.md`) and for a test to hold the guards against.

mod allow;
mod matrix;
mod rules;

pub(super) use allow::{Allow, within};
pub use matrix::{Unclassified, authorisation};

use async_graphql::{Context, Result};
use stele_domain::{ProjectId, participant::Role};

use super::fault;
use crate::account::{SessionId, Viewer};

/// Everyone who keeps track of the work: all but those who do it.
pub(super) const OVERSIGHT: &[Role] =
    &[Role::Admin, Role::Manager, Role::Reviewer, Role::Researcher, Role::Service, Role::Auditor, Role::Compliance];
/// Who may see annotations, and how far annotators agree. Annotators are not among them: seeing what others said
/// would sway them.
pub(super) const RESULTS: &[Role] = &[Role::Manager, Role::Reviewer, Role::Researcher, Role::Service, Role::Auditor];
/// Who may see who people are.
pub(super) const PEOPLE: &[Role] = &[Role::Admin, Role::Manager, Role::Compliance];
/// Who may see that someone takes part, and their roles, if not what they are called.
pub(super) const ROSTER: &[Role] = &[Role::Admin, Role::Manager, Role::Auditor, Role::Compliance];
/// Who may see how people can be reached.
pub(super) const CONTACTS: &[Role] = &[Role::Admin, Role::Compliance];
/// Who may erase people.
pub(super) const COMPLIANCE: &[Role] = &[Role::Compliance];
/// Whose reading of personal data is itself recorded.
const WATCHED: &[Role] = &[Role::Auditor, Role::Compliance];
/// Who may run projects.
pub(super) const MANAGERS: &[Role] = &[Role::Manager];
/// Who may put tasks in, and take them out of the queue.
pub(super) const FEEDERS: &[Role] = &[Role::Manager, Role::Service];
/// Who may take people in and grant roles.
pub(super) const ADMINS: &[Role] = &[Role::Admin];
/// Who may do the work.
pub(super) const ANNOTATORS: &[Role] = &[Role::Annotator];
/// Who may review the work.
pub(super) const REVIEWERS: &[Role] = &[Role::Reviewer];
/// Who may read the history itself.
pub(super) const HISTORY: &[Role] = &[Role::Auditor];
/// Who may ask for releases of datasets.
pub(super) const REQUESTERS: &[Role] = &[Role::Admin, Role::Manager, Role::Researcher];
/// Who may let personal text leave in one, besides.
pub(super) const DISCLOSERS: &[Role] = &[Role::Admin, Role::Compliance];
/// Everyone who has any role.
pub(super) const MEMBERS: &[Role] = &Role::ALL;
/// Who may let programs elsewhere be told of events.
pub(super) const INTEGRATORS: &[Role] = &[Role::Admin, Role::Manager];
/// Everyone who has signed in, whatever their roles.
pub(super) const ANYONE: &[Role] = &[];

/// Whether what someone reads of others' personal data is recorded.
pub(crate) fn is_watched(viewer: &Viewer) -> bool {
    viewer.roles.allow(WATCHED)
}

/// Whether someone may put tasks in a project, and so the files that they show.
pub(crate) fn may_create_tasks(viewer: &Viewer, project: ProjectId) -> bool {
    viewer.roles.allow_in(FEEDERS, project)
}

/// The session of whoever is calling: a personal access token is not enough.
pub(super) fn session(context: &Context<'_>) -> Result<SessionId> {
    viewer(context)?.session().ok_or_else(|| fault::session_needed(context))
}

/// Who is calling.
pub(super) fn viewer<'a>(context: &Context<'a>) -> Result<&'a Viewer> {
    context.data_opt::<Viewer>().ok_or_else(|| fault::unauthenticated(context))
}
