//! What can be asked.

mod activity;
mod erasures;
mod invitations;
mod ledger;
mod notifications;
mod participants;
mod projects;
mod proofs;
mod release_plans;
mod release_requests;
mod releases;
mod tasks;
mod viewer;
mod webhooks;

use async_graphql::MergedObject;

/// What can be asked. `atLeast` holds an answer back until it includes the event at that position: pass the `last`
/// of a receipt to read your own writes.
#[derive(Default, MergedObject)]
pub struct Query(
    viewer::ViewerQuery,
    projects::ProjectsQuery,
    tasks::TasksQuery,
    participants::ParticipantsQuery,
    ledger::LedgerQuery,
    activity::ActivityQuery,
    erasures::ErasuresQuery,
    proofs::ProofsQuery,
    releases::ReleasesQuery,
    release_requests::ReleaseRequestsQuery,
    release_plans::ReleasePlansQuery,
    notifications::NotificationsQuery,
    webhooks::WebhooksQuery,
    invitations::InvitationsQuery,
);
