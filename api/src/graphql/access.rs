//! Who may see and do what.

use async_graphql::{Context, Guard, Result};
use stele_domain::participant::Role;

use super::fault;
use crate::account::Viewer;

/// Everyone who keeps track of the work: all but those who do it.
pub(super) const OVERSIGHT: &[Role] =
    &[Role::Admin, Role::Manager, Role::Reviewer, Role::Researcher, Role::Auditor, Role::Compliance];
/// Who may see annotations, and how far annotators agree. Annotators are not among them: seeing what others said
/// would sway them.
pub(super) const RESULTS: &[Role] = &[Role::Manager, Role::Reviewer, Role::Researcher, Role::Auditor];
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
/// Who may take people in and grant roles.
pub(super) const ADMINS: &[Role] = &[Role::Admin];
/// Who may do the work.
pub(super) const ANNOTATORS: &[Role] = &[Role::Annotator];
/// Who may review the work.
pub(super) const REVIEWERS: &[Role] = &[Role::Reviewer];
/// Who may read the history itself.
pub(super) const HISTORY: &[Role] = &[Role::Auditor];
/// Who may let programs elsewhere be told of events.
pub(super) const INTEGRATORS: &[Role] = &[Role::Admin, Role::Manager];
/// Everyone who has signed in, whatever their roles.
pub(super) const ANYONE: &[Role] = &[];

/// Lets a field be resolved only for someone who has one of these roles; any signed-in caller if there are none.
pub(super) struct Allow(pub(super) &'static [Role]);

impl Guard for Allow {
    async fn check(&self, context: &Context<'_>) -> Result<()> {
        let viewer = viewer(context)?;
        if self.0.is_empty() || self.0.iter().any(|role| viewer.roles.contains(role)) {
            return Ok(());
        }
        let roles: Vec<&str> = self.0.iter().map(|role| role.as_str()).collect();
        Err(fault::forbidden(context, &format!("this needs one of the roles {}", roles.join(", "))))
    }
}

/// Whether what someone reads of others' personal data is recorded.
pub(crate) fn is_watched(viewer: &Viewer) -> bool {
    WATCHED.iter().any(|role| viewer.roles.contains(role))
}

/// Who is calling.
pub(super) fn viewer<'a>(context: &Context<'a>) -> Result<&'a Viewer> {
    context.data_opt::<Viewer>().ok_or_else(|| fault::unauthenticated(context))
}
