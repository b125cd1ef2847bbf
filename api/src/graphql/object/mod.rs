//! What can be asked about: one object a file.

mod access_token;
mod activity;
mod annotation;
mod assignment;
mod erasure;
mod event;
mod history;
mod invitation;
mod ledger;
mod notification;
mod participant;
mod project;
mod project_role;
mod proof;
mod quality;
mod release;
mod release_plan;
mod release_request;
mod settlement;
mod skip;
mod task;
mod task_version;
mod webhook;

pub(super) use access_token::{AccessLevelEnum, AccessTokenObject};
pub(super) use activity::ActivityObject;
pub(super) use assignment::AssignmentObject;
pub(super) use erasure::ErasureObject;
pub(super) use event::EventObject;
pub(super) use invitation::InvitationObject;
pub(super) use ledger::LedgerObject;
pub(super) use notification::NotificationObject;
pub(super) use participant::ParticipantObject;
pub(super) use project::ProjectObject;
pub(super) use project_role::ProjectRole;
pub(super) use proof::{ConsistencyProofObject, InclusionProofObject};
pub(super) use release::{PersonalReleaseObject, ReleaseObject};
pub(super) use release_plan::ReleasePlanObject;
pub(super) use release_request::ReleaseRequestObject;
pub(super) use task::TaskObject;
pub(super) use webhook::{WebhookDeliveryObject, WebhookObject, may_integrate, not_found, webhook_of};

use async_graphql::{
    Context, OutputType, Result,
    connection::{Connection, Edge, EmptyFields, query},
};
use stele_ledger::Position;
use stele_projections::directory::PageRequest;

use super::{fault, position::Cursor};

/// The most items of a page.
pub(super) const MAX_PAGE: usize = 100;
/// How many items a page has if nobody says.
pub(super) const DEFAULT_PAGE: i32 = 20;

/// Where a page begins and how long it is, as the arguments of a connection say.
pub(super) struct Page {
    pub(super) after: Option<String>,
    pub(super) first: Option<i32>,
}

/// Answers with one page of a list that is ordered by position.
///
/// `fetch` gets the page to read, which is one item longer than what is shown: that is how a next page is noticed.
pub(super) async fn page<T, F>(
    context: &Context<'_>,
    page: Page,
    fetch: F,
) -> Result<Connection<Cursor, T, EmptyFields, EmptyFields>>
where
    T: OutputType,
    F: AsyncFnOnce(PageRequest) -> Result<Vec<(Position, T)>>,
{
    let first = page.first.unwrap_or(DEFAULT_PAGE);
    let allowed = usize::try_from(first).ok().filter(|first| (1..=MAX_PAGE).contains(first));
    let Some(length) = allowed else {
        return Err(fault::bad_input(context, &format!("`first` is 1 to {MAX_PAGE}, not {first}")));
    };
    query(page.after, None, Some(first), None, |after: Option<Cursor>, _, _, _| async move {
        let after = after.map_or(Position::START, |Cursor(position)| position);
        let mut items = fetch(PageRequest { after, limit: i64::from(first) + 1 }).await?;
        let more = items.len() > length;
        items.truncate(length);
        let mut connection = Connection::new(after > Position::START, more);
        connection.edges.extend(items.into_iter().map(|(position, item)| Edge::new(Cursor(position), item)));
        Ok::<_, async_graphql::Error>(connection)
    })
    .await
}
